package search

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/unstuckengine/unstuck/internal/cursor"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Service answers the reading tools. It is safe for concurrent use.
type Service struct {
	store    Store
	lexicons *shelf[string, *lexicon]
	texts    *library
	now      func() time.Time
}

// New returns a Service over the store. It keeps the vocabularies and texts of the workspaces used last in memory. Close ends it.
func New(store Store) *Service {
	return &Service{store: store, lexicons: newShelf[string](maxWords, newLexicon), texts: newLibrary(store, maxRecords), now: time.Now}
}

// WithTexts lets s keep the texts of up to so many records in memory, those of all workspaces together; with 0 the store answers everything itself.
// It must be called before any other method.
func (s *Service) WithTexts(records int) *Service { s.texts = newLibrary(s.store, records); return s }

// Warm reads the texts of a workspace into memory, which the first searches otherwise have done in the background, and waits for it.
func (s *Service) Warm(ctx context.Context, workspaceID string) error {
	return s.store.Read(ctx, workspaceID, func(ctx context.Context, r Reader) error {
		_, v, err := s.catchUp(ctx, r, workspaceID)
		for _, k := range []filter.Kind{filter.Accounts, filter.Leads} {
			if err == nil {
				err = s.texts.warm(ctx, r, shelfmark{workspaceID, k}, v)
			}
		}
		return err
	})
}

// Close ends what s does in the background. A search after it is still answered.
func (s *Service) Close() { s.texts.close() }

// WithClock lets s take the time from now, for calls that name none, and returns it. It must be called before any other method.
func (s *Service) WithClock(now func() time.Time) *Service { s.now = now; return s }

// Accounts returns one page of the accounts that fulfil in, which must have passed Validate. Without a sort they are ordered by how well they
// fit the query, or by domain when there is none. Errors: validation_failed naming the field, invalid_request for a cursor of another question.
func (s *Service) Accounts(ctx context.Context, workspaceID string, in wire.FindAccounts) (Page[wire.Account], error) {
	q := question{kind: filter.Accounts, workspaceID: workspaceID, query: in.Query, page: in.Page, condition: in.Condition}
	q.node = func(now time.Time) (filter.Node, error) { return filter.FromAccounts(in, now) }
	asked := in
	asked.Page, asked.Condition = boundPage(in.Page), boundCondition(in.Condition)
	return find(ctx, s, q.bind(asked), Reader.Accounts)
}

// Leads is Accounts for leads; without query and sort they are ordered by their account's domain, external id and id.
func (s *Service) Leads(ctx context.Context, workspaceID string, in wire.FindLeads) (Page[wire.Lead], error) {
	q := question{kind: filter.Leads, workspaceID: workspaceID, query: in.Query, page: in.Page, condition: in.Condition}
	q.node = func(now time.Time) (filter.Node, error) { return filter.FromLeads(in, now) }
	asked := in
	asked.Page, asked.Condition = boundPage(in.Page), boundCondition(in.Condition)
	return find(ctx, s, q.bind(asked), Reader.Leads)
}

// Signals is Accounts for signals; without a sort the newest come first, then they are ordered by account's domain, external id and id.
func (s *Service) Signals(ctx context.Context, workspaceID string, in wire.ListSignals) (Page[wire.Signal], error) {
	q := question{kind: filter.Signals, workspaceID: workspaceID, page: in.Page, condition: in.Condition}
	q.node = func(now time.Time) (filter.Node, error) { return filter.FromSignals(in, now) }
	asked := in
	asked.Page, asked.Condition = boundPage(in.Page), boundCondition(in.Condition)
	return find(ctx, s, q.bind(asked), Reader.Signals)
}

// question is one call of a list.
type question struct {
	kind        filter.Kind
	workspaceID string
	query       string
	page        wire.Page
	condition   wire.Condition
	node        func(now time.Time) (filter.Node, error) // what all parameters but the query say
	id          cursor.Digest                            // of everything but the page

	// set by open
	filter filter.Node
	now    time.Time
	after  []any
}

// boundPage and boundCondition are the parts of an input that a cursor is bound to. Its own now goes with a cursor, so that later pages count back
// from the same instant as the first.
func boundPage(p wire.Page) wire.Page { return wire.Page{Sort: p.Sort} }

func boundCondition(c wire.Condition) wire.Condition {
	if len(c.Filter) == 0 {
		return wire.Condition{}
	}
	canonical, err := strictjson.Canonical(c.Filter)
	if err != nil { // the filter's own reader will say what is wrong
		return wire.Condition{}
	}
	return wire.Condition{Filter: canonical}
}

// bind lets the question's cursors count for the given input alone.
func (q question) bind(input any) question {
	q.id = cursor.Of(q.workspaceID, string(q.kind), input)
	return q
}

// open reads the cursor and the filter; clock is the time of a question that names none.
func (q question) open(clock time.Time) (question, error) {
	after, err := cursor.Open(q.page.Cursor, q.id)
	if err != nil {
		return q, err
	}
	if q.now, q.after, err = q.asOf(after, clock); err != nil {
		return q, err
	}
	q.filter, err = q.node(q.now)
	return q, err
}

