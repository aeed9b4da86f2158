package store

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/fault"
)

// TakeDelivery implements destinations.DeliveryStore.
func (db *DB) TakeDelivery(ctx context.Context, j destinations.Job, lease time.Duration) (out destinations.Taken, err error) {
	w := db.Workspace(j.WorkspaceID)
	err = w.Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		out = destinations.Taken{Now: tx.Time()}
		d, leased, err := scanDelivery(q.QueryRow(ctx, selectDelivery+` AND id = $2`, j.DeliveryID))
		if fault.CodeOf(err) == fault.NotFound || err == nil && (d.State != destinations.Queued || d.Run != j.Run) {
			return nil
		}
		if err != nil {
			return op(err, "read a delivery")
		}
		to, err := db.Destination(ctx, w.id, d.DestinationID)
		switch {
		case fault.CodeOf(err) == fault.NotFound:
			_, err := q.Exec(ctx, `DELETE FROM deliveries WHERE workspace_id = $1 AND id = $2`, d.ID)
			return op(err, "drop a delivery to nowhere")
		case err != nil:
			return err
		case to.Status() != destinations.Active:
			_, err := q.Exec(ctx, `UPDATE deliveries SET state = 'held', next_at = NULL WHERE workspace_id = $1 AND id = $2 AND run = $3 AND leased_until <= $4`,
				d.ID, d.Run, tx.now)
			return op(err, "hold a delivery")
		}
		if due := max(d.NextAt.UnixMicro(), leased); due > tx.now {
			out.Later = time.Duration(due-tx.now) * time.Microsecond
			return nil
		}
		n, err := q.Exec(ctx, `UPDATE deliveries SET leased_until = $4, attempts = attempts + 1 WHERE workspace_id = $1 AND id = $2 AND run = $3
			AND state = 'queued' AND leased_until <= $5`, d.ID, d.Run, tx.now+lease.Microseconds(), tx.now)
		d.Attempts++
		out.Mine, out.Delivery, out.Destination = n == 1, d, to
		return op(err, "take a delivery")
	})
	return out, err
}

// EndAttempt implements destinations.DeliveryStore.
func (db *DB) EndAttempt(ctx context.Context, j destinations.Job, d destinations.Delivery) (mine bool, err error) {
	err = db.Workspace(j.WorkspaceID).Tx(ctx, func(ctx context.Context, _ *Tx, q Q) error {
		n, err := q.Exec(ctx, `UPDATE deliveries SET state = $4, next_at = $5, leased_until = 0, status = $6, duration_us = $7, error = $8, field = $9, finished_at = $10
			WHERE workspace_id = $1 AND id = $2 AND run = $3 AND state = 'queued'`,
			j.DeliveryID, j.Run, string(d.State), micros(d.NextAt), d.Status, d.Duration.Microseconds(), string(d.Class), d.Field, micros(d.FinishedAt))
		mine = n == 1
		return op(err, "keep the outcome of a delivery")
	})
	return mine, err
}

// RescueDelivery implements destinations.DeliveryStore.
func (db *DB) RescueDelivery(ctx context.Context, j destinations.Job) (next *destinations.Job, err error) {
	err = db.Workspace(j.WorkspaceID).Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		next = nil
		n, err := q.Exec(ctx, `UPDATE deliveries SET run = run + 1, leased_until = 0, attempts = CASE WHEN leased_until > 0 THEN attempts - 1 ELSE attempts END
			WHERE workspace_id = $1 AND id = $2 AND run = $3 AND state = 'queued' AND leased_until <= $4 AND next_at <= $4`, j.DeliveryID, j.Run, tx.now)
		if n == 1 {
			j.Run++
			next = &j
		}
		return op(err, "rescue a delivery")
	})
	return next, err
}

