package store_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/records"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// TestTotalsAreKeptExactly writes from many sides at once, twice the same and into two workspaces, and takes records away again.
func TestTotalsAreKeptExactly(t *testing.T) {
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) {
			db := mustOpen(t, e.empty(t))
			a, b := storetest.MustWorkspace(t, db, "a"), storetest.MustWorkspace(t, db, "b")
			storetest.MustAccounts(t, db, b.ID, wire.Account{Domain: "acme.com"})
			accounts := storetest.MustAccounts(t, db, a.ID, wire.Account{Domain: "acme.com"}, wire.Account{Domain: "other.com"})
			storetest.MustAccounts(t, db, a.ID, wire.Account{Domain: "acme.com", Name: "Acme"}) // an update
			leads := storetest.MustLeads(t, db, a.ID, wire.Lead{ExternalID: "l", WorkEmail: "ann@acme.com"})
			pushFromManySides(t, db, a.ID)
			wantTotals(t, db, a.ID, map[filter.Kind]int{filter.Accounts: 2, filter.Leads: 1, filter.Signals: 40})
			wantTotals(t, db, b.ID, map[filter.Kind]int{filter.Accounts: 1, filter.Leads: 0, filter.Signals: 0})
			for _, ref := range []records.Ref{{Kind: filter.Leads, ID: leads[0].ID}, {Kind: filter.Accounts, ID: accounts[1].ID}} {
				if _, _, err := db.Erase(context.Background(), a.ID, ref); err != nil {
					t.Fatal(err)
				}
			}
			left := counted(t, db, a.ID, filter.Signals, search.Where{Filter: everything(filter.Signals)})
			wantTotals(t, db, a.ID, map[filter.Kind]int{filter.Accounts: 1, filter.Leads: 0, filter.Signals: left})
		})
	}
}

// TestTypesAreCountedFromAnIndexAlone keeps a record with very many signals from being slow to get.
func TestTypesAreCountedFromAnIndexAlone(t *testing.T) {
	db := openFile(t)
	for column, index := range map[string]string{"account_id": "signals_by_account", "lead_id": "signals_by_lead"} {
		plan := explain(t, db, `SELECT c.signal_type, COUNT(*) FROM signals c WHERE c.workspace_id = 'w' AND c.`+column+` = 'x' GROUP BY c.signal_type`)
		if !strings.Contains(plan, "USING COVERING INDEX "+index+" (workspace_id=? AND "+column+"=?)") {
			t.Errorf("by %s: %s", column, plan)
		}
	}
}

// pushFromManySides pushes 40 signals, each of them twice.
func pushFromManySides(t *testing.T, db *store.DB, workspaceID string) {
	var side sync.WaitGroup
	for n := range 8 {
		side.Go(func() {
			for i := range 10 {
				in := wire.PushSignal{SignalType: "website_visit", Source: "site", OccurredAt: storetest.Epoch, ExternalID: fmt.Sprint(n/2, " ", i),
					Identity: wire.Identity{Email: "ann@acme.com"}}
				if _, _, err := signals.New(db).Push(context.Background(), workspaceID, activity.KeyActor("0000000a", "test"), in); err != nil {
					t.Error(err)
				}
			}
		})
	}
	side.Wait()
}

// everything is a filter that all records fulfil, but that is no reason to look up their total.
func everything(k filter.Kind) filter.Node {
	return filter.Leaf{Field: filter.Must(k, "id"), Op: filter.Present}
}

func wantTotals(t *testing.T, db *store.DB, workspaceID string, want map[filter.Kind]int) {
	t.Helper()
	for k, n := range want {
		kept, found := counted(t, db, workspaceID, k, search.Where{}), counted(t, db, workspaceID, k, search.Where{Filter: everything(k)})
		if kept != n || found != n {
			t.Errorf("%d %s are kept, %d are there, want %d", kept, k, found, n)
		}
	}
}

func counted(t *testing.T, db *store.DB, workspaceID string, k filter.Kind, w search.Where) (n int) {
	t.Helper()
	err := db.Read(context.Background(), workspaceID, func(ctx context.Context, r search.Reader) (err error) {
		n, err = r.Count(ctx, k, w)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
