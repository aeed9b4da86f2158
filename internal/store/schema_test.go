package store_test

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/store"
)

type engineUnderTest struct {
	name  string
	empty func(testing.TB) store.Config // of a database without any table
}

// engines lists SQLite, and PostgreSQL where there is a server; elsewhere it must not be missing (pgtest decides).
func engines(t *testing.T) []engineUnderTest {
	list := []engineUnderTest{{"sqlite", func(t testing.TB) store.Config { return store.Config{DataDir: t.TempDir()} }}}
	t.Run("server", func(t *testing.T) {
		pgtest.Server(t)
		list = append(list, engineUnderTest{"postgres", func(t testing.TB) store.Config { return store.Config{DatabaseURL: pgtest.Empty(t)} }})
	})
	return list
}

// onlyOn declares the tables that one engine has alone.
var onlyOn = map[string]string{
	"limiter": "postgres", // in the process on SQLite
}

// onlyOnColumns declares the columns that one engine has alone: where its text index keeps the tokens.
var onlyOnColumns = map[string]string{"doc": "sqlite", "search": "postgres"}

const (
	liteColumns = `SELECT m.name, c.name, CASE WHEN c."notnull" = 1 OR c.pk > 0 THEN 0 ELSE 1 END FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.sql NOT LIKE 'CREATE VIRTUAL%'`
	pgColumns = `SELECT table_name, column_name, CASE is_nullable WHEN 'YES' THEN 1 ELSE 0 END FROM information_schema.columns WHERE table_schema = 'public'`
)

// TestBothEnginesHaveOneSchema compares tables, columns and which of them may be NULL.
func TestBothEnginesHaveOneSchema(t *testing.T) {
	lite := columns(t, openSQLite(t), liteColumns)
	pg := columns(t, openPostgres(t), pgColumns)
	for table, engine := range onlyOn {
		have, other := pg, lite
		if engine == "sqlite" {
			have, other = lite, pg
		}
		if have[table] == nil || other[table] != nil {
			t.Errorf("table %s is declared for %s alone", table, engine)
		}
		delete(have, table)
	}
	for _, table := range []string{"accounts", "leads"} {
		dropDeclared(t, table, "sqlite", lite[table], pg[table])
		dropDeclared(t, table, "postgres", pg[table], lite[table])
	}
	if d := cmp.Diff(lite, pg); d != "" {
		t.Errorf("schemas differ (-sqlite +postgres):\n%s", d)
	}
}

// dropDeclared removes the columns that the engine has alone from its table, after checking that the other lacks them.
func dropDeclared(t *testing.T, table, engine string, have, other map[string]bool) {
	t.Helper()
	for column, owner := range onlyOnColumns {
		if owner != engine {
			continue
		}
		_, here := have[column]
		if _, there := other[column]; !here || there {
			t.Errorf("column %s.%s is declared for %s alone", table, column, engine)
		}
		delete(have, column)
	}
}

// columns returns, by table and column, whether the column may be NULL.
func columns(t *testing.T, db *store.DB, query string) map[string]map[string]bool {
	t.Helper()
	out := map[string]map[string]bool{}
	err := db.View(context.Background(), func(ctx context.Context, q store.Q) error {
		rows, err := q.Query(ctx, query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var table, column string
			var nullable int
			if err := rows.Scan(&table, &column, &nullable); err != nil {
				return err
			}
			if strings.HasPrefix(table, "goose") || strings.HasPrefix(table, "river_") || shadow(table) { // TestRiverSchema looks at River's
				continue
			}
			if out[table] == nil {
				out[table] = map[string]bool{}
			}
			out[table][column] = nullable == 1
		}
		return rows.Err()
	})
	if err != nil || len(out) == 0 {
		t.Fatalf("read the schema: %v, %d tables", err, len(out))
	}
	return out
}

// shadow reports whether a table belongs to an FTS5 index.
func shadow(table string) bool {
	for _, suffix := range []string{"_config", "_data", "_docsize", "_idx", "_content"} {
		if strings.HasSuffix(table, "_fts"+suffix) {
			return true
		}
	}
	return false
}

func TestMigrationsHaveTheSameNamesAndNoWayBack(t *testing.T) {
	files := map[string][]string{}
	for _, engine := range []string{"sqlite", "postgres"} {
		names, err := fs.Glob(os.DirFS("migrations/"+engine), "*.sql")
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v, %v", engine, names, err)
		}
		for _, name := range names {
			text, _ := os.ReadFile("migrations/" + engine + "/" + name)
			if strings.Contains(string(text), "+goose Down") {
				t.Errorf("%s/%s has a way back; migrations go forward only", engine, name)
			}
		}
		files[engine] = names
	}
	if d := cmp.Diff(files["sqlite"], files["postgres"]); d != "" {
		t.Errorf("names differ (-sqlite +postgres):\n%s", d)
	}
}

// globalTables need no workspace; every other table is a tenant's.
var globalTables = []string{"workspaces", "keys", "members", "sessions", "logins", "device_logins", "limiter", "goose_db_version"}

// TestTenantTablesBeginTheirKeyWithTheWorkspace lets the tables be distributed by workspace.
func TestTenantTablesBeginTheirKeyWithTheWorkspace(t *testing.T) {
	db := openPostgres(t)
	first := map[string]string{}
	err := db.View(context.Background(), func(ctx context.Context, q store.Q) error {
		rows, err := q.Query(ctx, `SELECT c.relname, a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
			JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] WHERE i.indisprimary AND c.relnamespace = 'public'::regnamespace`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var table, column string
			if err := rows.Scan(&table, &column); err != nil {
				return err
			}
			first[table] = column
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	for table := range columns(t, db, pgColumns) {
		if !slices.Contains(globalTables, table) && first[table] != "workspace_id" {
			t.Errorf("the primary key of %s begins with %q, want workspace_id", table, first[table])
		}
	}
	for _, table := range globalTables {
		if _, ok := first[table]; !ok {
			t.Errorf("no global table %s; have %v", table, slices.Sorted(maps.Keys(first)))
		}
	}
}
