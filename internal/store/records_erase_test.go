package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/records"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// traces are texts that only the erased person has, in any case.
var traces = []string{"quixotilvar", "rocinantex", "windmillz", "hidalguissimo", "dulcineax", "913555019920"}

func quixote(i int) wire.Lead {
	return wire.Lead{Name: "Alonso Quixotilvar", Title: fmt.Sprintf("Hidalguissimo %d", i), WorkEmail: "quixotilvar@acme.com", PersonalEmail: "rocinantex@example.org",
		LinkedInURL: "https://www.linkedin.com/in/quixotilvar", Handle: "github:Windmillz", Phone: "+34 913555019920", Custom: json.RawMessage(`{"lance":"dulcineax"}`), CompanyDomain: "acme.com"}
}

// mustLive fills a database as a life of it does: the person amid others, changed many times, so that pages split and rows and tokens move.
func mustLive(t *testing.T, db *store.DB, workspaceID string) {
	t.Helper()
	storetest.MustAccounts(t, db, workspaceID, wire.Account{Domain: "acme.com", Name: "Acme"})
	for round := range 12 {
		var others []wire.Lead
		for i := range 150 {
			n := round*150 + i
			others = append(others, wire.Lead{Name: fmt.Sprintf("Person%x Name%x", n*7919%4096, n), WorkEmail: fmt.Sprintf("q%x@acme.com", n*7919%4096), Handle: fmt.Sprintf("w%x", n*104729%65536), CompanyDomain: "acme.com"})
		}
		storetest.MustLeads(t, db, workspaceID, append(others, quixote(round))...)
		for i := range 5 {
			in := wire.PushSignal{SignalType: "website_visit", Source: "site", OccurredAt: storetest.Epoch, ExternalID: fmt.Sprint(round, "-", i),
				Identity: wire.Identity{Email: "quixotilvar@acme.com", FirstName: "Alonso", LastName: "Quixotilvar"}, IdempotencyKey: fmt.Sprint("key", round, i)}
			if _, _, err := signals.New(db).Push(context.Background(), workspaceID, activity.OperatorActor("test"), in); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func mustEraseAndScrub(t *testing.T, db *store.DB, workspaceID string) {
	t.Helper()
	s := records.New(db)
	out, err := s.Erase(context.Background(), workspaceID, activity.OperatorActor("test"), wire.GetRecord{Email: "quixotilvar@acme.com"})
	if err != nil || out.Signals != 60 {
		t.Fatalf("Erase: %+v, %v", out, err)
	}
	if err := s.Scrub(context.Background()); err != nil {
		t.Fatalf("Scrub: %v", err)
	}
}

// inFiles counts the traces in the files of a directory.
func inFiles(t *testing.T, dir string) (found int) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) < 3 {
		t.Fatalf("files = %v, %v", entries, err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.ToLower(text)
		for _, trace := range traces {
			if n := bytes.Count(text, []byte(trace)); n > 0 {
				t.Logf("%s holds %s %d times", e.Name(), trace, n)
				found += n
			}
		}
	}
	return found
}

// TestErasedBytesLeaveTheFiles erases beside a server that has the database open and read the person before.
func TestErasedBytesLeaveTheFiles(t *testing.T) {
	dir := t.TempDir()
	serving := mustOpen(t, store.Config{DataDir: dir, Lock: true})
	w := storetest.MustWorkspace(t, serving, "a")
	mustLive(t, serving, w.ID)
	find := func() int {
		page, err := search.New(serving).Leads(context.Background(), w.ID, wire.FindLeads{Query: "quixotilvra"})
		if err != nil {
			t.Fatal(err)
		}
		return page.Total
	}
	if n, files := find(), inFiles(t, dir); n != 1 || files < 20 {
		t.Fatalf("before: found %d times, %d traces in the files", n, files)
	}
	operator := mustOpen(t, store.Config{DataDir: dir})
	mustEraseAndScrub(t, operator, w.ID)
	if n, files := find(), inFiles(t, dir); n != 0 || files != 0 {
		t.Errorf("after: found %d times, %d traces in the files", n, files)
	}
	storetest.MustLeads(t, serving, w.ID, wire.Lead{Name: "Newcomer", WorkEmail: "new@acme.com"}) // the server goes on with the rewritten file
	page, err := search.New(serving).Leads(context.Background(), w.ID, wire.FindLeads{Query: "newcomre"})
	if err != nil || page.Total != 1 {
		t.Errorf("a lead added after: %d, %v", page.Total, err)
	}
}

// TestErasedRowsLeaveEveryTable reads every row of every table of PostgreSQL as text.
func TestErasedRowsLeaveEveryTable(t *testing.T) {
	db := mustOpen(t, store.Config{DatabaseURL: pgtest.URL(t)})
	w := storetest.MustWorkspace(t, db, "a")
	mustLive(t, db, w.ID)
	held := func() string {
		var out strings.Builder
		for table := range columns(t, db, pgColumns) {
			err := db.View(context.Background(), func(ctx context.Context, q store.Q) error {
				var text string
				err := q.QueryRow(ctx, `SELECT COALESCE(string_agg(lower(t::text), ' '), '') FROM `+table+` t`).Scan(&text)
				out.WriteString(text)
				return err
			})
			if err != nil {
				t.Fatalf("%s: %v", table, err)
			}
		}
		return out.String()
	}
	before := held()
	mustEraseAndScrub(t, db, w.ID)
	after := held()
	for _, trace := range traces {
		if !strings.Contains(before, trace) || strings.Contains(after, trace) {
			t.Errorf("%s: before %v, after %v", trace, strings.Contains(before, trace), strings.Contains(after, trace))
		}
	}
}
