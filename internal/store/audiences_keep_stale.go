package store

import (
	"context"
	"math/rand/v2"

	"github.com/unstuckengine/unstuck/internal/filter"
)

// MarkStale lets the keeper of the audiences look at records again. What writes records does so by itself; this is for what depends on more than them.
func (db *DB) MarkStale(ctx context.Context, workspaceID string, k filter.Kind, ids []string) error {
	w := db.Workspace(workspaceID)
	b := bulk{table: "stale_records", columns: []column{{"record_id", textColumn}, {"kind", textColumn}, {"mark", intColumn}}, onConflict: `ON CONFLICT DO NOTHING`}
	mark := rand.Int64() // no other transaction's, so that none waits
	for _, id := range ids {
		b.rows = append(b.rows, []any{id, string(k), mark})
	}
	return w.Tx(ctx, func(ctx context.Context, tx *Tx, _ Q) error {
		_, err := w.insertMany(ctx, tx, b)
		return op(err, "mark %s as stale", k)
	})
}
