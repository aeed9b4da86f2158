package store_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/unstuckengine/unstuck/internal/store"
)

// riverSchema are queries that each tell one kind of thing that River's schema consists of, a line each.
var riverSchema = map[string][]string{
	"sqlite": {
		`SELECT type || ' ' || name || ' ' || COALESCE(sql, '') FROM sqlite_master WHERE tbl_name LIKE 'river_%' ORDER BY 1`,
		`SELECT line || ' ' || version FROM river_migration ORDER BY version`,
	},
	"postgres": {
		`SELECT concat_ws(' ', table_name, column_name, ordinal_position, udt_name, is_nullable, column_default) FROM information_schema.columns
			WHERE table_schema = 'public' AND table_name LIKE 'river\_%' ORDER BY 1`,
		`SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename LIKE 'river\_%' ORDER BY 1`,
		`SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid::regclass::text LIKE 'river\_%' ORDER BY 1`,
		`SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname LIKE 'river\_%' ORDER BY 1`,
		`SELECT t.typname || ' ' || e.enumlabel FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid ORDER BY t.typname, e.enumsortorder`,
		`SELECT relname || ' ' || relpersistence::text FROM pg_class WHERE relname LIKE 'river\_%' ORDER BY 1`,
		`SELECT line || ' ' || version FROM river_migration ORDER BY version`,
	},
}

// TestRiverSchema compares the schema of the job queue with the one that River's own migrator makes.
func TestRiverSchema(t *testing.T) {
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) {
			c, bare := e.empty(t), e.empty(t)
			mustOpen(t, c)
			migrateByRiver(t, bare)
			ours, theirs := schemaLines(t, e.name, c), schemaLines(t, e.name, bare)
			if d := cmp.Diff(theirs, ours); d != "" || len(ours) < 10 {
				t.Errorf("%d lines; River's own (-) and ours (+) differ:\n%s", len(ours), d)
			}
		})
	}
}

// schemaLines returns what the queries tell, white space aside.
func schemaLines(t *testing.T, engine string, c store.Config) (lines []string) {
	t.Helper()
	db, _ := openBare(t, c)
	for _, query := range riverSchema[engine] {
		rows, err := db.Query(query)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, strings.Join(strings.Fields(line), " "))
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		_ = rows.Close()
	}
	return lines
}

func migrateByRiver(t *testing.T, c store.Config) {
	t.Helper()
	ctx := context.Background()
	if c.DatabaseURL == "" {
		db, _ := openBare(t, c)
		m, err := rivermigrate.New(riversqlite.New(db), nil)
		if err == nil {
			_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	pool, err := pgxpool.New(ctx, c.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	m, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err == nil {
		_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
}
