package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/records"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var textCases = []Case{
	{"the index in memory and the store's own give the same pages while records come, change and go", textsAgree},
	{"the index in memory and the store's own rank many matches alike", textsManyAgree},
	{"an index reads only what changed", textsChanged},
	{"an index is made in the background when there is much to read", textsBackground},
	{"a search within a transaction sees what that wrote, and nobody else does", textsTransaction},
	{"a workspace larger than the memory is searched by the store", textsBudget},
	{"searches go on while records come in", textsBusy},
}

func textsAgree(t *testing.T, db *store.DB) {
	b, w, ctx := newBoth(t, db), newTextWorld(), context.Background()
	for round := range 12 {
		var accounts []wire.Account
		var leads []wire.Lead
		for range 25 { // many of them anew
			accounts, leads = append(accounts, w.account(w.IntN(80))), append(leads, w.lead(w.IntN(80)))
		}
		MustAccounts(t, db, b.workspaceID, accounts...)
		MustLeads(t, db, b.workspaceID, leads...)
		w.ask(b)
		w.change(b)
		w.ask(b)
		if round%3 == 2 {
			w.erase(b)
			w.ask(b)
		}
	}
	b.tally.found.Store(0)
	for range 20 {
		if _, err := b.index.Accounts(ctx, b.workspaceID, wire.FindAccounts{Query: w.query()}); err != nil {
			t.Fatal(err)
		}
	}
	if n := b.tally.found.Load(); n > 0 {
		t.Errorf("the store was asked for matches %d times", n)
	}
}

func textsManyAgree(t *testing.T, db *store.DB) {
	b, w := newBoth(t, db), newTextWorld()
	var list []wire.Account
	for i := range 1800 { // more than a segment ranks where the words stand in the name, and elsewhere
		a := wire.Account{Domain: fmt.Sprintf("d%d.com", i*7919%1800)}
		switch i % 8 {
		case 0:
			a.Name, a.Description = w.text(1), "Common sense"
		case 1:
			a.Aliases = []string{[]string{"Commons", "Comnon"}[w.IntN(2)]}
		default:
			a.Name = []string{"Common", "Common Labs", "The Common", "Commons", "Comon"}[w.IntN(5)] + []string{"", "", " Grafana"}[w.IntN(3)]
		}
		list = append(list, a)
	}
	for batch := range slices.Chunk(list, 450) {
		MustAccounts(t, db, b.workspaceID, batch...)
		for _, query := range []string{"common", "comm", "commno", "common labs", "co", "grafana common"} {
			b.accounts(wire.FindAccounts{Query: query}, 97, 20)
		}
	}
	if err := b.index.Warm(context.Background(), b.workspaceID); err != nil {
		t.Fatal(err)
	}
	b.tally.found.Store(0)
	total := b.accounts(wire.FindAccounts{Query: "common"}, 100, 1)
	if n := b.tally.found.Load(); total < 1000 || n > 0 {
		t.Errorf("%d matches; the store was asked for matches %d times", total, n)
	}
}

func textsChanged(t *testing.T, db *store.DB) {
	b, w := newBoth(t, db), newTextWorld()
	var list []wire.Account
	for i := range 200 {
		list = append(list, w.account(i))
	}
	MustAccounts(t, db, b.workspaceID, list...)
	for _, step := range []struct {
		what string
		do   func()
		read int64
	}{
		{"at first", func() {}, 200},
		{"nothing", func() {}, 0},
		{"the same again", func() { MustAccounts(t, db, b.workspaceID, list[:50]...) }, 0},
		{"two new ones", func() { MustAccounts(t, db, b.workspaceID, w.account(200), w.account(201)) }, 2},
		{"leads", func() { MustLeads(t, db, b.workspaceID, w.lead(1), w.lead(2)) }, 0},
		{"another name", func() { MustAccounts(t, db, b.workspaceID, wire.Account{Domain: list[0].Domain, Name: "Renamed"}) }, 1},
		{"another workspace", func() { MustAccounts(t, db, MustWorkspace(t, db, "b").ID, list...) }, 0},
		{"an erasure", func() {
			if _, _, err := db.Erase(context.Background(), b.workspaceID, records.Ref{Kind: filter.Accounts, ID: b.ids("accounts")[0]}); err != nil {
				t.Fatal(err)
			}
		}, 201},
	} {
		step.do()
		b.tally.read.Store(0)
		b.accounts(wire.FindAccounts{Query: "grafana"}, 5, 3)
		if n := b.tally.read.Load(); n != step.read {
			t.Errorf("after %s the texts of %d records were read, want %d", step.what, n, step.read)
		}
	}
}

