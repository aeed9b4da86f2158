package store

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/settings"
)

var _ settings.Store = (*DB)(nil)

// Settings implements settings.Store.
func (db *DB) Settings(ctx context.Context, workspaceID string) (k settings.Kept, err error) {
	return readSettings(ctx, db.Workspace(workspaceID).q(ctx))
}

// SettingsDocument implements settings.Store.
func (db *DB) SettingsDocument(ctx context.Context, workspaceID string) (settings.Kept, error) {
	return readDocument(ctx, db.Workspace(workspaceID).q(ctx))
}

// readSettings reads the newest version with its secrets.
func readSettings(ctx context.Context, q Q) (k settings.Kept, err error) {
	if k, err = readDocument(ctx, q); err != nil {
		return k, err
	}
	type secret struct {
		name   string
		sealed []byte
	}
	list, err := collect(ctx, q, func(row Row) (s secret, err error) { return s, row.Scan(&s.name, &s.sealed) },
		`SELECT name, sealed FROM settings_secrets WHERE workspace_id = $1 AND section = $2`, settings.EnrichmentSection)
	k.Secrets = make(map[string][]byte, len(list))
	for _, s := range list {
		k.Secrets[s.name] = s.sealed
	}
	return k, op(err, "read the secrets of the settings")
}

// readDocument reads the newest version without its secrets; a workspace without any gives version 0.
func readDocument(ctx context.Context, q Q) (k settings.Kept, err error) {
	var at int64
	var text string
	err = q.QueryRow(ctx, `SELECT COALESCE(s.version, 0), COALESCE(s.at, 0), COALESCE(s.document, '') FROM workspaces w
		LEFT JOIN settings s ON s.workspace_id = w.id AND s.version = (SELECT MAX(n.version) FROM settings n WHERE n.workspace_id = $1)
		WHERE w.id = $1`).Scan(&k.Version, &at, &text)
	if err != nil {
		return k, op(err, "read the settings")
	}
	if k.At = fromMicros(at); text != "" {
		k.Document = []byte(text)
	}
	return k, nil
}

// ChangeSettings implements settings.Store. The workspace's row is the lock, as it is for the credits, whose policy is written there.
func (db *DB) ChangeSettings(ctx context.Context, workspaceID string, do func(now time.Time, k settings.Kept) (*settings.Change, error)) (k settings.Kept, err error) {
	w := db.Workspace(workspaceID)
	err = w.Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		n, err := q.Exec(ctx, `UPDATE workspaces SET credits_overage = credits_overage WHERE id = $1`)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, fault.NotFound.Detail())
		}
		if err != nil {
			return op(err, "lock the settings")
		}
		if k, err = readSettings(ctx, q); err != nil {
			return err
		}
		c, err := do(tx.Time(), k)
		if err != nil || c == nil {
			return err
		}
		if err := w.keepSettings(ctx, tx, q, k.Version+1, c); err != nil {
			return err
		}
		k, err = readSettings(ctx, q)
		return err
	})
	return k, err
}

func (w *Workspace) keepSettings(ctx context.Context, tx *Tx, q Q, version int64, c *settings.Change) (err error) {
	exec := func(text string, args ...any) {
		if err == nil {
			_, err = q.Exec(ctx, text, args...)
		}
	}
	if c.Entry != nil {
		exec(`INSERT INTO settings (workspace_id, version, at, document) VALUES ($1, $2, $3, $4)`, version, tx.now, string(c.Document))
		exec(`UPDATE workspaces SET credits_overage = $2 WHERE id = $1`, string(c.Overage))
	}
	for name, sealed := range c.Seal {
		exec(`INSERT INTO settings_secrets (workspace_id, section, name, sealed) VALUES ($1, $2, $3, $4)
			ON CONFLICT (workspace_id, section, name) DO UPDATE SET sealed = EXCLUDED.sealed`, settings.EnrichmentSection, name, sealed)
	}
	for _, name := range c.Drop {
		exec(`DELETE FROM settings_secrets WHERE workspace_id = $1 AND section = $2 AND name = $3`, settings.EnrichmentSection, name)
	}
	if err != nil || c.Entry == nil {
		return op(err, "keep the settings")
	}
	return w.Record(ctx, *c.Entry)
}
