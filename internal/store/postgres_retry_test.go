package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
)

// fillPool leaves several idle connections in the pool of db, by holding them all at once.
func fillPool(t *testing.T, db *store.DB, n int) {
	t.Helper()
	var hold func(ctx context.Context, left int) error
	hold = func(ctx context.Context, left int) error {
		if left == 0 {
			return nil
		}
		return db.View(ctx, func(ctx context.Context, _ store.Q) error { return hold(ctx, left-1) })
	}
	if err := hold(context.Background(), n); err != nil {
		t.Fatal(err)
	}
}

// cutAll ends the other sessions of the database that conn is connected to, and returns when they are gone.
func cutAll(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	const others = ` FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`
	var cut, left int
	if err := conn.QueryRow(context.Background(), `SELECT count(pg_terminate_backend(pid))`+others).Scan(&cut); err != nil || cut < 2 {
		t.Fatalf("%d sessions were cut, %v; want more than one retry can meet", cut, err)
	}
	for left = cut; left > 0; time.Sleep(time.Millisecond) {
		if err := conn.QueryRow(context.Background(), `SELECT count(*)`+others).Scan(&left); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCutConnectionsCostNoRequest ends every pooled connection, as a restart of the server does, before each call.
func TestCutConnectionsCostNoRequest(t *testing.T) {
	ctx, u := context.Background(), pgtest.URL(t)
	db := mustOpen(t, store.Config{DatabaseURL: u})
	w := storetest.MustWorkspace(t, db, "a")
	storetest.MustKey(t, db, w.ID, "0000000a")
	conn, err := pgx.Connect(ctx, u)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, c := range []struct {
		name string
		call func() error
	}{
		{"a row", func() error { _, err := db.KeyForAuth(ctx, "0000000a"); return err }},
		{"rows", func() error {
			rows, err := db.KeysForAuth(ctx, []string{"0000000a"})
			if err == nil && len(rows) != 1 {
				t.Errorf("%d rows, want 1", len(rows))
			}
			return err
		}},
		{"no row", func() error {
			if _, err := db.KeyForAuth(ctx, "0000000b"); fault.CodeOf(err) != fault.NotFound {
				return err
			}
			return nil
		}},
		{"ping", func() error { return db.Ping(ctx) }},
		{"limiter", func() error { _, err := db.Take(ctx, w.ID, w.Limits.RatePerMinute, w.Limits.Burst); return err }},
		{"a view", func() error {
			return db.View(ctx, func(ctx context.Context, q store.Q) error {
				var n int
				return q.QueryRow(ctx, "SELECT 1").Scan(&n)
			})
		}},
		{"a transaction", func() error {
			return db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, "UPDATE workspaces SET burst = burst + 1 WHERE id = $1", w.ID)
				return err
			})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.call(); err != nil { // its statement is prepared now
				t.Fatal(err)
			}
			fillPool(t, db, 4)
			cutAll(t, conn)
			if err := c.call(); err != nil {
				t.Errorf("with every connection cut: %v", err)
			}
		})
	}
	if got, err := db.FindWorkspace(ctx, "a"); err != nil || got.Limits.Burst != w.Limits.Burst+2 {
		t.Errorf("burst = %d, %v; want %d", got.Limits.Burst, err, w.Limits.Burst+2)
	}
}

// TestACutTransactionIsNotRepeated: what ran in it may have had effects elsewhere, so its caller decides.
func TestACutTransactionIsNotRepeated(t *testing.T) {
	ctx, u := context.Background(), pgtest.URL(t)
	db := mustOpen(t, store.Config{DatabaseURL: u})
	conn, err := pgx.Connect(ctx, u)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	ran := 0
	err = db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		ran++
		fillPool(t, mustOpen(t, store.Config{DatabaseURL: u}), 2)
		cutAll(t, conn)
		_, err := tx.Exec(ctx, "SELECT 1")
		return err
	})
	if fault.CodeOf(err) != fault.StoreUnavailable || ran != 1 {
		t.Errorf("ran %d times, %v; want once and store_unavailable", ran, err)
	}
}
