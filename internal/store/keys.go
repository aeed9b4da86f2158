package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
)

var _ keys.Store = (*DB)(nil)

const keyColumns = `k.id, k.workspace_id, k.name, k.preset, k.permissions, k.created_at, k.created_by, COALESCE(k.last_used_at, 0),
	k.expiry, COALESCE(k.expires_at, 0), COALESCE(k.revoked_at, 0), COALESCE(k.revoked_by, ''), k.mac, k.mac_kid, k.row_tag, COALESCE(k.spend_limit, -1)`

// keyRow reads keyColumns.
type keyRow struct {
	k                                   keys.Key
	permissions                         string
	created, lastUsed, expires, revoked int64
	spendLimit                          int64 // -1 for none
	mac, tag                            []byte
}

func (r *keyRow) dest(more ...any) []any {
	k := &r.k
	return append(append(make([]any, 0, 16+len(more)), &k.ID, &k.WorkspaceID, &k.Name, &k.Preset, &r.permissions, &r.created, &k.CreatedBy, &r.lastUsed,
		&k.Expiry, &r.expires, &r.revoked, &k.RevokedBy, &r.mac, &k.MACKID, &r.tag, &r.spendLimit), more...)
}

// key returns the row read. A row that this program cannot have written is an unusable store, not an unknown key.
func (r *keyRow) key() (keys.Key, error) {
	k := r.k
	set, err := parsePermissions(r.permissions)
	if err != nil || copy(k.MAC[:], r.mac) != len(r.mac) || copy(k.RowTag[:], r.tag) != len(r.tag) {
		return keys.Key{}, unavailable(fmt.Errorf("the row of key %s cannot be read", k.ID))
	}
	if k.Permissions = set; r.spendLimit >= 0 {
		limit := r.spendLimit
		k.SpendLimit = &limit
	}
	k.CreatedAt, k.LastUsedAt, k.ExpiresAt, k.RevokedAt = fromMicros(r.created), fromMicros(r.lastUsed), fromMicros(r.expires), fromMicros(r.revoked)
	return k, nil
}

// permissionSets remembers what each text means; there are few, and authentication reads one each time.
var permissionSets sync.Map // of scope.Set by text

func parsePermissions(text string) (scope.Set, error) {
	if set, ok := permissionSets.Load(text); ok {
		return set.(scope.Set), nil
	}
	set, err := scope.ParseSet(text)
	if err == nil && set.String() == text { // only the canonical spellings, so that their number is bounded
		permissionSets.Store(text, set)
	}
	return set, err
}

// listColumns are keyColumns with what no authentication asks for.
const listColumns = keyColumns + `, COALESCE(k.replaces, '')`

func scanKey(row Row) (keys.Key, error) {
	var r keyRow
	if err := row.Scan(r.dest(&r.k.Replaces)...); err != nil {
		return keys.Key{}, err
	}
	return r.key()
}

const authColumns = keyColumns + `, w.plan, w.rate_per_minute, w.burst, `

func (db *DB) scanAuth(row Row) (keys.AuthRow, error) {
	var r keyRow
	var a keys.AuthRow
	var now int64
	if err := row.Scan(r.dest(&a.Plan, &a.Limits.RatePerMinute, &a.Limits.Burst, &now)...); err != nil {
		return keys.AuthRow{}, err
	}
	k, err := r.key()
	a.Key, a.Now = k, fromMicros(db.clockOr(now))
	return a, err
}

// clockOr returns the time that a statement read, or the process's clock where that is the store's.
func (db *DB) clockOr(us int64) int64 {
	if lite, ok := db.engine.(*sqliteEngine); ok {
		return lite.clock.micros()
	}
	return us
}

const authFrom = ` FROM keys k JOIN workspaces w ON w.id = k.workspace_id WHERE `

// KeyForAuth implements keys.Store: one statement, always on the primary.
func (db *DB) KeyForAuth(ctx context.Context, id string) (keys.AuthRow, error) {
	a, err := db.scanAuth(brief(db.engine.primary()).QueryRow(ctx, db.authOne, id))
	if err != nil {
		return keys.AuthRow{}, fmt.Errorf("read key %q: %w", id, err)
	}
	return a, nil
}

// KeysForAuth implements keys.Store.
func (db *DB) KeysForAuth(ctx context.Context, ids []string) (map[string]keys.AuthRow, error) {
	rows, err := collect(ctx, db.engine.primary(), db.scanAuth, db.authMany, db.dia.list(ids))
	if err != nil {
		return nil, fmt.Errorf("read %d keys: %w", len(ids), err)
	}
	out := make(map[string]keys.AuthRow, len(rows))
	for _, a := range rows {
		out[a.Key.ID] = a
	}
	return out, nil
}

