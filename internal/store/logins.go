package store

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

var _ login.Store = (*DB)(nil)

const loginColumns = `l.id, l.workspace_id, l.member_id, l.method, l.device, l.address, l.created_at, l.last_seen_at, l.expires_at`

// loginRow reads loginColumns.
type loginRow struct {
	l                      login.Login
	created, seen, expires int64
}

func (r *loginRow) dest(more ...any) []any {
	l := &r.l
	return append([]any{&l.ID, &l.WorkspaceID, &l.MemberID, &l.Method, &l.Device, &l.Address, &r.created, &r.seen, &r.expires}, more...)
}

func (r *loginRow) login() login.Login {
	l := r.l
	l.CreatedAt, l.LastSeenAt, l.ExpiresAt = fromMicros(r.created), fromMicros(r.seen), fromMicros(r.expires)
	return l
}

// InsertLogin implements login.Logins.
func (db *DB) InsertLogin(ctx context.Context, l login.Login, e activity.Entry) error {
	return db.recorded(ctx, e, func(ctx context.Context, tx *Tx) error {
		n, err := tx.Exec(ctx, `INSERT INTO logins (id, workspace_id, member_id, method, device, address, created_at, last_seen_at, expires_at)
			SELECT $1, workspace_id, id, $4, $5, $6, $7, $8, $9 FROM members WHERE workspace_id = $2 AND id = $3`,
			l.ID, l.WorkspaceID, l.MemberID, string(l.Method), l.Device, l.Address, l.CreatedAt.UnixMicro(), l.LastSeenAt.UnixMicro(), l.ExpiresAt.UnixMicro())
		if err := oneOf(n, err); err != nil {
			return op(err, "insert login %q", l.ID)
		}
		return seen(ctx, tx, l.ID, l.LastSeenAt)
	})
}

// oneOf makes a change of nothing fault.NotFound.
func oneOf(n int64, err error) error {
	if err == nil && n == 0 {
		return fault.New(fault.NotFound, fault.NotFound.Detail())
	}
	return err
}

// FindLogin implements login.Logins.
func (db *DB) FindLogin(ctx context.Context, id string) (login.Login, workspaces.Member, time.Time, error) {
	var r loginRow
	m, now := workspaces.Member{}, int64(0)
	err := db.q(ctx).QueryRow(ctx, `SELECT `+loginColumns+`, m.email, m.role, `+db.dia.clock+`
		FROM logins l JOIN members m ON m.workspace_id = l.workspace_id AND m.id = l.member_id WHERE l.id = $1`, id).Scan(r.dest(&m.Email, &m.Role, &now)...)
	m.ID, m.WorkspaceID = r.l.MemberID, r.l.WorkspaceID
	return r.login(), m, fromMicros(db.clockOr(now)), op(err, "find a login")
}

// TouchLogin implements login.Logins.
func (db *DB) TouchLogin(ctx context.Context, id string, at time.Time) error {
	return db.Tx(ctx, func(ctx context.Context, tx *Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE logins SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2`, id, at.UnixMicro()); err != nil {
			return op(err, "note the use of a login")
		}
		return seen(ctx, tx, id, at)
	})
}

// seen notes at the login's member when the member was seen, which outlives the login.
func seen(ctx context.Context, tx *Tx, id string, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE members SET last_seen_at = $2 WHERE id = (SELECT member_id FROM logins WHERE id = $1) AND COALESCE(last_seen_at, 0) < $2`,
		id, at.UnixMicro())
	return op(err, "note when a member was seen")
}

// ListLogins implements login.Logins.
func (db *DB) ListLogins(ctx context.Context, workspaceID, memberID string) ([]login.Login, error) {
	out, err := collect(ctx, db.q(ctx), func(row Row) (login.Login, error) {
		var r loginRow
		err := row.Scan(r.dest()...)
		return r.login(), err
	}, `SELECT `+loginColumns+` FROM logins l WHERE l.workspace_id = $1 AND l.member_id = $2 ORDER BY l.created_at DESC, l.id DESC`, workspaceID, memberID)
	return out, op(err, "list logins")
}

// EndLogin implements login.Logins.
func (db *DB) EndLogin(ctx context.Context, workspaceID, memberID, id string, e activity.Entry) error {
	end := func(ctx context.Context, tx *Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM logins WHERE workspace_id = $1 AND member_id = $2 AND id = $3`, workspaceID, memberID, id)
		return op(oneOf(n, err), "end login %q", id)
	}
	if e.Action == "" {
		return db.Tx(ctx, end)
	}
	return db.recorded(ctx, e, end)
}

// EndOtherLogins implements login.Logins.
func (db *DB) EndOtherLogins(ctx context.Context, workspaceID, memberID, keep string, e activity.Entry) (ended int, err error) {
	err = db.Tx(ctx, func(ctx context.Context, tx *Tx) error {
		n, err := endLogins(ctx, tx, workspaceID, memberID, keep)
		if ended = int(n); err != nil || n == 0 {
			return err
		}
		return db.Workspace(e.WorkspaceID).Record(ctx, e)
	})
	return ended, err
}

// endLogins ends the member's logins but keep ("" = none).
func endLogins(ctx context.Context, tx *Tx, workspaceID, memberID, keep string) (int64, error) {
	n, err := tx.Exec(ctx, `DELETE FROM logins WHERE workspace_id = $1 AND member_id = $2 AND id <> $3`, workspaceID, memberID, keep)
	return n, op(err, "end logins")
}
