package store_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
)

func mustOpen(t testing.TB, c store.Config) *store.DB {
	t.Helper()
	c.Migrate = true
	db, err := store.Open(context.Background(), c)
	if err != nil {
		t.Fatalf("store.Open: %v", err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func openSQLite(t testing.TB) *store.DB { return mustOpen(t, store.Config{DataDir: t.TempDir()}) }

func openPostgres(t testing.TB) *store.DB {
	return mustOpen(t, store.Config{DatabaseURL: pgtest.URL(t)})
}

// openPooled speaks as one must through a pooler that hands out another connection for each transaction.
func openPooled(t testing.TB) *store.DB {
	u := pgtest.URL(t)
	separator := "?"
	if strings.Contains(u, "?") {
		separator = "&"
	}
	return mustOpen(t, store.Config{DatabaseURL: u + separator + "default_query_exec_mode=exec"})
}

// TestContract runs the one suite on every engine and fails when PostgreSQL ran fewer cases than SQLite.
func TestContract(t *testing.T) {
	ran := map[string]int{}
	for _, e := range []struct {
		name string
		open func(testing.TB) *store.DB
	}{{"sqlite", openSQLite}, {"postgres", openPostgres}, {"postgres_exec_mode", openPooled}} {
		t.Run(e.name, func(t *testing.T) {
			if e.name != "sqlite" {
				pgtest.Server(t) // skips here, once, where there is no server
			}
			ran[e.name] = storetest.Run(t, e.open)
		})
	}
	fmt.Fprintf(os.Stdout, "store contract: sqlite %d cases, postgres %d, postgres in exec mode %d\n", ran["sqlite"], ran["postgres"], ran["postgres_exec_mode"])
	for _, name := range []string{"postgres", "postgres_exec_mode"} {
		if n, here := ran[name]; here && n < ran["sqlite"] {
			t.Errorf("%s ran %d cases, sqlite %d", name, n, ran["sqlite"])
		}
	}
}
