package store_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var (
	answers    = flag.Int("answers", 300, "how many questions TestAnswersAgree asks, and a tenth of it about the sample data")
	answerSeed = flag.Uint64("answers-seed", 1, "seed of the records that TestAnswersAgree makes up")
)

// TestAnswersAgree asks both engines random questions about the same made-up records, and works each answer out in plain Go.
func TestAnswersAgree(t *testing.T) {
	pgtest.Server(t)
	storetest.MadeUpAnswers(t, openSQLite(t), openPostgres(t), *answerSeed, *answers)
}

// TestAnswersAgreeAboutTheSampleData does the same with values and records of the sample data.
func TestAnswersAgreeAboutTheSampleData(t *testing.T) {
	pgtest.Server(t)
	storetest.AnswersAbout(t, openSQLite(t), openPostgres(t), func(db *store.DB, workspaceID string) { importSample(t, db, workspaceID) }, *answers/10)
}

// importSample imports the sample data, which lies beside the repository or where UNSTUCK_DATA says.
func importSample(t *testing.T, db *store.DB, workspaceID string) {
	t.Helper()
	dir := os.Getenv("UNSTUCK_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	var sources []ingest.Source
	for _, f := range []struct {
		kind wire.ImportKind
		name string
	}{{wire.ImportAccounts, "companies.jsonl"}, {wire.ImportLeads, "people.jsonl"}, {wire.ImportSignals, "signals.jsonl"}} {
		file, err := os.Open(filepath.Join(dir, f.name))
		if err != nil {
			t.Fatalf("the sample data is missing (set UNSTUCK_DATA): %v", err)
		}
		defer func() { _ = file.Close() }()
		sources = append(sources, ingest.Source{Kind: f.kind, Name: f.name, Reader: file})
	}
	if _, err := ingest.New(db, nil).Import(context.Background(), workspaceID, activity.OperatorActor("test"), ingest.Options{}, sources...); err != nil {
		t.Fatalf("import: %v", err)
	}
}

// analyze gives the planner of PostgreSQL what its autovacuum would, which is off in tests. Without figures it takes each table for small.
func analyze(t testing.TB, db *store.DB) {
	t.Helper()
	if db.Engine() != "postgres" {
		return
	}
	err := db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `ANALYZE accounts, account_tags, leads, signals`)
		return err
	})
	if err != nil {
		t.Fatalf("analyze: %v", err)
	}
}
