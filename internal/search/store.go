package search

import (
	"context"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Store keeps what is searched.
type Store interface {
	// Read runs fn over one unchanging snapshot of the workspace.
	Read(ctx context.Context, workspaceID string, fn func(ctx context.Context, r Reader) error) error
	// Record returns the first record that one of the attempts finds, in their order; of several found by one attempt, the first by natural
	// key. fault.NotFound when there is none.
	Record(ctx context.Context, workspaceID string, attempts []Attempt) (wire.Record, error)
}

// Attempt is one way to find a record.
type Attempt struct {
	Kind  filter.Kind // Accounts or Leads
	Where filter.Node
}

// Reader answers questions on a snapshot. The natural key of an account is its domain, that of a lead or signal its account's domain, external
// id and id. Missing values sort last in either direction, and ties are broken by natural key, ascending.
type Reader interface {
	// Vocabulary returns the words that came in after the given version, or all of them when words were erased after it.
	Vocabulary(ctx context.Context, after int64) (Vocabulary, error)
	// Texts calls each with every record of the kind whose texts changed after the version of Vocabulary.Texts, or with all of them after NoTexts;
	// its Alias and Rest are read. An error of each ends it.
	Texts(ctx context.Context, k filter.Kind, after int64, each func(Candidate) error) error
	// Count returns how many records of the kind there are.
	Count(ctx context.Context, k filter.Kind, w Where) (int, error)
	// Sorted returns the records of a list; cursor.Err when List.After is no position of it.
	Sorted(ctx context.Context, k filter.Kind, w Where, l List) ([]Hit, error)
	// Places returns the places of up to limit records, in any order.
	Places(ctx context.Context, k filter.Kind, w Where, limit int) ([]any, error)
	// Candidates returns records in the order of their places.
	Candidates(ctx context.Context, k filter.Kind, w Where, s Span) ([]Candidate, error)
	// Values returns up to limit different values of a field, in the form that is compared, in any order.
	Values(ctx context.Context, k filter.Kind, f filter.Field, limit int) ([]string, error)
	// Accounts returns the accounts of the given ids, in their order.
	Accounts(ctx context.Context, ids []string) ([]wire.Account, error)
	// Leads returns the leads of the given ids, in their order.
	Leads(ctx context.Context, ids []string) ([]wire.Lead, error)
	// Signals returns the signals of the given ids, in their order.
	Signals(ctx context.Context, ids []string) ([]wire.Signal, error)
}

// Vocabulary is what a workspace's text index consists of.
type Vocabulary struct {
	ShortID int64 // stands in front of each index token
	Version int64 // grows with the words
	Words   []string
	Reset   bool // Words are all there are: others that were known before must be forgotten

	Texts      int64 // grows with every change to a text, or a record's coming and going; NoTexts when the snapshot may yet be undone
	TextsReset int64 // the value of Texts at the last erasure, by which texts known before must be forgotten
}

// NoTexts is lower than any version of the texts.
const NoTexts int64 = -1

// Where is a condition on records: the filter holds, and so does the match on their index tokens unless it is nil.
type Where struct {
	Filter filter.Node // nil holds always
	Match  Expr
}

// Always reports whether a filter holds of every record.
func Always(n filter.Node) bool {
	all, ok := n.(filter.All)
	for _, part := range all {
		ok = ok && Always(part)
	}
	return n == nil || ok
}

// Order sorts by one field.
type Order struct {
	Via   filter.Relation
	Field filter.Field
	Desc  bool
}

// List is a part of the records in the order of some fields, ties broken by natural key.
type List struct {
	Order []Order
	After []any // nil from the first; else the position of an earlier Hit of the same question
	Limit int
	Total int // how many records there are in all; it tells a store how best to find them
}

// Hit is a record found. Position continues after it: texts, integers and nils.
type Hit struct {
	ID       string
	Position []any
}

// Span is a part of the records in the order of their places, an order of the store's own that never changes: a record added later comes later.
type Span struct {
	After any   // only places after this one; nil from the first
	Up    any   // only places up to this one; nil to the last
	At    []any // only these places, as Places returned them; nil for any
	Limit int   // 0 = all
	Texts bool  // whether to read Alias and Rest
}

// Candidate is a record with what it is ranked by.
type Candidate struct {
	ID         string
	Place      any    // string or int64, as the store likes
	Name       string // folded
	NameWords  int64
	Domain     *string  // the first part of the natural key
	ExternalID *string  // the second
	Alias      []string // with Span.Texts: the texts of InAlias, and those that only InAll holds
	Rest       []string
	doc        *document // of the index in memory, which stands for the two above
}

// Expr is a condition on the index tokens of a record: And, Or, Minus or Word.
type Expr interface{ isExpr() }

// And holds when all of its parts do; it has at least one.
type And []Expr

// Or holds when one of its parts does; it has at least one.
type Or []Expr

// Minus holds when A does and B does not.
type Minus struct{ A, B Expr }

// Word holds when the record has the token or, with Prefix, one that begins with it. A token consists of letters and digits.
type Word struct {
	Token  string
	Prefix bool
	Words  []string // with Prefix: the words that Token begins, for who does not look for the beginnings of tokens
}

func (And) isExpr()   {}
func (Or) isExpr()    {}
func (Minus) isExpr() {}
func (Word) isExpr()  {}