func textsBackground(t *testing.T, db *store.DB) {
	b := newBoth(t, db)
	add := func(from, n int) {
		for i := from; i < from+n; i += 500 {
			var list []wire.Account
			for j := range 500 {
				list = append(list, wire.Account{Domain: fmt.Sprintf("d%d.com", i+j), Name: fmt.Sprintf("Common %d", (i+j)%7)})
			}
			MustAccounts(t, db, b.workspaceID, list...)
		}
	}
	for round, n := range []int{6000, 2500} { // made at first, and then caught up with
		b.tally.read.Store(0)
		add(10_000*round, n)
		b.accounts(wire.FindAccounts{Query: "common 3"}, 50, 2)
		if err := b.index.Warm(context.Background(), b.workspaceID); err != nil {
			t.Fatal(err)
		}
		if most := int64(2*n + 2001); b.tally.read.Load() > most {
			t.Errorf("round %d: the texts of %d records were read, want at most %d", round, b.tally.read.Load(), most)
		}
		b.tally.found.Store(0)
		b.accounts(wire.FindAccounts{Query: "common 3"}, 50, 2)
		if found := b.tally.found.Load(); found > 0 {
			t.Errorf("round %d: the store was asked for matches %d times", round, found)
		}
	}
}

var errUndo = errors.New("undo")

func textsTransaction(t *testing.T, db *store.DB) {
	b, ctx := newBoth(t, db), context.Background()
	MustAccounts(t, db, b.workspaceID, wire.Account{Domain: "a.com", Name: "Grafana"})
	find := func(ctx context.Context) int {
		page, err := b.index.Accounts(ctx, b.workspaceID, wire.FindAccounts{Query: "grafana"})
		if err != nil {
			t.Fatal(err)
		}
		return page.Total
	}
	before := find(ctx)
	var within int
	err := db.InTx(ctx, func(ctx context.Context, _ time.Time) error {
		if _, err := db.MergeAccounts(ctx, b.workspaceID, []wire.Account{{Domain: "b.com", Name: "Grafana"}}); err != nil {
			return err
		}
		within = find(ctx)
		return errUndo
	})
	if after := find(ctx); !errors.Is(err, errUndo) || before != 1 || within != 2 || after != 1 {
		t.Errorf("found %d before, %d within and %d after a transaction that was undone (%v)", before, within, after, err)
	}
}

func textsBudget(t *testing.T, db *store.DB) {
	b, w := newBoth(t, db), newTextWorld()
	b.index = search.New(b.tally).WithTexts(30)
	t.Cleanup(b.index.Close)
	for i := range 40 {
		MustAccounts(t, db, b.workspaceID, w.account(i))
		b.tally.found.Store(0)
		b.accounts(wire.FindAccounts{Query: "grafana"}, 5, 1)
		if asked := b.tally.found.Load() > 0; asked != (i >= 30) {
			t.Fatalf("with %d records the store was asked for matches: %v", i+1, asked)
		}
	}
}

func textsBusy(t *testing.T, db *store.DB) {
	b, w := newBoth(t, db), newTextWorld()
	var writing atomic.Bool
	writing.Store(true)
	var all sync.WaitGroup
	all.Go(func() {
		defer writing.Store(false)
		for i := range 60 {
			if _, err := db.MergeAccounts(context.Background(), b.workspaceID, []wire.Account{w.account(2 * i), w.account(2*i + 1)}); err != nil {
				t.Errorf("merge: %v", err)
			}
		}
	})
	for range 3 {
		all.Go(func() {
			for last := 0; writing.Load(); {
				page, err := b.index.Accounts(context.Background(), b.workspaceID, wire.FindAccounts{Query: "com"})
				if err != nil || page.Total < last || page.Total%2 != 0 { // a call's accounts come in together
					t.Errorf("%d accounts after %d: %v", page.Total, last, err)
					return
				}
				last = page.Total
			}
		})
	}
	all.Wait()
	if total := b.accounts(wire.FindAccounts{Query: "com"}, 100, 5); total != 120 {
		t.Errorf("%d accounts in the end", total)
	}
}
