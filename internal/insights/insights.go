// Package insights answers get_insights: exact figures over accounts, leads or signals, by groups.
//
// A store groups and adds up; which groups are kept, how they are ordered and where a page ends is decided here, by exact arithmetic and in one
// way for every store.
package insights

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Store adds up records.
type Store interface {
	// Groups asks for the question on one unchanging snapshot of the workspace, and calls each with every group of the answer, in any order. Without
	// Keys there is one group, also when there are no records.
	Groups(ctx context.Context, workspaceID string, ask func(ctx context.Context, r search.Reader) (Question, error), each func(Row) error) error
}

// Question is what a store is asked.
type Question struct {
	Kind     filter.Kind
	Filter   filter.Node // nil holds always
	Keys     []Expr      // what records of a group have in common
	Measures []Measure
}

// Expr is a value of a record.
type Expr struct {
	filter.Path
	Folded bool           // the form that is compared instead of the one that came in
	Unit   wire.Unit      // "" but for a bucket of a Time field: its start, in microseconds
	Zone   *time.Location // of the bucket
}

// Measure is one figure. Of a field of type JSON, Sum and Avg see numbers alone.
type Measure struct {
	Fn   wire.Fn
	Expr *Expr // nil counts records
}

// Row is one group. Keys are nil, int64 for Int, Time and Bool, else string: the text, of a JSON field its JSON text, of a folded one its encoded
// value (see filter.Encode). A list is grouped by each of its elements.
type Row struct {
	Keys   []any
	Values []Value // one for each measure
}

// Value is what a store found for a measure. Unused parts are zero.
type Value struct {
	Count int64  // for Count and CountDistinct, and the number of values for Avg
	Sum   string // for Sum and Avg, a decimal number; "" for none
	Edge  any    // for Min and Max, as in Keys but texts of JSON fields plain
	Least string // for Min and Max of a JSON field that holds numbers: the number, encoded; "" for none
}

// Service answers get_insights. It is safe for concurrent use.
type Service struct {
	store   Store
	resolve Resolver
	now     func() time.Time
}

// Resolver says near words in words that are there: (*search.Service).Resolve.
type Resolver func(ctx context.Context, r search.Reader, workspaceID string, k filter.Kind, n filter.Node) (filter.Node, bool, error)

// New returns a Service over the store.
func New(store Store, resolve Resolver) *Service { return &Service{store, resolve, time.Now} }

// WithClock lets s take the time from now, for calls that name none, and returns it. It must be called before any other method.
func (s *Service) WithClock(now func() time.Time) *Service { s.now = now; return s }

// MaxScanned is how many groups are gone through for one answer.
const MaxScanned = 1_000_000

// Insights returns one page of groups; in must have passed Validate. Errors: validation_failed naming the field, invalid_request for a cursor of
// another question.
func (s *Service) Insights(ctx context.Context, workspaceID string, in wire.GetInsights) (Answer, error) {
	p, err := newPlan(workspaceID, in, s.now())
	if err != nil {
		return Answer{}, err
	}
	top, truncated := newTop(p), false
	ask := func(ctx context.Context, r search.Reader) (Question, error) {
		n, more, err := s.resolve(ctx, r, workspaceID, p.question.Kind, p.question.Filter)
		q := p.question
		q.Filter, truncated = n, more
		return q, err
	}
	if err := s.store.Groups(ctx, workspaceID, ask, top.add); err != nil {
		return Answer{}, err
	}
	a := p.answer(top)
	a.Truncated = truncated
	return a, nil
}

// Answer is a page. Cursors[i] continues after the i-th group.
type Answer struct {
	wire.Insights
	Cursors []string
	More    bool
}
