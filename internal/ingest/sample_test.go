package ingest_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var operator = activity.OperatorActor("test")

func openSQLite(t testing.TB) *store.DB { return mustOpen(t, store.Config{DataDir: t.TempDir()}) }

func openPostgres(t testing.TB) *store.DB {
	return mustOpen(t, store.Config{DatabaseURL: pgtest.URL(t)})
}

func mustOpen(t testing.TB, c store.Config) *store.DB {
	t.Helper()
	c.Migrate = true
	db, err := store.Open(context.Background(), c)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// onBoth runs the test on a fresh store of each engine.
func onBoth(t *testing.T, run func(t *testing.T, db *store.DB)) {
	for name, open := range map[string]func(testing.TB) *store.DB{"sqlite": openSQLite, "postgres": openPostgres} {
		t.Run(name, func(t *testing.T) { run(t, open(t)) })
	}
}

// sampleDir is where the sample data lies: beside the repository, or where UNSTUCK_DATA says.
func sampleDir() string {
	if dir := os.Getenv("UNSTUCK_DATA"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "..", "shared", "data")
}

// sample opens the whole sample data.
func sample(t testing.TB) []ingest.Source {
	t.Helper()
	var out []ingest.Source
	for _, f := range []struct {
		kind wire.ImportKind
		name string
	}{{wire.ImportAccounts, "companies.jsonl"}, {wire.ImportLeads, "people.jsonl"}, {wire.ImportSignals, "signals.jsonl"}} {
		file, err := os.Open(filepath.Join(sampleDir(), f.name))
		if err != nil {
			t.Fatalf("the sample data is missing (set UNSTUCK_DATA): %v", err)
		}
		t.Cleanup(func() { _ = file.Close() })
		out = append(out, ingest.Source{Kind: f.kind, Name: f.name, Reader: file})
	}
	return out
}

func mustImport(t testing.TB, db *store.DB, workspaceID string, opt ingest.Options, sources ...ingest.Source) wire.ImportReport {
	t.Helper()
	r, err := ingest.New(db, settings.New(db, nil).RegisterSignalTypes).Import(context.Background(), workspaceID, operator, opt, sources...)
	if err != nil {
		t.Fatalf("Import: %v", err)
	}
	if sum := r.Created + r.Updated + r.Unchanged + r.Rejected; sum != r.Read {
		t.Errorf("read %d, but created %d + updated %d + unchanged %d + rejected %d = %d", r.Read, r.Created, r.Updated, r.Unchanged, r.Rejected, sum)
	}
	return r
}

// The rows of the sample data, and how many signals name a maintainer who is no longer there.
const (
	companies, people, events = 9782, 6760, 40519
	formerMaintainers         = 2614 - 2232
)

func TestTheSampleDataGoesInWholeAndOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB) {
		w := storetest.MustWorkspace(t, db, "sample")
		first := mustImport(t, db, w.ID, ingest.Options{}, sample(t)...)
		if first.Created != companies+people+events || first.Rejected != 0 || first.Updated != 0 {
			t.Errorf("first import: created %d, updated %d, unchanged %d, rejected %d", first.Created, first.Updated, first.Unchanged, first.Rejected)
		}
		for _, e := range first.Report {
			if e.Code != wire.CodeUnknownReference || e.Field != "person_handle" || e.File != "signals.jsonl" {
				t.Fatalf("unexpected entry %+v", e)
			}
		}
		if len(first.Report) != formerMaintainers {
			t.Errorf("%d entries, want one for each of %d former maintainers", len(first.Report), formerMaintainers)
		}
		again := mustImport(t, db, w.ID, ingest.Options{}, sample(t)...)
		if again.Unchanged != companies+people+events || again.Created+again.Updated+again.Rejected != 0 {
			t.Errorf("second import: created %d, updated %d, unchanged %d, rejected %d", again.Created, again.Updated, again.Unchanged, again.Rejected)
		}
		for what, want := range map[string]string{
			`SELECT CAST(COUNT(*) AS TEXT) FROM accounts WHERE workspace_id = $1`:                                 "9782",
			`SELECT CAST(COUNT(*) AS TEXT) FROM leads WHERE workspace_id = $1`:                                    "6760",
			`SELECT CAST(COUNT(*) AS TEXT) FROM leads WHERE workspace_id = $1 AND account_id IS NULL`:             "424",
			`SELECT CAST(COUNT(*) AS TEXT) FROM leads WHERE workspace_id = $1 AND custom IS NOT NULL`:             "0",
			`SELECT CAST(COUNT(*) AS TEXT) FROM signals WHERE workspace_id = $1`:                                  "40519",
			`SELECT CAST(COUNT(*) AS TEXT) FROM signals WHERE workspace_id = $1 AND account_id IS NOT NULL`:       "40519",
			`SELECT CAST(COUNT(*) AS TEXT) FROM signals WHERE workspace_id = $1 AND lead_id IS NOT NULL`:          "5232",
			`SELECT CAST(COUNT(*) AS TEXT) FROM accounts WHERE workspace_id = $1 AND custom IS NOT NULL`:          "0",
			`SELECT CAST(COUNT(*) AS TEXT) FROM activity WHERE workspace_id = $1 AND action = 'records.imported'`: "116",
		} {
			if got := cell(t, db, w.ID, what); got != want {
				t.Errorf("%s = %s, want %s", what, got, want)
			}
		}
	})
}

// cell reads one text.
func cell(t testing.TB, db *store.DB, workspaceID, text string) (out string) {
	t.Helper()
	err := db.Workspace(workspaceID).View(context.Background(), func(ctx context.Context, q store.Q) error { return q.QueryRow(ctx, text).Scan(&out) })
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return out
}
