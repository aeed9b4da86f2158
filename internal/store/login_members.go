package store

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/login"
)

const accountsFrom = `SELECT m.id, m.workspace_id, m.email, m.role, m.setup_token_hash, COALESCE(m.setup_expires_at, 0), m.created_at, COALESCE(m.password_hash, ''), w.name
	FROM members m JOIN workspaces w ON w.id = m.workspace_id `

func scanAccount(row Row) (a login.Account, err error) {
	var hash []byte
	var expires, created int64
	err = row.Scan(&a.ID, &a.WorkspaceID, &a.Email, &a.Role, &hash, &expires, &created, &a.PasswordHash, &a.Workspace)
	copy(a.SetupTokenHash[:], hash)
	a.SetupExpiresAt, a.CreatedAt, a.SetUp = fromMicros(expires), fromMicros(created), a.PasswordHash != ""
	return a, err
}

// FindAccount implements login.Members.
func (db *DB) FindAccount(ctx context.Context, workspaceID, memberID string) (login.Account, error) {
	a, err := scanAccount(db.q(ctx).QueryRow(ctx, accountsFrom+`WHERE m.workspace_id = $1 AND m.id = $2`, workspaceID, memberID))
	return a, op(err, "find member %q", memberID)
}

// AccountsByEmail implements login.Members.
func (db *DB) AccountsByEmail(ctx context.Context, email string, limit int) ([]login.Account, error) {
	out, err := collect(ctx, db.q(ctx), scanAccount, accountsFrom+`WHERE m.email = $1 ORDER BY m.created_at, m.id LIMIT $2`, email, limit)
	return out, op(err, "find members by email")
}

// AccountBySetup implements login.Members.
func (db *DB) AccountBySetup(ctx context.Context, hash [32]byte) (login.Account, error) {
	a, err := scanAccount(db.q(ctx).QueryRow(ctx, accountsFrom+`WHERE m.setup_token_hash = $1`, hash[:]))
	return a, op(err, "find a member by a set-up token")
}

// UseSetup implements login.Members.
func (db *DB) UseSetup(ctx context.Context, hash [32]byte, at time.Time, passwordHash string, e activity.Entry) error {
	return db.recorded(ctx, e, func(ctx context.Context, tx *Tx) error {
		n, err := tx.Exec(ctx, `UPDATE members SET password_hash = $4, setup_token_hash = NULL, setup_expires_at = NULL
			WHERE workspace_id = $1 AND id = $2 AND setup_token_hash = $3 AND setup_expires_at > $5`, e.WorkspaceID, e.ObjectID, hash[:], passwordHash, at.UnixMicro())
		if err := oneOf(n, err); err != nil {
			return op(err, "set member %q up", e.ObjectID)
		}
		if _, err := tx.Exec(ctx, `DELETE FROM passkeys WHERE workspace_id = $1 AND member_id = $2`, e.WorkspaceID, e.ObjectID); err != nil {
			return op(err, "remove passkeys")
		}
		_, err = endLogins(ctx, tx, e.WorkspaceID, e.ObjectID, "")
		return err
	})
}

// SetPassword implements login.Members.
func (db *DB) SetPassword(ctx context.Context, workspaceID, memberID, old, passwordHash, keep string, e activity.Entry) error {
	return db.recorded(ctx, e, func(ctx context.Context, tx *Tx) error {
		n, err := tx.Exec(ctx, `UPDATE members SET password_hash = $4 WHERE workspace_id = $1 AND id = $2 AND COALESCE(password_hash, '') = $3`,
			workspaceID, memberID, old, passwordHash)
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, fault.Conflict.Detail())
		}
		if err != nil {
			return op(err, "set the password of member %q", memberID)
		}
		_, err = endLogins(ctx, tx, workspaceID, memberID, keep)
		return err
	})
}

// AnyoneSetUp implements login.Members.
func (db *DB) AnyoneSetUp(ctx context.Context) (bool, error) {
	var n int
	err := db.q(ctx).QueryRow(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM members WHERE password_hash IS NOT NULL OR last_seen_at IS NOT NULL LIMIT 1) AS somebody`).Scan(&n)
	return n > 0, op(err, "look for a member who can sign in")
}
