package store_test

import (
	"context"
	"os"
	"slices"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/activity/chain"
)

// TestMigrationLetsOldEntriesBeSealed shows that what was logged before there was a chain becomes a part of it.
func TestMigrationLetsOldEntriesBeSealed(t *testing.T) {
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) {
			ctx, c := context.Background(), e.empty(t)
			old, dialect := openBare(t, c)
			p, err := goose.NewProvider(dialect, old, os.DirFS("migrations/"+e.name), goose.WithDisableGlobalRegistry(true))
			if err == nil {
				_, err = p.UpTo(ctx, 2)
			}
			for _, insert := range []string{
				`INSERT INTO workspaces (id, short_id, slug, name, plan, rate_per_minute, burst, credits_balance, credits_monthly, credits_resets_at, created_at)
					VALUES ('w', 1, 'w', 'w', 'pro', 1, 1, 0, 0, 4000000000000000, 5), ('none', 2, 'none', 'none', 'pro', 1, 1, 0, 0, 4000000000000000, 5)`,
				`INSERT INTO activity (workspace_id, id, at, actor_kind, actor_name, actor_key_id, action, object_type, object_id, detail)
					VALUES ('w', '2', 6, 'person', 'a', '', 'key.created', 'key', '0000000a', '{}'), ('w', '1', 7, 'person', 'a', '', 'key.revoked', 'key', '0000000a', '{}')`,
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
			if waiting, err := db.Unsealed(ctx); err != nil || !slices.Equal(waiting, []string{"w"}) {
				t.Errorf("waiting: %v, %v", waiting, err)
			}
			var sealed []string
			n, err := db.Extend(ctx, "w", 10, func(h chain.Head, entries []activity.Entry) (out []chain.Link, err error) {
				for i, e := range entries {
					sealed = append(sealed, e.ID)
					out = append(out, chain.Link{Seq: h.Seq + int64(i) + 1, EntryID: e.ID, Seal: []byte{1}})
				}
				return out, nil
			})
			if err != nil || n != 2 || !slices.Equal(sealed, []string{"2", "1"}) {
				t.Errorf("sealed %v, %v", sealed, err)
			}
		})
	}
}
