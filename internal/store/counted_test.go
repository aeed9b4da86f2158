package store_test

import (
	"context"
	"testing"

	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// TestCountedTellsThePlanner: PostgreSQL takes a table for empty until it is told otherwise.
func TestCountedTellsThePlanner(t *testing.T) {
	db := openPostgres(t)
	w := storetest.MustWorkspace(t, db, "a")
	storetest.MustAccounts(t, db, w.ID, wire.Account{Domain: "a.com"}, wire.Account{Domain: "b.com"})
	if err := db.Counted(context.Background()); err != nil {
		t.Fatal(err)
	}
	var rows int64
	err := db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		return tx.QueryRow(ctx, `SELECT reltuples::bigint FROM pg_class WHERE oid = 'accounts'::regclass`).Scan(&rows)
	})
	if err != nil || rows != 2 {
		t.Errorf("the planner counts on %d accounts (%v), there are 2", rows, err)
	}
}
