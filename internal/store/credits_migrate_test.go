package store_test

import (
	"context"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"

	"github.com/unstuckengine/unstuck/internal/credits"
)

// TestMigrationOpensTheLedgers shows that the credits of older workspaces add up from the first row on.
func TestMigrationOpensTheLedgers(t *testing.T) {
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) {
			ctx, c := context.Background(), e.empty(t)
			old, dialect := openBare(t, c)
			p, err := goose.NewProvider(dialect, old, os.DirFS("migrations/"+e.name), goose.WithDisableGlobalRegistry(true))
			if err == nil {
				_, err = p.UpTo(ctx, 2)
			}
			if err == nil {
				_, err = old.ExecContext(ctx, `INSERT INTO workspaces (id, short_id, slug, name, plan, rate_per_minute, burst, credits_balance, credits_monthly, credits_resets_at, created_at)
					VALUES ('rich', 1, 'rich', 'rich', 'pro', 1, 1, 70, 90, 4000000000000000, 5), ('poor', 2, 'poor', 'poor', 'pro', 1, 1, 0, 90, 4000000000000000, 5)`)
			}
			if err == nil {
				err = old.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
			db := mustOpen(t, c)
			for id, balance := range map[string]int64{"rich": 70, "poor": 0} {
				rows, err := db.Ledger(ctx, id, credits.Filter{})
				want := []credits.Entry{{ID: credits.OpeningID, Kind: credits.Granted, Amount: balance, Bucket: balance}}
				if len(rows) == 1 {
					want[0].At = rows[0].At
				}
				if d := cmp.Diff(want, rows); d != "" || err != nil {
					t.Errorf("%s: %v\n%s", id, err, d)
				}
				b, err := credits.New(db).Balance(ctx, id, "")
				if err != nil || b.Left != balance || b.TopUp != 0 || b.Held != 0 || b.Overage != credits.TopUpOnly {
					t.Errorf("%s: %+v, %v", id, b, err)
				}
			}
		})
	}
}
