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
	stmt, err := raw.Prepare("SELECT id, workspace_id, name, preset, permissions, created_at, created_by, expiry, mac, mac_kid, row_tag FROM keys WHERE id = $1")
	if err != nil {
		b.Fatal(err)
	}
	b.Run("driver", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var id, ws, name, preset, perms, by, expiry string
			var created, kid int64
			var mac, tag []byte
			if err := stmt.QueryRowContext(ctx, "0000000a").Scan(&id, &ws, &name, &preset, &perms, &created, &by, &expiry, &mac, &kid, &tag); err != nil {
				b.Fatal(err)
			}
		}
	})
}
