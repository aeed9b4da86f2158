package store_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"

	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// openBare opens the database of a configuration without the store.
func openBare(t *testing.T, c store.Config) (*sql.DB, goose.Dialect) {
	t.Helper()
	driver, source, dialect := "pgx", c.DatabaseURL, goose.DialectPostgres
	if source == "" {
		driver, source, dialect = "sqlite", "file:"+filepath.Join(c.DataDir, store.FileName), goose.DialectSQLite3
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db, dialect
}

// older is what a program of version 2 has written for each i, and the same for a new one.
type older struct{ lists, object, name string }

func olderRow(i int) older {
	switch i % 4 {
	case 0:
		return older{}
	case 1:
		return older{`["Café","CAFÉ","\u0301",""]`, `{"a.b":1.5,"a":{"b":["X",2,null]},"é\"'":true}`, "José"}
	case 2:
		return older{fmt.Sprintf(`["A%d"]`, i), fmt.Sprintf(`{"n":%d}`, i), ""}
	}
	return older{"", fmt.Sprintf(`{"page":"/Pricing/%d"}`, i), "Ann"}
}

const olderRows = 1203 // more than two batches

// writeOlder makes the database as version 2 left it.
func writeOlder(t *testing.T, e engineUnderTest, c store.Config) {
	t.Helper()
	ctx := context.Background()
	db, dialect := openBare(t, c)
	p, err := goose.NewProvider(dialect, db, os.DirFS("migrations/"+e.name), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(ctx, 2); err != nil {
		t.Fatal(err)
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	exec := func(text string, args ...any) {
		if _, err := tx.ExecContext(ctx, text, args...); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	exec(`INSERT INTO workspaces (id, short_id, slug, name, plan, rate_per_minute, burst, credits_balance, credits_monthly, credits_resets_at, created_at)
		VALUES ('old', 1, 'old', 'old', 'pro', 1, 1, 1, 1, 1, 1)`)
	column, tokens := "", ""
	if e.name == "postgres" {
		column, tokens = ", search", ", ''"
	}
	null := func(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }
	for i := range olderRows {
		id, r := fmt.Sprintf("%05d", i), olderRow(i)
		exec(`INSERT INTO accounts (workspace_id, id, domain, aliases, tech_stack, sources, custom, created_at, updated_at`+column+`)
			VALUES ('old', $1, $2, $3, $4, $5, $6, 1, 1`+tokens+`)`, id, id+".com", null(r.lists), null(r.lists), null(r.lists), null(r.object))
		exec(`INSERT INTO leads (workspace_id, id, external_id, custom, created_at, updated_at`+column+`) VALUES ('old', $1, $2, $3, 1, 1`+tokens+`)`, id, id, null(r.object))
		exec(`INSERT INTO signals (workspace_id, id, external_id, signal_type, source, source_f, occurred_at, first_name, last_name, person_title, context, dedupe, created_at)
			VALUES ('old', $1, $2, 't', 's', 's', 1, $3, $4, $5, $6, $7, 1)`, id, id, null(r.name), null(r.name), null(r.name), null(r.object), id)
	}
	if err := errors.Join(tx.Commit(), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// writeNewer writes the same with this program.
func writeNewer(t *testing.T, db *store.DB, workspaceID string) {
	t.Helper()
	var accounts []wire.Account
	var leads []wire.Lead
	var events []signals.Signal
	for i := range olderRows {
		id, r := fmt.Sprintf("%05d", i), olderRow(i)
		a, l := wire.Account{Domain: id + ".com", Custom: json.RawMessage(r.object)}, wire.Lead{ExternalID: id, Custom: json.RawMessage(r.object)}
		if r.lists != "" {
			_ = json.Unmarshal([]byte(r.lists), &a.Aliases) // a constant
		}
		a.TechStack, a.Sources = a.Aliases, a.Aliases
		accounts, leads = append(accounts, a), append(leads, l)
		events = append(events, signals.Signal{ExternalID: id, Type: "t", Source: "s", OccurredAt: storetest.Epoch, Context: json.RawMessage(r.object),
			Identity: wire.Identity{FirstName: r.name, LastName: r.name, Title: r.name}})
	}
	storetest.MustAccounts(t, db, workspaceID, accounts...)
	storetest.MustLeads(t, db, workspaceID, leads...)
	if _, err := db.CaptureSignals(context.Background(), workspaceID, events); err != nil {
		t.Fatal(err)
	}
}

// TestOlderRowsAreFilledLikeNewOnes: what older programs wrote is found like what this one writes.
func TestOlderRowsAreFilledLikeNewOnes(t *testing.T) {
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) {
			c := e.empty(t)
			writeOlder(t, e, c)
			db := mustOpen(t, c)
			w := storetest.MustWorkspace(t, db, "new")
			writeNewer(t, db, w.ID)
			for table, columns := range map[string]string{
				"accounts": `domain, COALESCE(aliases_f, '-'), COALESCE(tech_stack_f, '-'), COALESCE(sources_f, '-'), COALESCE(custom_f, '-')`,
				"leads":    `external_id, '', '', '', COALESCE(custom_f, '-')`,
				"signals":  `external_id, COALESCE(first_name_f, '-'), COALESCE(last_name_f, '-'), COALESCE(person_title_f, '-'), COALESCE(context_f, '-')`,
			} {
				text := `SELECT ` + columns + ` FROM ` + table + ` WHERE workspace_id = $1 ORDER BY 1`
				filled, fresh := fiveTexts(t, db, "old", text), fiveTexts(t, db, w.ID, text)
				if d := cmp.Diff(fresh, filled); d != "" || len(filled) != olderRows {
					t.Errorf("%d %s; filled ones differ (-new +filled):\n%s", len(filled), table, d)
				}
			}
		})
	}
}

func fiveTexts(t *testing.T, db *store.DB, workspaceID, text string) (out [][5]string) {
	t.Helper()
	err := db.Workspace(workspaceID).View(context.Background(), func(ctx context.Context, q store.Q) error {
		rows, err := q.Query(ctx, text)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r [5]string
			if err := rows.Scan(&r[0], &r[1], &r[2], &r[3], &r[4]); err != nil {
				return err
			}
			out = append(out, r)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
