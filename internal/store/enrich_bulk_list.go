package store

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/enrich"
)

// jobsKept is how long a job is kept once it is final.
const jobsKept = 90 * 24 * time.Hour

// ListJobs implements enrich.JobStore. Ids are made in the order of time.
func (db *DB) ListJobs(ctx context.Context, workspaceID string, f enrich.JobFilter) ([]enrich.Job, error) {
	w := db.Workspace(workspaceID)
	out, err := collect(ctx, w.q(ctx), w.scanJob, `SELECT `+jobColumns+` FROM enrichment_jobs WHERE workspace_id = $1
		AND ($2 = '' OR state = $2) AND ($3 = '' OR retry_of = $3) AND ($4 = '' OR id < $4) ORDER BY id DESC`+limit(f.Limit), string(f.State), f.RetryOf, f.Before)
	return out, op(err, "list bulk jobs")
}

// LockJob implements enrich.JobStore.
func (db *DB) LockJob(ctx context.Context, workspaceID, id string) error {
	return lockJob(ctx, db.Workspace(workspaceID).q(ctx), id)
}

// PurgeJobs deletes the jobs that became final more than 90 days ago, with their records, and returns how many jobs there were.
func (db *DB) PurgeJobs(ctx context.Context) (total int64, err error) {
	all, err := db.ListWorkspaces(ctx)
	for _, one := range all {
		err := db.Workspace(one.ID).Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
			for _, sql := range []string{
				`DELETE FROM enrichment_job_items WHERE workspace_id = $1 AND job_id IN (SELECT id FROM enrichment_jobs WHERE workspace_id = $1 AND finished_at < $2)`,
				`DELETE FROM enrichment_job_chunks WHERE workspace_id = $1 AND job_id IN (SELECT id FROM enrichment_jobs WHERE workspace_id = $1 AND finished_at < $2)`,
			} {
				if _, err := q.Exec(ctx, sql, tx.now-jobsKept.Microseconds()); err != nil {
					return op(err, "purge the records of bulk jobs")
				}
			}
			n, err := q.Exec(ctx, `DELETE FROM enrichment_jobs WHERE workspace_id = $1 AND finished_at < $2`, tx.now-jobsKept.Microseconds())
			total += n
			return op(err, "purge bulk jobs")
		})
		if err != nil {
			return total, err
		}
	}
	return total, err
}
