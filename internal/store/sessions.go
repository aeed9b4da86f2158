package store

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// FindSession implements ui.Sessions.
func (db *DB) FindSession(ctx context.Context, token string) (data []byte, found bool, err error) {
	var until, now int64
	err = db.q(ctx).QueryRow(ctx, `SELECT data, expires_at, `+db.dia.clock+` FROM sessions WHERE token = $1`, token).Scan(&data, &until, &now)
	if fault.CodeOf(err) == fault.NotFound || err == nil && until <= db.clockOr(now) {
		return nil, false, nil
	}
	return data, err == nil, op(err, "find a session")
}

// KeepSession implements ui.Sessions.
func (db *DB) KeepSession(ctx context.Context, token string, data []byte, until time.Time) error {
	_, err := db.q(ctx).Exec(ctx, `INSERT INTO sessions (token, data, expires_at) VALUES ($1, $2, $3)
		ON CONFLICT (token) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`, token, data, until.UnixMicro())
	return op(err, "keep a session")
}

// DropSession implements ui.Sessions.
func (db *DB) DropSession(ctx context.Context, token string) error {
	_, err := db.q(ctx).Exec(ctx, `DELETE FROM sessions WHERE token = $1`, token)
	return op(err, "drop a session")
}

// PurgeSessions deletes sessions and logins whose time is over, and set-up tokens with them, and what the limiter need not remember any more.
func (db *DB) PurgeSessions(ctx context.Context) error {
	now, err := db.Now(ctx)
	if err != nil {
		return err
	}
	for _, text := range []string{
		`DELETE FROM sessions WHERE expires_at <= $1`,
		`DELETE FROM logins WHERE expires_at <= $1`,
		`UPDATE members SET setup_token_hash = NULL, setup_expires_at = NULL WHERE setup_expires_at <= $1`,
	} {
		if _, err := db.q(ctx).Exec(ctx, text, now); err != nil {
			return op(err, "purge sessions")
		}
	}
	return op(db.limits.forget(ctx), "purge the limiter")
}
