package store

import (
	"context"
	"encoding/json"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var _ enrich.JobStore = (*DB)(nil)

const jobColumns = `id, key_id, record_type, channels, refresh, max_credits, total, chunk_size, created_at, state, stop, stop_reason,
	COALESCE(finished_at, 0), enriched, missed, failed, credits_used, retry_of`

// AddJob implements enrich.JobStore.
func (db *DB) AddJob(ctx context.Context, j enrich.Job, recordIDs []string, queued int64) error {
	w := db.Workspace(j.WorkspaceID)
	return w.Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		channels, err := json.Marshal(append([]wire.Channel{}, j.Channels...))
		if err != nil {
			return op(err, "write the channels of a job")
		}
		_, err = q.Exec(ctx, `INSERT INTO enrichment_jobs (workspace_id, id, key_id, record_type, channels, refresh, max_credits, total, chunk_size, created_at,
			state, stop, stop_reason, finished_at, enriched, missed, failed, credits_used, credits_reserved, retry_of)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', '', $12, 0, 0, 0, 0, 0, $13)`,
			j.ID, j.KeyID, string(j.Kind), string(channels), j.Refresh, orNull(j.MaxCredits), j.Total, j.ChunkSize, micros(j.CreatedAt), string(j.State), micros(j.FinishedAt), j.RetryOf)
		if err != nil {
			return op(err, "add a bulk job")
		}
		if _, err := w.insertMany(ctx, tx, jobItems(j, recordIDs)); err != nil {
			return op(err, "add the records of a bulk job")
		}
		_, err = w.insertMany(ctx, tx, jobChunks(j, queued))
		return op(err, "add the chunks of a bulk job")
	})
}

func jobItems(j enrich.Job, recordIDs []string) bulk {
	b := bulk{table: "enrichment_job_items", columns: []column{{"place", intColumn}, {"job_id", textColumn}, {"record_id", textColumn}, {"outcome", textColumn},
		{"credits_used", intColumn}, {"reserved", intColumn}, {"code", textColumn}}}
	for i, id := range recordIDs {
		b.rows = append(b.rows, []any{int64(i), j.ID, id, enrich.Pending, int64(0), int64(0), ""})
	}
	return b
}

// The states of a chunk.
const (
	chunkWaiting = "waiting"
	chunkQueued  = "queued"
	chunkRunning = "running"
	chunkDone    = "done"
)

func jobChunks(j enrich.Job, queued int64) bulk {
	b := bulk{table: "enrichment_job_chunks", columns: []column{{"chunk", intColumn}, {"job_id", textColumn}, {"state", textColumn}, {"run", intColumn},
		{"holder", textColumn}, {"leased_until", intColumn}}}
	for n := range j.Chunks() {
		state := chunkWaiting
		if n < queued {
			state = chunkQueued
		}
		b.rows = append(b.rows, []any{n, j.ID, state, int64(0), "", int64(0)})
	}
	return b
}

// FindJob implements enrich.JobStore.
func (db *DB) FindJob(ctx context.Context, workspaceID, id string) (enrich.Job, error) {
	return db.Workspace(workspaceID).job(ctx, id)
}

func (w *Workspace) job(ctx context.Context, id string) (enrich.Job, error) {
	j, err := w.scanJob(brief(w.q(ctx)).QueryRow(ctx, `SELECT `+jobColumns+` FROM enrichment_jobs WHERE workspace_id = $1 AND id = $2`, id))
	return j, op(err, "read a bulk job")
}

func (w *Workspace) scanJob(row Row) (j enrich.Job, err error) {
	var channels string
	var created, finished int64
	err = row.Scan(&j.ID, &j.KeyID, &j.Kind, &channels, &j.Refresh, &j.MaxCredits, &j.Total, &j.ChunkSize, &created, &j.State, &j.Stop, &j.StopReason,
		&finished, &j.Enriched, &j.Missed, &j.Failed, &j.CreditsUsed, &j.RetryOf)
	if err == nil {
		err = json.Unmarshal([]byte(channels), &j.Channels)
	}
	j.WorkspaceID, j.CreatedAt, j.FinishedAt = w.id, fromMicros(created), fromMicros(finished)
	return j, err
}

// JobRecords implements enrich.JobStore.
func (db *DB) JobRecords(ctx context.Context, workspaceID, jobID, outcome string, from int64, most int) ([]enrich.JobRecord, error) {
	return jobRecords(ctx, db.Workspace(workspaceID).q(ctx), ` AND place >= $3 AND ($4 = '' OR outcome = $4)`, most, jobID, from, outcome)
}

// jobRecords reads records of a job, $2, that fulfil a further condition.
func jobRecords(ctx context.Context, q Q, condition string, most int, args ...any) ([]enrich.JobRecord, error) {
	out, err := collect(ctx, q, func(row Row) (r enrich.JobRecord, err error) {
		return r, row.Scan(&r.Place, &r.RecordID, &r.Outcome, &r.CreditsUsed, &r.Code)
	}, `SELECT place, record_id, outcome, credits_used, code FROM enrichment_job_items WHERE workspace_id = $1 AND job_id = $2`+condition+` ORDER BY place`+limit(most), args...)
	return out, op(err, "list the records of a bulk job")
}

