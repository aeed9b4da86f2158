package pgtest_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/unstuckengine/unstuck/internal/pgtest"
)

func TestEachTestHasItsOwnDatabase(t *testing.T) {
	ctx := context.Background()
	for _, u := range []string{pgtest.URL(t), pgtest.URL(t)} {
		conn, err := pgx.Connect(ctx, u)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(ctx)
		var n int
		if err := conn.QueryRow(ctx, `SELECT COUNT(*) FROM workspaces`).Scan(&n); err != nil || n != 0 {
			t.Fatalf("workspaces in a fresh database = %d, %v; want 0", n, err)
		}
		if _, err := conn.Exec(ctx, `INSERT INTO workspaces VALUES ('a', 1, 'a', 'a', 'pro', 1, 1, 1, 1, 1, 0, 1)`); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEmptyHasNoTable(t *testing.T) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, pgtest.Empty(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	var n int
	if err := conn.QueryRow(ctx, `SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'`).Scan(&n); err != nil || n != 0 {
		t.Fatalf("tables in an empty database = %d, %v; want 0", n, err)
	}
}
