package store_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
)

// BenchmarkKeyForAuth stands beside the bare driver's own read by primary key (G14).
func BenchmarkKeyForAuth(b *testing.B) {
	dir := b.TempDir()
	db := mustOpen(b, store.Config{DataDir: dir})
	w := storetest.MustWorkspace(b, db, "a")
	storetest.MustKey(b, db, w.ID, "0000000a")
	ctx := context.Background()
	b.Run("store", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := db.KeyForAuth(ctx, "0000000a"); err != nil {
				b.Fatal(err)
			}
		}
	})
	raw, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "unstuck.db")+"?_pragma=query_only(1)")
	if err != nil {
		b.Fatal(err)
	}
	defer raw.Close()
	stmt, err := raw.Prepare(`SELECT k.id, k.workspace_id, k.name, k.preset, k.permissions, k.created_at, k.created_by, k.expiry,
		k.mac, k.mac_kid, k.row_tag, w.plan, w.rate_per_minute, w.burst FROM keys k JOIN workspaces w ON w.id = k.workspace_id WHERE k.id = $1`)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("driver", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var id, ws, name, preset, perms, by, expiry, plan string
			var created, kid, rate, burst int64
			var mac, tag []byte
			if err := stmt.QueryRowContext(ctx, "0000000a").Scan(&id, &ws, &name, &preset, &perms, &created, &by, &expiry, &mac, &kid, &tag, &plan, &rate, &burst); err != nil {
				b.Fatal(err)
			}
		}
	})
}