// StopJob implements enrich.JobStore.
func (db *DB) StopJob(ctx context.Context, workspaceID, jobID string, state wire.JobState, reason string) (stopped bool, err error) {
	err = db.Workspace(workspaceID).Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		n, err := q.Exec(ctx, `UPDATE enrichment_jobs SET stop = $3, stop_reason = $4 WHERE workspace_id = $1 AND id = $2 AND stop = '' AND finished_at IS NULL`,
			jobID, string(state), reason)
		if stopped = n == 1; err != nil || !stopped {
			return op(err, "stop a bulk job")
		}
		return finishJob(ctx, tx, q, jobID)
	})
	return stopped, err
}

// finishJob gives the job its final state if its time has come. The transaction must have changed the job's row before, so that it waits for others
// that change its chunks.
func finishJob(ctx context.Context, tx *Tx, q Q, jobID string) error {
	_, err := q.Exec(ctx, `UPDATE enrichment_jobs SET state = CASE WHEN stop = '' THEN $3 ELSE stop END, finished_at = $4
		WHERE workspace_id = $1 AND id = $2 AND finished_at IS NULL AND NOT EXISTS (SELECT 1 FROM enrichment_job_chunks c WHERE c.workspace_id = $1 AND c.job_id = $2
			AND (c.state = 'running' OR enrichment_jobs.stop = '' AND c.state <> 'done'))`, jobID, string(wire.JobDone), tx.now)
	return op(err, "finish a bulk job")
}

// Reserve implements enrich.JobStore.
func (db *DB) Reserve(ctx context.Context, c enrich.Chunk, place, amount int64) (ok bool, err error) {
	err = db.Workspace(c.WorkspaceID).Tx(ctx, func(ctx context.Context, _ *Tx, q Q) error {
		if err := lockJob(ctx, q, c.JobID); err != nil {
			return err
		}
		var before int64
		err := q.QueryRow(ctx, `SELECT reserved FROM enrichment_job_items WHERE workspace_id = $1 AND job_id = $2 AND place = $3`, c.JobID, place).Scan(&before)
		if err != nil {
			return op(err, "read the reservation for a record")
		}
		n, err := q.Exec(ctx, `UPDATE enrichment_jobs SET credits_reserved = credits_reserved + $3
			WHERE workspace_id = $1 AND id = $2 AND credits_used + credits_reserved + $3 <= max_credits`, c.JobID, amount-before)
		if ok = n == 1; err != nil || !ok {
			return op(err, "reserve credits of a bulk job")
		}
		_, err = q.Exec(ctx, `UPDATE enrichment_job_items SET reserved = $4 WHERE workspace_id = $1 AND job_id = $2 AND place = $3`, c.JobID, place, amount)
		return op(err, "reserve credits for a record")
	})
	return ok, err
}

// lockJob keeps other transactions away from the job's row until this one ends.
func lockJob(ctx context.Context, q Q, jobID string) error {
	_, err := q.Exec(ctx, `UPDATE enrichment_jobs SET id = id WHERE workspace_id = $1 AND id = $2`, jobID)
	return op(err, "lock a bulk job")
}

// Keep implements enrich.JobStore.
func (db *DB) Keep(ctx context.Context, c enrich.Chunk, r enrich.JobRecord) (kept bool, err error) {
	err = db.Workspace(c.WorkspaceID).Tx(ctx, func(ctx context.Context, _ *Tx, q Q) error {
		n, err := q.Exec(ctx, `UPDATE enrichment_job_items SET outcome = $4, credits_used = $5, code = $6
			WHERE workspace_id = $1 AND job_id = $2 AND place = $3 AND outcome = 'pending'`, c.JobID, r.Place, r.Outcome, r.CreditsUsed, string(r.Code))
		if kept = n == 1; err != nil || !kept {
			return op(err, "keep what became of a record")
		}
		_, err = q.Exec(ctx, `UPDATE enrichment_jobs SET enriched = enriched + $3, missed = missed + $4, failed = failed + $5, credits_used = credits_used + $6,
			credits_reserved = credits_reserved - (SELECT reserved FROM enrichment_job_items i WHERE i.workspace_id = $1 AND i.job_id = $2 AND i.place = $7)
			WHERE workspace_id = $1 AND id = $2`,
			c.JobID, one(r.Outcome == enrich.Enriched), one(r.Outcome == enrich.Missed), one(r.Outcome == enrich.Failed), r.CreditsUsed, r.Place)
		return op(err, "count a record of a bulk job")
	})
	return kept, err
}

// one is 1 if it is so, else 0.
func one(so bool) int64 {
	if so {
		return 1
	}
	return 0
}
