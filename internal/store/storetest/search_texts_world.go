package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/records"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// tally is a store that counts what a search asks it for.
type tally struct {
	*store.DB
	found, read atomic.Int64 // questions for matches; records whose texts were read
}

// Read implements search.Store.
func (a *tally) Read(ctx context.Context, workspaceID string, fn func(context.Context, search.Reader) error) error {
	return a.DB.Read(ctx, workspaceID, func(ctx context.Context, r search.Reader) error { return fn(ctx, tallyReader{r, a}) })
}

type tallyReader struct {
	search.Reader
	a *tally
}

// Texts implements search.Reader.
func (r tallyReader) Texts(ctx context.Context, k filter.Kind, after int64, each func(search.Candidate) error) error {
	return r.Reader.Texts(ctx, k, after, func(c search.Candidate) error {
		r.a.read.Add(1)
		return each(c)
	})
}

// Places implements search.Reader.
func (r tallyReader) Places(ctx context.Context, k filter.Kind, w search.Where, limit int) ([]any, error) {
	r.a.found.Add(1)
	return r.Reader.Places(ctx, k, w, limit)
}

// Candidates implements search.Reader.
func (r tallyReader) Candidates(ctx context.Context, k filter.Kind, w search.Where, s search.Span) ([]search.Candidate, error) {
	r.a.found.Add(1)
	return r.Reader.Candidates(ctx, k, w, s)
}

// both asks by an index in memory and by the store.
type both struct {
	*testing.T
	db           *store.DB
	workspaceID  string
	tally        *tally
	index, store *search.Service
}

func newBoth(t *testing.T, db *store.DB) *both {
	b := &both{T: t, db: db, workspaceID: MustWorkspace(t, db, "a").ID, tally: &tally{DB: db}}
	now := func() time.Time { return Epoch } // which goes with cursors
	b.index, b.store = search.New(b.tally).WithClock(now), search.New(db).WithTexts(0).WithClock(now)
	t.Cleanup(b.index.Close)
	return b
}

// accounts reads up to so many pages both ways, and fails unless they are the same to the byte, cursors included.
func (b *both) accounts(in wire.FindAccounts, limit, pages int) (total int) {
	b.Helper()
	return samePages(b, fmt.Sprintf("%+v", in), limit, pages, func(s *search.Service, p wire.Page) (search.Page[wire.Account], error) {
		p.Sort = in.Sort
		in.Page = p
		return s.Accounts(context.Background(), b.workspaceID, in)
	})
}

func (b *both) leads(in wire.FindLeads, limit, pages int) (total int) {
	b.Helper()
	return samePages(b, fmt.Sprintf("%+v", in), limit, pages, func(s *search.Service, p wire.Page) (search.Page[wire.Lead], error) {
		p.Sort = in.Sort
		in.Page = p
		return s.Leads(context.Background(), b.workspaceID, in)
	})
}

func samePages[T any](b *both, what string, limit, pages int, fetch func(*search.Service, wire.Page) (search.Page[T], error)) (total int) {
	b.Helper()
	p := wire.Page{Limit: &limit}
	for n := range pages {
		got, err := fetch(b.index, p)
		want, other := fetch(b.store, p)
		if err != nil || other != nil {
			b.Fatalf("%s, page %d: %v, %v", what, n, err, other)
		}
		if d := cmp.Diff(jsonText(b, want), jsonText(b, got)); d != "" {
			b.Fatalf("%s, page %d of %d (-store +index):\n%s", what, n, want.Total, d)
		}
		if total = got.Total; !got.More {
			break
		}
		p.Cursor = &got.Cursors[len(got.Cursors)-1]
	}
	return total
}

