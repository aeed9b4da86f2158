package store

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/enrich"
)

// Transactions on chunks change the row of their job first, so that they wait for each other and each sees what the others did.

// TakeChunk implements enrich.JobStore.
func (db *DB) TakeChunk(ctx context.Context, c enrich.Chunk, holder string, lease time.Duration) (out enrich.Taken, err error) {
	w := db.Workspace(c.WorkspaceID)
	err = w.Tx(ctx, func(ctx context.Context, tx *Tx, q Q) (err error) {
		out = enrich.Taken{}
		open, err := q.Exec(ctx, `UPDATE enrichment_jobs SET state = 'running' WHERE workspace_id = $1 AND id = $2 AND stop = '' AND finished_at IS NULL`, c.JobID)
		if err != nil {
			return op(err, "begin a bulk job")
		}
		state, until := chunkRunning, tx.now+lease.Microseconds()
		if open == 0 {
			state, until = chunkDone, 0
			if err := lockJob(ctx, q, c.JobID); err != nil {
				return err
			}
		}
		n, err := q.Exec(ctx, `UPDATE enrichment_job_chunks SET state = $5, holder = $6, leased_until = $7 WHERE workspace_id = $1 AND job_id = $2 AND chunk = $3 AND run = $4
			AND (state = 'queued' OR state = 'running' AND leased_until <= $8)`, c.JobID, c.Number, c.Run, state, holder, until, tx.now)
		switch {
		case err != nil:
			return op(err, "take a chunk")
		case open == 0:
			return finishJob(ctx, tx, q, c.JobID)
		case n == 0:
			out.Busy, err = leaseLeft(ctx, q, c, tx.now)
			return err
		}
		out.Mine = true
		if out.Job, err = w.job(ctx, c.JobID); err != nil {
			return err
		}
		first := c.Number * out.Job.ChunkSize
		out.Records, err = jobRecords(ctx, q, ` AND place >= $3 AND place < $4 AND outcome = 'pending'`, int(out.Job.ChunkSize), c.JobID, first, first+out.Job.ChunkSize)
		return err
	})
	return out, err
}

// leaseLeft returns how long another worker may be silent that runs the chunk; 0 when none does.
func leaseLeft(ctx context.Context, q Q, c enrich.Chunk, now int64) (time.Duration, error) {
	var until int64
	err := q.QueryRow(ctx, `SELECT COALESCE(MAX(leased_until), 0) FROM enrichment_job_chunks WHERE workspace_id = $1 AND job_id = $2 AND chunk = $3 AND run = $4
		AND state = 'running'`, c.JobID, c.Number, c.Run).Scan(&until)
	return time.Duration(max(0, until-now)) * time.Microsecond, op(err, "look for the holder of a chunk")
}

// KeepChunk implements enrich.JobStore.
func (db *DB) KeepChunk(ctx context.Context, c enrich.Chunk, holder string, lease time.Duration) (mine bool, err error) {
	err = db.Workspace(c.WorkspaceID).Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		n, err := q.Exec(ctx, `UPDATE enrichment_job_chunks SET leased_until = $6 WHERE workspace_id = $1 AND job_id = $2 AND chunk = $3 AND run = $4 AND holder = $5
			AND state = 'running'`, c.JobID, c.Number, c.Run, holder, tx.now+lease.Microseconds())
		mine = n == 1
		return op(err, "prolong the lease of a chunk")
	})
	return mine, err
}

// EndChunk implements enrich.JobStore.
func (db *DB) EndChunk(ctx context.Context, c enrich.Chunk, holder string, lanes int64) (further *enrich.Chunk, err error) {
	err = db.Workspace(c.WorkspaceID).Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		further = nil
		if err := lockJob(ctx, q, c.JobID); err != nil {
			return err
		}
		n, err := q.Exec(ctx, `UPDATE enrichment_job_chunks SET state = 'done', holder = '', leased_until = 0 WHERE workspace_id = $1 AND job_id = $2 AND chunk = $3
			AND run = $4 AND holder = $5 AND state = 'running'`, c.JobID, c.Number, c.Run, holder)
		if err != nil || n == 0 {
			return op(err, "end a chunk")
		}
		n, err = q.Exec(ctx, `UPDATE enrichment_job_chunks SET state = 'queued' WHERE workspace_id = $1 AND job_id = $2 AND chunk = $3 AND state = 'waiting'
			AND EXISTS (SELECT 1 FROM enrichment_jobs j WHERE j.workspace_id = $1 AND j.id = $2 AND j.stop = '')`, c.JobID, c.Number+lanes)
		if err != nil {
			return op(err, "queue a further chunk")
		}
		if n == 1 {
			further = &enrich.Chunk{WorkspaceID: c.WorkspaceID, JobID: c.JobID, Number: c.Number + lanes}
		}
		return finishJob(ctx, tx, q, c.JobID)
	})
	return further, err
}

// RequeueChunk implements enrich.JobStore.
func (db *DB) RequeueChunk(ctx context.Context, c enrich.Chunk, holder string) (again *enrich.Chunk, err error) {
	err = db.Workspace(c.WorkspaceID).Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		again = nil
		n, err := q.Exec(ctx, `UPDATE enrichment_job_chunks SET state = 'queued', run = run + 1, holder = '', leased_until = 0
			WHERE workspace_id = $1 AND job_id = $2 AND chunk = $3 AND run = $4
			AND (state = 'running' AND (holder = $5 OR $5 = '' AND leased_until <= $6) OR state = 'queued' AND $5 = '')`, c.JobID, c.Number, c.Run, holder, tx.now)
		if n == 1 {
			again = &enrich.Chunk{WorkspaceID: c.WorkspaceID, JobID: c.JobID, Number: c.Number, Run: c.Run + 1}
		}
		return op(err, "queue a chunk again")
	})
	return again, err
}