// RequeueDelivery implements destinations.DeliveryStore.
func (db *DB) RequeueDelivery(ctx context.Context, workspaceID, id string) (d destinations.Delivery, err error) {
	err = db.Workspace(workspaceID).Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		n, err := q.Exec(ctx, `UPDATE deliveries SET state = 'queued', run = run + 1, attempts = 0, next_at = $3, leased_until = 0, finished_at = NULL
			WHERE workspace_id = $1 AND id = $2 AND state <> 'queued' AND kind <> '' AND record_id <> ''`, id, tx.now)
		if err != nil {
			return op(err, "queue a delivery again")
		}
		if d, _, err = scanDelivery(q.QueryRow(ctx, selectDelivery+` AND id = $2`, id)); err == nil && n == 0 {
			err = fault.New(fault.Conflict, "The delivery is queued already, or was a test or a file.")
		}
		return op(err, "read a delivery")
	})
	return d, err
}

// RequeueHeld implements destinations.DeliveryStore.
func (db *DB) RequeueHeld(ctx context.Context, workspaceID, destinationID string, most int) (jobs []destinations.Job, err error) {
	err = db.Workspace(workspaceID).Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		jobs, err = collect(ctx, q, func(row Row) (destinations.Job, error) {
			j := destinations.Job{WorkspaceID: workspaceID, DestinationID: destinationID}
			err := row.Scan(&j.DeliveryID, &j.Run)
			return j, err
		}, `SELECT id, run FROM deliveries WHERE workspace_id = $1 AND destination_id = $2 AND state = 'held' ORDER BY id`+limit(most), destinationID)
		if err != nil {
			return op(err, "list held deliveries")
		}
		ids := make([]string, len(jobs))
		for i := range jobs {
			jobs[i].Run++
			ids[i] = jobs[i].DeliveryID
		}
		_, err = q.Exec(ctx, `UPDATE deliveries SET state = 'queued', run = run + 1, next_at = $3, leased_until = 0 WHERE workspace_id = $1 AND state = 'held' AND `+
			db.dia.anyOf("id", "$2"), db.dia.list(ids), tx.now)
		return op(err, "queue held deliveries")
	})
	return jobs, err
}

// AddSync implements destinations.DeliveryStore.
func (db *DB) AddSync(ctx context.Context, workspaceID string, s destinations.Sync) error {
	_, err := db.Workspace(workspaceID).q(ctx).Exec(ctx, `INSERT INTO destination_syncs (workspace_id, id, destination_id, audience_id, created_at, step, after, queued)
		VALUES ($1, $2, $3, $4, $5, 0, '', 0)`, s.ID, s.DestinationID, s.AudienceID, s.CreatedAt.UnixMicro())
	return op(err, "add a sync")
}

// StepSync implements destinations.DeliveryStore.
func (db *DB) StepSync(ctx context.Context, workspaceID, id string, step int64, most int) (out *destinations.Sync, err error) {
	err = db.Workspace(workspaceID).Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		out = nil
		n, err := q.Exec(ctx, `UPDATE destination_syncs SET step = step + 1 WHERE workspace_id = $1 AND id = $2 AND step = $3 AND finished_at IS NULL`, id, step)
		if err != nil || n == 0 {
			return op(err, "take a step of a sync")
		}
		s, after, created := destinations.Sync{ID: id}, "", int64(0)
		if err := q.QueryRow(ctx, `SELECT destination_id, audience_id, created_at, after FROM destination_syncs WHERE workspace_id = $1 AND id = $2`, id).
			Scan(&s.DestinationID, &s.AudienceID, &created, &after); err != nil {
			return op(err, "read a sync")
		}
		s.CreatedAt = fromMicros(created)
		if s.Records, err = db.MemberIDs(ctx, workspaceID, s.AudienceID, after, most); err != nil {
			return err
		}
		finished := any(tx.now)
		if s.More = len(s.Records) == most; s.More {
			after, finished = s.Records[most-1], nil
		}
		_, err = q.Exec(ctx, `UPDATE destination_syncs SET after = $3, queued = queued + $4, finished_at = $5 WHERE workspace_id = $1 AND id = $2`,
			id, after, int64(len(s.Records)), finished)
		out = &s
		return op(err, "keep a step of a sync")
	})
	return out, err
}