// InsertKey implements keys.Store. A taken id does not end a transaction that it runs in, so that another can be tried there.
func (db *DB) InsertKey(ctx context.Context, k keys.Key, e activity.Entry) error {
	return db.recorded(ctx, e, func(ctx context.Context, tx *Tx) error {
		n, err := tx.Exec(ctx, `INSERT INTO keys (id, workspace_id, name, preset, permissions, created_at, created_by, expiry, expires_at, mac, mac_kid, row_tag, spend_limit, replaces)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, NULLIF($14, '')) ON CONFLICT (id) DO NOTHING`,
			k.ID, k.WorkspaceID, k.Name, string(k.Preset), k.Permissions.String(), k.CreatedAt.UnixMicro(), k.CreatedBy,
			string(k.Expiry), micros(k.ExpiresAt), k.MAC[:], k.MACKID, k.RowTag[:], orNull(k.SpendLimit), k.Replaces)
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, fault.Conflict.Detail())
		}
		return op(err, "insert key %q", k.ID)
	})
}

// RevokeKey implements keys.Store.
func (db *DB) RevokeKey(ctx context.Context, workspaceID, id, by string, at time.Time, e activity.Entry) (out keys.Key, err error) {
	err = db.recorded(ctx, e, func(ctx context.Context, tx *Tx) error {
		n, err := tx.Exec(ctx, `UPDATE keys SET revoked_at = $3, revoked_by = $4 WHERE workspace_id = $1 AND id = $2 AND revoked_at IS NULL`,
			workspaceID, id, at.UnixMicro(), by)
		if err != nil {
			return op(err, "revoke key %q", id)
		}
		if out, err = getKey(ctx, tx, workspaceID, id); err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.AlreadyRevoked, fault.AlreadyRevoked.Detail())
		}
		return nil
	})
	return out, err
}

// ListKeys implements keys.Store.
func (db *DB) ListKeys(ctx context.Context, workspaceID string) ([]keys.Key, error) {
	out, err := collect(ctx, db.q(ctx), scanKey,
		`SELECT `+listColumns+` FROM keys k WHERE k.workspace_id = $1 ORDER BY k.created_at DESC, k.id`, workspaceID)
	return out, op(err, "list keys")
}

// GetKey implements keys.Store.
func (db *DB) GetKey(ctx context.Context, workspaceID, id string) (keys.Key, error) {
	return getKey(ctx, db.q(ctx), workspaceID, id)
}

func getKey(ctx context.Context, q Q, workspaceID, id string) (keys.Key, error) {
	k, err := scanKey(q.QueryRow(ctx, `SELECT `+listColumns+` FROM keys k WHERE k.workspace_id = $1 AND k.id = $2`, workspaceID, id))
	return k, op(err, "read key %q", id)
}

// KeyActivity returns the newest entries of the log that the key made, at most limit.
func (w *Workspace) KeyActivity(ctx context.Context, keyID string, limit int) ([]activity.Entry, error) {
	out, err := collect(ctx, w.q(ctx), scanActivity, `SELECT `+activityColumns+` FROM activity
		WHERE workspace_id = $1 AND actor_key_id = $2 AND actor_key_id <> '' ORDER BY at DESC, id DESC LIMIT $3`, keyID, limit)
	return out, op(err, "list what key %q did", keyID)
}

// TouchKeys implements keys.Store. Rows are taken in the order of their ids, so that two processes cannot deadlock.
func (db *DB) TouchKeys(ctx context.Context, touches []keys.Touch) error {
	if len(touches) == 0 {
		return nil
	}
	sorted := sortedTouches(touches)
	return db.Tx(ctx, func(ctx context.Context, tx *Tx) error {
		for _, t := range sorted {
			if err := touch(ctx, tx, t); err != nil {
				return op(err, "record the use of key %q", t.ID)
			}
		}
		return nil
	})
}

func touch(ctx context.Context, tx *Tx, t keys.Touch) error {
	_, err := tx.Exec(ctx, `UPDATE keys SET last_used_at = $2 WHERE id = $1 AND COALESCE(last_used_at, 0) < $2`, t.ID, t.UsedAt.UnixMicro())
	if err != nil || t.Reseal == nil {
		return err
	}
	s := t.Reseal
	_, err = tx.Exec(ctx, `UPDATE keys SET mac = $2, mac_kid = $3, row_tag = $4 WHERE id = $1 AND mac_kid = $5`, t.ID, s.MAC[:], s.KID, s.RowTag[:], s.FromKID)
	return err
}

func sortedTouches(touches []keys.Touch) []keys.Touch {
	return slices.SortedStableFunc(slices.Values(touches), func(a, b keys.Touch) int { return strings.Compare(a.ID, b.ID) })
}
