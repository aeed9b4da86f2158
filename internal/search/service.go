package search

import (
	"context"
	"strconv"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Service answers the reading tools. It is safe for concurrent use.
type Service struct {
	store    Store
	lexicons *shelf
}

// New returns a Service over the store. It keeps the vocabularies of the workspaces used last in memory.
func New(store Store) *Service { return &Service{store: store, lexicons: newShelf(maxWords)} }

// Accounts returns one page of the accounts that fulfil in, which must have passed Validate. Without a sort they are ordered by how well they
// fit the query, or by domain when there is none. Errors: validation_failed naming the field, invalid_request for a cursor of another question.
func (s *Service) Accounts(ctx context.Context, workspaceID string, in wire.FindAccounts) (Page[wire.Account], error) {
	node, err := filter.FromAccounts(in)
	if err != nil {
		return Page[wire.Account]{}, err
	}
	q := question{kind: filter.Accounts, workspaceID: workspaceID, query: in.Query, filter: node, page: in.Page}
	in.Page = wire.Page{Sort: in.Sort}
	return find(ctx, s, q.bind(in), Reader.Accounts)
}

// Leads is Accounts for leads; without query and sort they are ordered by their account's domain, external id and id.
func (s *Service) Leads(ctx context.Context, workspaceID string, in wire.FindLeads) (Page[wire.Lead], error) {
	node, err := filter.FromLeads(in)
	if err != nil {
		return Page[wire.Lead]{}, err
	}
	q := question{kind: filter.Leads, workspaceID: workspaceID, query: in.Query, filter: node, page: in.Page}
	in.Page = wire.Page{Sort: in.Sort}
	return find(ctx, s, q.bind(in), Reader.Leads)
}

// Signals is Accounts for signals; without a sort the newest come first, then they are ordered by account's domain, external id and id.
func (s *Service) Signals(ctx context.Context, workspaceID string, in wire.ListSignals) (Page[wire.Signal], error) {
	node, err := filter.FromSignals(in)
	if err != nil {
		return Page[wire.Signal]{}, err
	}
	q := question{kind: filter.Signals, workspaceID: workspaceID, filter: node, page: in.Page}
	in.Page = wire.Page{Sort: in.Sort}
	return find(ctx, s, q.bind(in), Reader.Signals)
}

// question is one call of a list.
type question struct {
	kind        filter.Kind
	workspaceID string
	query       string
	filter      filter.Node
	page        wire.Page
	id          digest // of everything but the page
}

// bind lets the question's cursors count for the given input alone.
func (q question) bind(input any) question {
	q.id = digestOf(q.workspaceID, q.kind, input)
	return q
}

// found is the list of records before they are loaded.
type found struct {
	hits      []Hit // one more than the page holds when there are more
	total     int
	truncated bool
}

func find[T any](ctx context.Context, s *Service, q question, load func(Reader, context.Context, []string) ([]T, error)) (page Page[T], err error) {
	order, err := orders(q.kind, q.page.Sort)
	if err != nil {
		return page, err
	}
	after, err := openCursor(q.page.Cursor, q.id)
	if err != nil {
		return page, err
	}
	err = s.store.Read(ctx, q.workspaceID, func(ctx context.Context, r Reader) error {
		f, err := s.hits(ctx, r, q, order, after)
		if err != nil {
			return err
		}
		page = Page[T]{Total: f.total, Truncated: f.truncated, More: len(f.hits) > q.page.Size()}
		ids := make([]string, 0, len(f.hits))
		for _, h := range f.hits[:min(len(f.hits), q.page.Size())] {
			ids = append(ids, h.ID)
			page.Cursors = append(page.Cursors, sealCursor(q.id, h.Position))
		}
		page.Items, err = load(r, ctx, ids)
		return err
	})
	return page, err
}

// hits finds the records of a page and one more.
func (s *Service) hits(ctx context.Context, r Reader, q question, order []Order, after []any) (f found, err error) {
	where, t := Where{Filter: q.filter}, Text{}
	if q.query != "" {
		if t, err = s.expand(ctx, r, q); err != nil || !t.matches() {
			return found{truncated: t.Truncated}, err
		}
		where.Match, f.truncated = t.match(InAll, nearWords), t.Truncated
	}
	if f.total, err = r.Count(ctx, q.kind, where); err != nil || f.total == 0 {
		return f, err
	}
	want := q.page.Size() + 1
	if q.query != "" && len(order) == 0 {
		p := ranking{r: r, kind: q.kind, filter: q.filter, text: t, total: f.total, want: min(want, f.total)}
		f.hits, err = p.page(ctx, after)
		return f, err
	}
	if len(order) == 0 && q.kind == filter.Signals {
		order = []Order{{Field: filter.Must(filter.Signals, "occurred_at"), Desc: true}}
	}
	f.hits, err = r.Sorted(ctx, q.kind, where, List{Order: order, After: after, Limit: want, Total: f.total})
	return f, err
}

func (s *Service) expand(ctx context.Context, r Reader, q question) (Text, error) {
	lexicon, err := s.lexicons.catchUp(ctx, r, q.workspaceID)
	if err != nil {
		return Text{}, err
	}
	return lexicon.expand(text.Fold(q.query)), nil
}

func orders(k filter.Kind, sorts []wire.Sort) ([]Order, error) {
	out := make([]Order, 0, len(sorts))
	for i, s := range sorts {
		via, field, ok := filter.Lookup(k, s.Field)
		if !ok || field.Type == filter.List {
			return nil, fault.Invalid("sort["+strconv.Itoa(i)+"].field", "is not a field to sort by", filter.Sortable(k)...)
		}
		out = append(out, Order{Via: via, Field: field, Desc: s.Dir == wire.Descending})
	}
	return out, nil
}