// asOf returns what last_days counts back from, which stands first in the positions of a question with a filter.
func (q question) asOf(after []any, clock time.Time) (time.Time, []any, error) {
	now := WholeMicros(clock)
	if q.condition.Now != nil {
		now = WholeMicros(*q.condition.Now)
	}
	if len(q.condition.Filter) == 0 || after == nil {
		return now, after, nil
	}
	at, ok := after[0].(int64)
	if !ok || !strictjson.TimeInSpan(time.UnixMicro(at)) || q.condition.Now != nil && now.UnixMicro() != at {
		return now, nil, cursor.Err
	}
	return time.UnixMicro(at), after[1:], nil
}

// WholeMicros rounds an instant that last_days counts back from up: both ends of a span that counts back from t part the stored times as those from t
// itself do, and a cursor can hold it.
func WholeMicros(t time.Time) time.Time {
	return t.Add(time.Microsecond - 1).Truncate(time.Microsecond)
}

// cursor continues after a position.
func (q question) cursor(position []any) string {
	if len(q.condition.Filter) > 0 {
		position = append([]any{q.now.UnixMicro()}, position...)
	}
	return cursor.Seal(q.id, position)
}

// found is the list of records before they are loaded.
type found struct {
	hits      []Hit // one more than the page holds when there are more
	total     int
	truncated bool
}

func find[T any](ctx context.Context, s *Service, q question, load func(Reader, context.Context, []string) ([]T, error)) (page Page[T], err error) {
	order, err := Orders(q.kind, q.page.Sort)
	if err != nil {
		return page, err
	}
	if q, err = q.open(s.now()); err != nil {
		return page, err
	}
	err = s.store.Read(ctx, q.workspaceID, func(ctx context.Context, r Reader) error {
		f, err := s.hits(ctx, r, q, order)
		if err != nil {
			return err
		}
		page = Page[T]{Total: f.total, Truncated: f.truncated, More: len(f.hits) > q.page.Size()}
		ids := make([]string, 0, len(f.hits))
		for _, h := range f.hits[:min(len(f.hits), q.page.Size())] {
			ids = append(ids, h.ID)
			page.Cursors = append(page.Cursors, q.cursor(h.Position))
		}
		if page.Items, err = load(r, ctx, ids); err != nil {
			return err
		}
		return showJoined(ctx, r, q.page.Sort, order, page.Items)
	})
	return page, err
}

// hits finds the records of a page and one more.
func (s *Service) hits(ctx context.Context, r Reader, q question, order []Order) (f found, err error) {
	if q.filter, f.truncated, err = s.Resolve(ctx, r, q.workspaceID, q.kind, q.filter); err != nil {
		return f, err
	}
	if Always(q.filter) {
		q.filter = nil // so that what asks for more is the ranking's own
	}
	where, t, x := Where{Filter: q.filter}, Text{}, (*index)(nil)
	if q.query != "" {
		var done func()
		if t, x, done, err = s.expand(ctx, r, q); err != nil {
			return f, err
		}
		defer done()
		if f.truncated = f.truncated || t.Truncated; !t.matches() {
			return f, nil
		}
		where.Match = t.match(InAll, nearWords)
	}
	if x != nil {
		r = indexed{r, x}
	}
	var all []any // places of a query's matches, which are counted without being found when there are many
	if ranked := q.query != "" && len(order) == 0; ranked {
		all, err = r.Places(ctx, q.kind, where, wholeCap+1)
		f.total = len(all)
	}
	if err == nil && (all == nil || len(all) > wholeCap) {
		f.total, err = count(ctx, r, q, where)
	}
	if err != nil || f.total == 0 {
		return f, err
	}
	want := q.page.Size() + 1
	if all != nil {
		p := ranking{r: r, kind: q.kind, filter: q.filter, text: t, all: all, want: min(want, f.total)}
		p.marks = sync.OnceValue(func() *marks { return x.mark(t) })
		f.hits, err = p.page(ctx, q.after)
		return f, err
	}
	if len(order) == 0 && q.kind == filter.Signals {
		order = []Order{{Field: filter.Must(filter.Signals, "occurred_at"), Desc: true}}
	}
	f.hits, err = r.Sorted(ctx, q.kind, where, List{Order: order, After: q.after, Limit: want, Total: f.total})
	return f, err
}

// expand tells the query in words of the workspace. The index of its texts is nil when the store must answer; it stays as it is until done.
func (s *Service) expand(ctx context.Context, r Reader, q question) (t Text, x *index, done func(), err error) {
	lexicon, v, err := s.catchUp(ctx, r, q.workspaceID)
	if err != nil {
		return t, nil, nil, err
	}
	x, done, err = s.texts.open(ctx, r, shelfmark{q.workspaceID, q.kind}, v)
	return lexicon.expand(text.Fold(q.query)), x, done, err
}

// Orders returns the order that a list of sorts asks for. validation_failed naming the sort for a field that records are not sorted by.
func Orders(k filter.Kind, sorts []wire.Sort) ([]Order, error) {
	out := make([]Order, 0, len(sorts))
	for i, s := range sorts {
		via, field, ok := filter.Lookup(k, s.Field)
		if !ok || field.Type == filter.List {
			return nil, fault.InvalidFields(filter.NoSort(k, "sort["+strconv.Itoa(i)+"].field", s.Field))
		}
		out = append(out, Order{Via: via, Field: field, Desc: s.Dir == wire.Descending})
	}
	return out, nil
}
