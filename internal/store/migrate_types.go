package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/unstuckengine/unstuck/internal/settings"
)

// moveSignalTypes puts what a workspace set about signal types, which had a table of its own, into a new version of its settings. There they are
// logged when they change; that they move changes nothing and is not.
func moveSignalTypes(ctx context.Context, tx *sql.Tx) error {
	own, err := ownSignalTypes(ctx, tx)
	if err != nil {
		return fmt.Errorf("read the signal types: %w", err)
	}
	for workspaceID, types := range own {
		if err := addSignalTypes(ctx, tx, workspaceID, types); err != nil {
			return fmt.Errorf("move the signal types of %s: %w", workspaceID, err)
		}
	}
	_, err = tx.ExecContext(ctx, `DROP TABLE signal_types`)
	return err
}

// ownSignalTypes returns by workspace which types it set, and whether each is enabled.
func ownSignalTypes(ctx context.Context, tx *sql.Tx) (map[string]map[string]bool, error) {
	rows, err := tx.QueryContext(ctx, `SELECT workspace_id, signal_type, enabled FROM signal_types`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[string]map[string]bool{}
	for rows.Next() {
		var workspaceID, name string
		var enabled bool
		if err := rows.Scan(&workspaceID, &name, &enabled); err != nil {
			return nil, err
		}
		if out[workspaceID] == nil {
			out[workspaceID] = map[string]bool{}
		}
		out[workspaceID][name] = enabled
	}
	return out, rows.Err()
}

func addSignalTypes(ctx context.Context, tx *sql.Tx, workspaceID string, types map[string]bool) error {
	var version, at int64
	var document string
	err := tx.QueryRowContext(ctx, `SELECT COALESCE(s.version, 0), COALESCE(s.at, w.created_at), COALESCE(s.document, '') FROM workspaces w
		LEFT JOIN settings s ON s.workspace_id = w.id WHERE w.id = $1 ORDER BY s.version DESC LIMIT 1`, workspaceID).Scan(&version, &at, &document)
	if err != nil {
		return err
	}
	merged, err := settings.WithSignalTypes([]byte(document), types)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO settings (workspace_id, version, at, document) VALUES ($1, $2, $3, $4)`, workspaceID, version+1, at, string(merged))
	return err
}
