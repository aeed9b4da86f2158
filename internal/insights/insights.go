// Package insights answers get_insights: exact figures over accounts, leads or signals, by groups.
//
// A store groups and adds up; which groups are kept, how they are ordered and where a page ends is decided here, by exact arithmetic and in one
// way for every store.
package insights

import (
	"context"
	"iter"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
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
type Resolver func(ctx context.Context, r search.Reader, workspaceID string, k filter.Kind, n filter.Node) (out filter.Node, truncated bool, err error)

// New returns a Service over the store.
func New(store Store, resolve Resolver) *Service { return &Service{store, resolve, time.Now} }

// WithClock lets s take the time from now, for calls that name none, and returns it. It must be called before any other method.
func (s *Service) WithClock(now func() time.Time) *Service { s.now = now; return s }

// MaxScanned is how many groups are gone through for one answer.
const MaxScanned = 1_000_000

// Insights returns one page of groups. Errors: validation_failed naming the fields, invalid_request for a cursor of another question.
func (s *Service) Insights(ctx context.Context, workspaceID string, in wire.GetInsights) (Answer, error) {
	p, top, truncated, err := s.ask(ctx, workspaceID, in, in.Size())
	if err != nil {
		return Answer{}, err
	}
	a := p.answer(top)
	a.Truncated = truncated
	return a, nil
}

// All returns the groups of a question on one unchanging snapshot: from the cursor on, and as many as the limit says or all. Errors are those of
// Insights.
func (s *Service) All(ctx context.Context, workspaceID string, in wire.GetInsights) (Whole, error) {
	limit := MaxScanned
	if in.Limit != nil {
		limit = *in.Limit
	}
	p, top, truncated, err := s.ask(ctx, workspaceID, in, limit)
	if err != nil {
		return Whole{}, err
	}
	groups, _ := top.page()
	return Whole{TotalGroups: top.total, Truncated: truncated, Groups: func(yield func(wire.Group) bool) {
		for _, g := range groups {
			if !yield(p.group(g)) {
				return
			}
		}
	}}, nil
}

// ask puts the question to the store and keeps the first groups, as many as limit.
func (s *Service) ask(ctx context.Context, workspaceID string, in wire.GetInsights, limit int) (p *plan, t *top, truncated bool, err error) {
	if p, err = newPlan(workspaceID, in, s.now()); err != nil {
		return nil, nil, false, err
	}
	t = newTop(p, limit)
	question := func(ctx context.Context, r search.Reader) (Question, error) {
		q := p.question
		var err error
		q.Filter, truncated, err = s.resolve(ctx, r, workspaceID, q.Kind, q.Filter)
		return q, err
	}
	err = s.store.Groups(ctx, workspaceID, question, t.add)
	return p, t, truncated, err
}

// Answer is a page.
type Answer struct {
	wire.Insights
	Cursors []string // Cursors[i] continues after the i-th group; "" where it would be longer than a cursor may be
	More    bool
}

// After returns the cursor behind the first n groups. The error is validation_failed when there is none, since the keys are too long.
func (a Answer) After(n int) (*string, error) {
	if a.Cursors[n-1] == "" {
		return nil, fault.Invalid("group_by", "has values that are too long to go on after; ask for another limit, group by less, or export all")
	}
	return &a.Cursors[n-1], nil
}

// Whole is every group of an answer.
type Whole struct {
	TotalGroups int // as in wire.Insights, whatever the limit
	Truncated   bool
	Groups      iter.Seq[wire.Group]
}
