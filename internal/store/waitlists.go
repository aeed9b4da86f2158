package store

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/waitlists"
)

var _ waitlists.Store = (*DB)(nil)

const (
	waitlistColumns = `w.id, w.name, w.referral_boost, w.created_at, COALESCE(w.archived_at, 0), `
	waiting         = `(SELECT COUNT(*) FROM subscribers s WHERE s.workspace_id = w.workspace_id AND s.waitlist_id = w.id)`
)

func scanWaitlist(row Row) (w waitlists.Waitlist, err error) {
	var created, archived int64
	err = row.Scan(&w.ID, &w.Name, &w.ReferralBoost, &created, &archived, &w.Subscribers)
	if w.CreatedAt = fromMicros(created); archived != 0 {
		w.ArchivedAt = fromMicros(archived)
	}
	return w, err
}

// Waitlists implements waitlists.Store.
func (db *DB) Waitlists(ctx context.Context, workspaceID string) ([]waitlists.Waitlist, error) {
	out, err := collect(ctx, db.Workspace(workspaceID).q(ctx), scanWaitlist,
		`SELECT `+waitlistColumns+waiting+` FROM waitlists w WHERE w.workspace_id = $1 ORDER BY w.created_at, w.id`)
	return out, op(err, "list waitlists")
}

// Waitlist implements waitlists.Store.
func (db *DB) Waitlist(ctx context.Context, workspaceID, id string) (waitlists.Waitlist, error) {
	w, err := scanWaitlist(db.Workspace(workspaceID).q(ctx).QueryRow(ctx,
		`SELECT `+waitlistColumns+`0 FROM waitlists w WHERE w.workspace_id = $1 AND w.id = $2`, id))
	return w, op(err, "read a waitlist")
}

// InsertWaitlist implements waitlists.Store.
func (db *DB) InsertWaitlist(ctx context.Context, workspaceID string, w waitlists.Waitlist) error {
	return db.Workspace(workspaceID).Tx(ctx, func(ctx context.Context, _ *Tx, q Q) error {
		_, err := q.Exec(ctx, `INSERT INTO waitlists (workspace_id, id, name, referral_boost, created_at) VALUES ($1, $2, $3, $4, $5)`,
			w.ID, w.Name, w.ReferralBoost, w.CreatedAt.UnixMicro())
		return op(err, "insert a waitlist")
	})
}

// ChangeWaitlist implements waitlists.Store. The lock is a write of the row, which sign-ups do not wait for.
func (db *DB) ChangeWaitlist(ctx context.Context, workspaceID, id string, do func(now time.Time, w *waitlists.Waitlist) error) error {
	return db.Workspace(workspaceID).Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		n, err := q.Exec(ctx, `UPDATE waitlists SET name = name WHERE workspace_id = $1 AND id = $2`, id)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, fault.NotFound.Detail())
		}
		if err != nil {
			return op(err, "lock a waitlist")
		}
		w, err := db.Waitlist(ctx, workspaceID, id)
		if err != nil {
			return err
		}
		if err := do(tx.Time(), &w); err != nil {
			return err
		}
		_, err = q.Exec(ctx, `UPDATE waitlists SET name = $3, referral_boost = $4, archived_at = $5 WHERE workspace_id = $1 AND id = $2`,
			id, w.Name, w.ReferralBoost, micros(w.ArchivedAt))
		return op(err, "keep a waitlist")
	})
}
