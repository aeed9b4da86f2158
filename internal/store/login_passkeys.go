package store

import (
	"context"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/login"
)

var _ login.Passkeys = (*DB)(nil)

// InsertPasskey implements login.Passkeys.
func (db *DB) InsertPasskey(ctx context.Context, k login.Passkey, e activity.Entry) error {
	return db.recorded(ctx, e, func(ctx context.Context, tx *Tx) error {
		n, err := tx.Exec(ctx, `INSERT INTO passkeys (workspace_id, member_id, id, name, credential, created_at)
			SELECT workspace_id, id, $3, $4, $5, $6 FROM members WHERE workspace_id = $1 AND id = $2`,
			k.WorkspaceID, k.MemberID, k.ID, k.Name, k.Credential, k.CreatedAt.UnixMicro())
		return op(oneOf(n, err), "insert a passkey")
	})
}

// ListPasskeys implements login.Passkeys.
func (db *DB) ListPasskeys(ctx context.Context, workspaceID, memberID string) ([]login.Passkey, error) {
	out, err := collect(ctx, db.Workspace(workspaceID).q(ctx), scanPasskey, `SELECT id, workspace_id, member_id, name, credential, created_at, COALESCE(last_used_at, 0)
		FROM passkeys WHERE workspace_id = $1 AND member_id = $2 ORDER BY created_at, id`, memberID)
	return out, op(err, "list passkeys")
}

func scanPasskey(row Row) (k login.Passkey, err error) {
	var created, used int64
	err = row.Scan(&k.ID, &k.WorkspaceID, &k.MemberID, &k.Name, &k.Credential, &created, &used)
	k.CreatedAt, k.LastUsedAt = fromMicros(created), fromMicros(used)
	return k, err
}

// UsePasskey implements login.Passkeys.
func (db *DB) UsePasskey(ctx context.Context, k login.Passkey, old []byte) error {
	n, err := db.Workspace(k.WorkspaceID).q(ctx).Exec(ctx, `UPDATE passkeys SET credential = $4, last_used_at = $5
		WHERE workspace_id = $1 AND member_id = $2 AND id = $3 AND credential = $6`, k.MemberID, k.ID, k.Credential, micros(k.LastUsedAt), old)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, fault.Conflict.Detail())
	}
	return op(err, "note the use of a passkey")
}

// RemovePasskey implements login.Passkeys.
func (db *DB) RemovePasskey(ctx context.Context, workspaceID, memberID, id string, e activity.Entry) error {
	return db.recorded(ctx, e, func(ctx context.Context, tx *Tx) error {
		n, err := db.Workspace(workspaceID).bind(tx).Exec(ctx, `DELETE FROM passkeys WHERE workspace_id = $1 AND member_id = $2 AND id = $3`, memberID, id)
		return op(oneOf(n, err), "remove a passkey")
	})
}
