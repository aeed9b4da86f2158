package store_test

import (
	"context"
	"os"
	"testing"

	"github.com/pressly/goose/v3"
)

// TestMigrationKnowsOldRotations shows that keys rotated before there was a column for it are known as such.
func TestMigrationKnowsOldRotations(t *testing.T) {
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
					VALUES ('w', 1, 'w', 'w', 'pro', 1, 1, 0, 0, 4000000000000000, 5)`,
				`INSERT INTO keys (id, workspace_id, name, preset, permissions, created_at, created_by, expiry, mac, mac_kid, row_tag)
					SELECT x, 'w', 'n', 'read_only', 'records:read', 5, 'a', 'never', mac, 1, mac FROM (SELECT '0000000a' AS x UNION SELECT '0000000b') k,
					(SELECT CAST('m' AS ` + bytesType[e.name] + `) AS mac) m`,
				`INSERT INTO activity (workspace_id, id, at, actor_kind, actor_name, actor_key_id, action, object_type, object_id, detail)
					VALUES ('w', '1', 5, 'person', 'a', '', 'key.created', 'key', '0000000a', '{}'),
						('w', '2', 6, 'person', 'a', '', 'key.rotated', 'key', '0000000b', '{"name":"n","replaces":"0000000a"}')`,
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
			for id, want := range map[string]string{"0000000a": "", "0000000b": "0000000a"} {
				if k, err := db.GetKey(ctx, "w", id); err != nil || k.Replaces != want {
					t.Errorf("%s replaces %q, %v; want %q", id, k.Replaces, err, want)
				}
			}
		})
	}
}

var bytesType = map[string]string{"sqlite": "BLOB", "postgres": "BYTEA"}
