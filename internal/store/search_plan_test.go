package store_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/store"
)

// TestEveryIndexHasFigures keeps the planner's figures in step with the indexes: one without is a guess, and SQLite guesses for the order.
func TestEveryIndexHasFigures(t *testing.T) {
	db := openFile(t)
	missing := texts(t, db, `SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name IN ('accounts', 'account_tags', 'leads', 'signals', 'words')
		AND name NOT IN (SELECT idx FROM sqlite_stat1)`)
	unknown := texts(t, db, `SELECT idx FROM sqlite_stat1 WHERE idx NOT IN (SELECT name FROM sqlite_schema WHERE type = 'index')`)
	if len(missing)+len(unknown) > 0 {
		t.Errorf("indexes without figures: %v; figures without index: %v", missing, unknown)
	}
}

// TestPlansUseTheHint asks the planner for the shapes of statement that once walked a whole workspace and that no golden plan shows.
func TestPlansUseTheHint(t *testing.T) {
	db := openFile(t)
	const order = ` ORDER BY r.occurred_at DESC, (r.account_domain IS NULL), r.account_domain, (r.external_id IS NULL), r.external_id, r.id LIMIT 10`
	for text, index := range map[string]string{
		`SELECT r.title FROM signals r WHERE r.workspace_id = 'w' AND r.account_id = 'x'` + order:                                     "signals_by_account",
		`SELECT r.title FROM signals r WHERE r.workspace_id = 'w' AND r.lead_id = 'x'` + order:                                        "signals_by_lead",
		`SELECT r.title FROM leads r WHERE r.workspace_id = 'w' AND (r.handle_f IS NOT NULL AND r.handle_f = 'x') ORDER BY r.id`:      "leads_by_handle",
		`SELECT r.id FROM accounts r WHERE r.workspace_id = 'w' AND (r.name_f IS NOT NULL AND r.name_f = 'x') ORDER BY r.doc LIMIT 9`: "accounts_by_name",
	} {
		if plan := explain(t, db, text); !strings.Contains(plan, " INDEX "+index+" ") {
			t.Errorf("%s\nis answered by %s", text, plan)
		}
	}
}

// openFile opens the file of a migrated store with the bare driver.
func openFile(t *testing.T) *sql.DB {
	dir := t.TempDir()
	mustOpen(t, store.Config{DataDir: dir})
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "unstuck.db")+"?_pragma=query_only(1)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func texts(t *testing.T, db *sql.DB, text string) (out []string) {
	rows, err := db.QueryContext(context.Background(), text)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}

func explain(t *testing.T, db *sql.DB, text string) (plan string) {
	rows, err := db.QueryContext(context.Background(), `EXPLAIN QUERY PLAN `+text)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan += detail + "; "
	}
	return plan
}