func jsonText(t testing.TB, v any) string {
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// textWorld makes records and questions of a few words, so that they often meet.
type textWorld struct {
	*rand.Rand
	words []string
}

func newTextWorld() textWorld {
	w := textWorld{Rand: rand.New(rand.NewPCG(7, 7)), words: slices.Clone(searchWords)}
	for i := range 60 { // more begin alike than a store is told one by one
		w.words = append(w.words, fmt.Sprintf("Grafto%02d", i))
	}
	return w
}

func (w textWorld) text(most int) string {
	var list []string
	for range w.IntN(most + 1) {
		list = append(list, w.words[w.IntN(len(w.words))])
	}
	return strings.Join(list, []string{" ", ", ", "-"}[w.IntN(3)])
}

func (w textWorld) account(i int) wire.Account {
	a := wire.Account{Domain: fmt.Sprintf("%s%d.com", []string{"grafana-", "x", "labs.y"}[i%3], i), Name: w.text(3), Description: w.text(5), City: []string{"Bonn", "Ulm", ""}[w.IntN(3)]}
	if w.IntN(2) == 0 {
		a.Aliases = []string{w.text(2), w.text(1)}
	}
	if w.IntN(3) == 0 {
		a.ExternalID = fmt.Sprint("e", i)
	}
	return a
}

func (w textWorld) lead(i int) wire.Lead {
	l := wire.Lead{WorkEmail: fmt.Sprintf("p%d@x.org", i), Name: w.text(3), Title: w.text(2), Company: w.text(2)}
	if w.IntN(2) == 0 {
		l.CompanyDomain = fmt.Sprintf("x%d.com", 1+3*w.IntN(10))
	}
	return l
}

func (w textWorld) query() string {
	for {
		q := []rune(w.text(3))
		if q = q[:len(q)-w.IntN(min(3, len(q)+1))]; strings.TrimSpace(string(q)) != "" {
			return string(q)
		}
	}
}

// ask asks a few random questions of both kinds.
func (w textWorld) ask(b *both) {
	b.Helper()
	for range 6 {
		a, l, limit := wire.FindAccounts{Query: w.query()}, wire.FindLeads{Query: w.query()}, 1+w.IntN(7)
		switch w.IntN(6) {
		case 0:
			a.City = []string{"Bonn"}
			l.AccountDomain = []string{"x1.com", "x4.com"}
		case 1:
			a.Sort, l.Sort = []wire.Sort{{Field: "name"}}, []wire.Sort{{Field: "title", Dir: wire.Descending}}
		case 2:
			a.Condition.Filter = json.RawMessage(`{"field":"name","op":"present"}`)
			l.Condition.Filter = json.RawMessage(`{"field":"name","op":"fuzzy","value":"grafana"}`)
		}
		b.accounts(a, limit, 4)
		b.leads(l, limit, 4)
	}
}

// ids returns the ids of the records of a kind.
func (b *both) ids(table string) []string {
	return strings.Fields(row(b, b.db, b.workspaceID, `SELECT COALESCE(string_agg(id, ' '), '') FROM `+table+` WHERE workspace_id = $1`))
}

// change corrects a record of each kind.
func (w textWorld) change(b *both) {
	b.Helper()
	accounts, leads := b.ids("accounts"), b.ids("leads")
	a, l := w.account(1000), w.lead(1000+w.IntN(1_000_000))
	a.ID, l.ID = accounts[w.IntN(len(accounts))], leads[w.IntN(len(leads))]
	a.ExternalID = ""
	if err := b.db.ReplaceAccount(context.Background(), b.workspaceID, a); err != nil {
		b.Fatal(err)
	}
	if err := b.db.ReplaceLead(context.Background(), b.workspaceID, l); err != nil {
		b.Fatal(err)
	}
}

// erase erases a record of each kind; the account's leads lose their domain, some of them only afterwards.
func (w textWorld) erase(b *both) {
	b.Helper()
	ctx := context.Background()
	for table, kind := range map[string]filter.Kind{"accounts": filter.Accounts, "leads": filter.Leads} {
		ids := b.ids(table)
		trace, _, err := b.db.Erase(ctx, b.workspaceID, records.Ref{Kind: kind, ID: ids[w.IntN(len(ids))]})
		if err == nil {
			w.ask(b)
			_, err = b.db.EraseLate(ctx, b.workspaceID, trace)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
