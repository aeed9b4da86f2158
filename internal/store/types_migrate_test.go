package store_test

import (
	"context"
	"os"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/store"
)

// TestMigrationMovesSignalTypes shows that what a workspace set about its signal types holds on, and that its other settings do.
func TestMigrationMovesSignalTypes(t *testing.T) {
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) {
			ctx, c := context.Background(), e.empty(t)
			old, dialect := openBare(t, c)
			inGo, err := store.GoMigrations(dialect)
			if err != nil {
				t.Fatal(err)
			}
			p, err := goose.NewProvider(dialect, old, os.DirFS("migrations/"+e.name), goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(inGo...))
			if err == nil {
				_, err = p.UpTo(ctx, 24)
			}
			for _, insert := range []string{
				`INSERT INTO workspaces (id, short_id, slug, name, plan, rate_per_minute, burst, credits_balance, credits_monthly, credits_resets_at, created_at)
					VALUES ('new', 1, 'new', 'n', 'pro', 1, 1, 0, 0, 4000000000000000, 5), ('set', 2, 'set', 's', 'pro', 1, 1, 0, 0, 4000000000000000, 6),
						('none', 3, 'none', 'n', 'pro', 1, 1, 0, 0, 4000000000000000, 7)`,
				`INSERT INTO signal_types (workspace_id, signal_type, enabled, created_at)
					VALUES ('new', 'mine', ` + boolOf[e.name][1] + `, 1), ('set', 'old', ` + boolOf[e.name][0] + `, 1), ('set', 'release', ` + boolOf[e.name][0] + `, 1), ('set', 'hiring', ` + boolOf[e.name][1] + `, 1)`,
				`INSERT INTO settings (workspace_id, version, at, document) VALUES ('set', 1, 8, '{}'), ('set', 2, 9, '{"enrichment":{"overage":"pause"}}')`,
			} {
				if err == nil {
					_, err = old.ExecContext(ctx, insert)
				}
			}
			if err == nil {
				err = old.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
			db := mustOpen(t, c)
			own := `{"autoqualify":false,"class":"first_party","credit_cost":0,"enabled":`
			for id, want := range map[string]settings.Kept{
				"new":  {Version: 1, Document: []byte(`{"enrichment":{},"signal_types":{"mine":` + own + `true,"weight":10}}}`)},
				"set":  {Version: 3, Document: []byte(`{"enrichment":{"overage":"pause"},"signal_types":{"old":` + own + `false,"weight":10},"release":{"enabled":false}}}`)},
				"none": {},
			} {
				if k, err := db.Settings(ctx, id); err != nil || k.Version != want.Version || string(k.Document) != string(want.Document) {
					t.Errorf("%s: version %d of %s, %v; want version %d of %s", id, k.Version, k.Document, err, want.Version, want.Document)
				}
			}
			types, err := db.SignalTypes(ctx, "set")
			if err != nil || types.Enabled("old") || !types.Known("old") || types.Enabled("release") || !types.Enabled("hiring") {
				t.Errorf("types = %+v, %v", types, err)
			}
		})
	}
}

var boolOf = map[string][2]string{"sqlite": {"0", "1"}, "postgres": {"false", "true"}}
