package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/qualify"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// AddQualificationJob implements qualify.JobStore.
func (db *DB) AddQualificationJob(ctx context.Context, j qualify.Job) (qualify.Job, error) {
	w := db.Workspace(j.WorkspaceID)
	err := w.Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		if err := w.lockRecords(ctx, tx); err != nil { // the order in which jobs take their locks
			return err
		}
		if j.Cause == qualify.BySettings {
			_, err := q.Exec(ctx, `UPDATE qualification_jobs SET state = $2, finished_at = $3 WHERE workspace_id = $1 AND cause = $4 AND finished_at IS NULL`,
				string(wire.QualificationReplaced), tx.now, string(j.Cause))
			if err != nil {
				return op(err, "replace qualification jobs")
			}
		}
		if err := w.boundJob(ctx, q, &j); err != nil {
			return err
		}
		_, err := q.Exec(ctx, `INSERT INTO qualification_jobs (workspace_id, id, cause, created_by, over, filter, state, created_at, touched_at, total, done, matched,
			fitting, kind, after, last_account, last_lead) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, 0, $11, '', $12, $13)`,
			j.ID, string(j.Cause), j.By, string(j.Over), string(j.Filter), string(j.State), micros(j.CreatedAt), tx.now, j.Total, string(j.Kind), j.LastAccount, j.LastLead)
		return op(err, "add a qualification job")
	})
	return j, err
}

// boundJob fills in how far the job goes and over how many records.
func (w *Workspace) boundJob(ctx context.Context, q Q, j *qualify.Job) error {
	for kind, last := range map[filter.Kind]*string{filter.Accounts: &j.LastAccount, filter.Leads: &j.LastLead} {
		if j.Over != wire.QualifyAll && kind != j.Kind {
			continue
		}
		var n int64
		err := q.QueryRow(ctx, `SELECT COALESCE(MAX(id), ''), COUNT(*) FROM `+tables[kind]+` WHERE workspace_id = $1`).Scan(last, &n)
		if err != nil {
			return op(err, "count %s to qualify", kind)
		}
		j.Total += n
	}
	return nil
}

const qualificationJobText = `SELECT workspace_id, id, cause, created_by, over, filter, state, created_at, COALESCE(finished_at, 0), total, done, matched, fitting, failed,
	kind, after, last_account, last_lead FROM qualification_jobs WHERE workspace_id = $1`

func scanQualificationJob(row Row) (j qualify.Job, err error) {
	var condition string
	var created, finished int64
	err = row.Scan(&j.WorkspaceID, &j.ID, &j.Cause, &j.By, &j.Over, &condition, &j.State, &created, &finished, &j.Total, &j.Done, &j.Matched, &j.Fitting, &j.Failed,
		&j.Kind, &j.After, &j.LastAccount, &j.LastLead)
	if condition != "" {
		j.Filter = json.RawMessage(condition)
	}
	j.CreatedAt, j.FinishedAt = fromMicros(created), fromMicros(finished)
	return j, err
}

// QualificationJob implements qualify.JobStore.
func (db *DB) QualificationJob(ctx context.Context, workspaceID, id string) (qualify.Job, error) {
	j, err := scanQualificationJob(db.Workspace(workspaceID).q(ctx).QueryRow(ctx, qualificationJobText+` AND id = $2`, id))
	return j, op(err, "read a qualification job")
}

// TakeQualificationJob implements qualify.JobStore.
func (db *DB) TakeQualificationJob(ctx context.Context, workspaceID, id string) (j *qualify.Job, err error) {
	err = db.Workspace(workspaceID).Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		n, err := q.Exec(ctx, `UPDATE qualification_jobs SET touched_at = $3 WHERE workspace_id = $1 AND id = $2 AND finished_at IS NULL`, id, tx.now)
		if err != nil || n == 0 {
			return op(err, "take a qualification job")
		}
		found, err := db.QualificationJob(ctx, workspaceID, id)
		j = &found
		return err
	})
	return j, err
}

// AdvanceQualificationJob implements qualify.JobStore.
func (db *DB) AdvanceQualificationJob(ctx context.Context, j qualify.Job) error {
	_, err := db.Workspace(j.WorkspaceID).q(ctx).Exec(ctx, `UPDATE qualification_jobs SET state = $3, finished_at = $4, done = $5, matched = $6, fitting = $7, kind = $8,
		after = $9, failed = $10 WHERE workspace_id = $1 AND id = $2`, j.ID, string(j.State), micros(j.FinishedAt), j.Done, j.Matched, j.Fitting, string(j.Kind), j.After, j.Failed)
	return op(err, "keep where a qualification job stands")
}

// NextRecords implements qualify.JobStore.
func (db *DB) NextRecords(ctx context.Context, workspaceID string, kind filter.Kind, after, until string, most int) ([]string, error) {
	ids, err := collect(ctx, db.Workspace(workspaceID).q(ctx), scanText,
		`SELECT id FROM `+tables[kind]+` WHERE workspace_id = $1 AND id > $2 AND id <= $3 ORDER BY id`+limit(most), after, until)
	return ids, op(err, "list %s to qualify", kind)
}

// ReclaimQualificationJob implements qualify.JobStore.
func (db *DB) ReclaimQualificationJob(ctx context.Context, r qualify.JobRef, silent time.Duration) (idle bool, err error) {
	err = db.Workspace(r.WorkspaceID).Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		n, err := q.Exec(ctx, `UPDATE qualification_jobs SET touched_at = $3 WHERE workspace_id = $1 AND id = $2 AND finished_at IS NULL AND touched_at < $4`,
			r.JobID, tx.now, tx.now-silent.Microseconds())
		idle = n == 1
		return op(err, "reclaim a qualification job")
	})
	return idle, err
}

// PurgeQualificationJobs deletes the jobs that were over more than 90 days ago, and returns how many there were.
func (db *DB) PurgeQualificationJobs(ctx context.Context) (total int64, err error) {
	all, err := db.ListWorkspaces(ctx)
	for _, one := range all {
		err := db.Workspace(one.ID).Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
			n, err := q.Exec(ctx, `DELETE FROM qualification_jobs WHERE workspace_id = $1 AND finished_at < $2`, tx.now-jobsKept.Microseconds())
			total += n
			return op(err, "purge qualification jobs")
		})
		if err != nil {
			return total, err
		}
	}
	return total, err
}
