package store_test

import (
	"context"
	"regexp"
	"slices"
	"testing"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// TestEveryColumnMakesARecordStale keeps SQLite's triggers, which name their columns, in step with the tables.
func TestEveryColumnMakesARecordStale(t *testing.T) {
	db := openFile(t)
	for _, table := range []string{"accounts", "leads"} {
		trigger := texts(t, db, `SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = '`+table+`_changed'`)
		if len(trigger) != 1 {
			t.Fatalf("%s has no trigger for changes", table)
		}
		for _, column := range texts(t, db, `SELECT name FROM pragma_table_info('`+table+`')`) {
			scores := slices.Contains([]string{"engagement_score", "engagement_stage"}, column)
			if named := regexp.MustCompile(`\b` + column + `\b`).MatchString(trigger[0]); named == scores {
				t.Errorf("a change of %s.%s makes stale: %v", table, column, named)
			}
		}
	}
}

// TestWritesMakeStale looks at the notes that writing leaves, on either engine.
func TestWritesMakeStale(t *testing.T) {
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) {
			db := mustOpen(t, e.empty(t))
			w := storetest.MustWorkspace(t, db, "noted")
			account := storetest.MustAccounts(t, db, w.ID, wire.Account{Domain: "a.com"})[0].ID
			lead := storetest.MustLeads(t, db, w.ID, wire.Lead{Handle: "x:ann", CompanyDomain: "a.com"})[0].ID
			stale(t, db, w.ID, "accounts "+account, "leads "+lead)
			storetest.MustLeads(t, db, w.ID, wire.Lead{Handle: "x:ann"})
			stale(t, db, w.ID)
			storetest.MustLeads(t, db, w.ID, wire.Lead{Handle: "x:ann", Title: "Engineer"})
			stale(t, db, w.ID, "leads "+lead)
			if err := db.MarkStale(context.Background(), w.ID, filter.Accounts, []string{account, account}); err != nil {
				t.Fatal(err)
			}
			stale(t, db, w.ID, "accounts "+account)
		})
	}
}

// stale compares the records that are noted, and takes the notes out.
func stale(t *testing.T, db *store.DB, workspaceID string, want ...string) {
	t.Helper()
	got := []string{}
	err := db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		rows, err := tx.Query(ctx, `SELECT DISTINCT kind || ' ' || record_id FROM stale_records WHERE workspace_id = $1 ORDER BY 1`, workspaceID)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				return err
			}
			got = append(got, s)
		}
		rows.Close()
		_, err = tx.Exec(ctx, `DELETE FROM stale_records WHERE workspace_id = $1`, workspaceID)
		return err
	})
	if err != nil || !slices.Equal(got, want) && len(got)+len(want) > 0 {
		t.Errorf("noted are %v (%v), want %v", got, err, want)
	}
}
