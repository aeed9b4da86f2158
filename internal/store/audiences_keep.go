package store

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/audiences"
)

var (
	_ audiences.KeeperStore = (*DB)(nil)
	_ audiences.Book        = keeping{}
)

// AudiencesWaiting implements audiences.KeeperStore.
func (db *DB) AudiencesWaiting(ctx context.Context, by time.Time) ([]string, error) {
	q := db.q(ctx)
	at := by.UnixMicro()
	if by.IsZero() {
		var err error
		if at, err = db.engine.now(ctx, q); err != nil {
			return nil, err
		}
	}
	list, err := collect(ctx, q, func(row Row) (id string, err error) { return id, row.Scan(&id) }, `SELECT w.id FROM workspaces w
		WHERE EXISTS (SELECT 1 FROM stale_records s WHERE s.workspace_id = w.id) OR EXISTS (SELECT 1 FROM record_clock c WHERE c.workspace_id = w.id AND c.due_at <= $1)
			OR EXISTS (SELECT 1 FROM audiences a WHERE a.workspace_id = w.id AND a.state = 'scanning')`, at)
	return list, op(err, "look where audiences wait")
}

// keepWait is how long a keeper waits for another one at most.
const keepWait = 20 * time.Millisecond

// KeepAudiences implements audiences.KeeperStore.
func (db *DB) KeepAudiences(ctx context.Context, workspaceID string, fn func(ctx context.Context, now time.Time, b audiences.Book) error) (held bool, err error) {
	w := db.Workspace(workspaceID)
	err = w.Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		held = true
		if err := db.dia.limitLockWait(ctx, tx, keepWait); err != nil {
			return op(err, "limit the wait for another keeper")
		}
		if err := db.LockAudiences(ctx, workspaceID); err != nil {
			held = !lockTimedOut(err)
			return err
		}
		if err := db.dia.keep(ctx, tx); err != nil {
			return op(err, "begin to keep audiences")
		}
		return fn(ctx, tx.Time(), keeping{w, q, tx})
	})
	if !held {
		return false, nil
	}
	return true, err
}

// keeping is audiences.Book over a transaction.
type keeping struct {
	w  *Workspace
	q  Q
	tx *Tx
}

// Clock implements audiences.Queue.
func (k keeping) Clock(ctx context.Context) (c audiences.Clock, err error) {
	var asOf, latest int64
	err = k.q.QueryRow(ctx, `SELECT as_of, latest, model FROM audience_clock WHERE workspace_id = $1`).Scan(&asOf, &latest, &c.Model)
	c.AsOf, c.Latest = fromMicros(asOf), fromMicros(latest)
	return c, op(err, "read the clock of the audiences")
}

// SetClock implements audiences.Queue.
func (k keeping) SetClock(ctx context.Context, c audiences.Clock) error {
	var asOf int64
	if !c.AsOf.IsZero() {
		asOf = c.AsOf.UnixMicro()
	}
	_, err := k.q.Exec(ctx, `UPDATE audience_clock SET as_of = $2, latest = $3, model = $4 WHERE workspace_id = $1`, asOf, c.Latest.UnixMicro(), c.Model)
	return op(err, "set the clock of the audiences")
}
