package store

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/devicelogin"
)

var _ devicelogin.Store = (*DB)(nil)

const deviceColumns = `code_hash, user_code, client, host, source, preset, key_name, expiry, replaces, revoke_old, state, created_at, expires_at, wait_us,
	COALESCE(polled_at, 0), COALESCE(workspace_id, ''), COALESCE(member_id, ''), COALESCE(decided_at, 0), COALESCE(key_id, '')`

func scanDeviceLogin(row Row) (l devicelogin.Login, err error) {
	var hash []byte
	var created, expires, wait, polled, decided int64
	err = row.Scan(&hash, &l.UserCode, &l.Client, &l.Host, &l.Source, &l.Preset, &l.KeyName, &l.Expiry, &l.Replaces, &l.RevokeOld, &l.State,
		&created, &expires, &wait, &polled, &l.WorkspaceID, &l.MemberID, &decided, &l.KeyID)
	copy(l.CodeHash[:], hash)
	l.CreatedAt, l.ExpiresAt, l.PolledAt, l.DecidedAt = fromMicros(created), fromMicros(expires), fromMicros(polled), fromMicros(decided)
	l.Interval = time.Duration(wait) * time.Microsecond
	return l, err
}

// InsertDeviceLogin implements devicelogin.Store.
func (db *DB) InsertDeviceLogin(ctx context.Context, l devicelogin.Login) error {
	_, err := db.q(ctx).Exec(ctx, `INSERT INTO device_logins
		(code_hash, user_code, client, host, source, preset, key_name, expiry, replaces, revoke_old, state, created_at, expires_at, wait_us)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		l.CodeHash[:], l.UserCode, l.Client, l.Host, l.Source, string(l.Preset), l.KeyName, string(l.Expiry), l.Replaces, l.RevokeOld, string(l.State),
		l.CreatedAt.UnixMicro(), l.ExpiresAt.UnixMicro(), l.Interval.Microseconds())
	return op(err, "insert a device login")
}

// DeviceLogin implements devicelogin.Store.
func (db *DB) DeviceLogin(ctx context.Context, hash [32]byte) (devicelogin.Login, error) {
	l, err := scanDeviceLogin(db.q(ctx).QueryRow(ctx, `SELECT `+deviceColumns+` FROM device_logins WHERE code_hash = $1`, hash[:]))
	return l, op(err, "read a device login")
}

// DeviceLoginByCode implements devicelogin.Store.
func (db *DB) DeviceLoginByCode(ctx context.Context, userCode string) (devicelogin.Login, error) {
	l, err := scanDeviceLogin(db.q(ctx).QueryRow(ctx, `SELECT `+deviceColumns+` FROM device_logins WHERE user_code = $1`, userCode))
	return l, op(err, "read a device login by its code")
}

// ChangeDeviceLogin implements devicelogin.Store. The lock is a write of the row, which both engines have.
func (db *DB) ChangeDeviceLogin(ctx context.Context, hash [32]byte, do func(context.Context, *devicelogin.Login) error) error {
	return db.Tx(ctx, func(ctx context.Context, tx *Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE device_logins SET state = state WHERE code_hash = $1`, hash[:]); err != nil {
			return op(err, "lock a device login")
		}
		l, err := db.DeviceLogin(ctx, hash)
		if err != nil {
			return err
		}
		if err := do(ctx, &l); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE device_logins SET preset = $2, key_name = $3, expiry = $4, revoke_old = $5, state = $6, expires_at = $7, wait_us = $8,
			polled_at = $9, workspace_id = $10, member_id = $11, decided_at = $12, key_id = $13 WHERE code_hash = $1`,
			hash[:], string(l.Preset), l.KeyName, string(l.Expiry), l.RevokeOld, string(l.State), l.ExpiresAt.UnixMicro(), l.Interval.Microseconds(),
			micros(l.PolledAt), optional(l.WorkspaceID), optional(l.MemberID), micros(l.DecidedAt), optional(l.KeyID))
		return op(err, "keep a device login")
	})
}

// CountDeviceLogins implements devicelogin.Store.
func (db *DB) CountDeviceLogins(ctx context.Context, at time.Time) (n int, err error) {
	err = db.q(ctx).QueryRow(ctx, `SELECT COUNT(*) FROM device_logins WHERE expires_at > $1 AND state = $2`, at.UnixMicro(), string(devicelogin.Open)).Scan(&n)
	return n, op(err, "count device logins")
}

// PurgeDeviceLogins implements devicelogin.Store.
func (db *DB) PurgeDeviceLogins(ctx context.Context, before time.Time) (int64, error) {
	n, err := db.q(ctx).Exec(ctx, `DELETE FROM device_logins WHERE expires_at < $1`, before.UnixMicro())
	return n, op(err, "purge device logins")
}
