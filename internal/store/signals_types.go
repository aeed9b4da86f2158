package store

import "context"

// SignalTypes implements signals.Store.
func (db *DB) SignalTypes(ctx context.Context, workspaceID string) (map[string]bool, error) {
	out := map[string]bool{}
	_, err := collect(ctx, db.Workspace(workspaceID).q(ctx), func(row Row) (struct{}, error) {
		var name string
		var enabled bool
		err := row.Scan(&name, &enabled)
		out[name] = enabled
		return struct{}{}, err
	}, `SELECT signal_type, enabled FROM signal_types WHERE workspace_id = $1`)
	return out, op(err, "read signal types")
}

// RegisterSignalTypes implements ingest.Store.
func (db *DB) RegisterSignalTypes(ctx context.Context, workspaceID string, names []string) error {
	w := db.Workspace(workspaceID)
	return w.Tx(ctx, func(ctx context.Context, tx *Tx, _ Q) error {
		b := bulk{table: "signal_types", columns: []column{{"signal_type", textColumn}, {"enabled", boolColumn}, {"created_at", intColumn}},
			onConflict: `ON CONFLICT (workspace_id, signal_type) DO NOTHING`}
		for _, name := range names {
			b.rows = append(b.rows, []any{name, true, tx.now})
		}
		_, err := w.insertMany(ctx, tx, b)
		return op(err, "register signal types")
	})
}
