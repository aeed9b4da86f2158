package store

import (
	"context"

	"github.com/unstuckengine/unstuck/internal/qualify"
)

// QualificationJobs returns up to limit jobs of the workspace, the newest first.
func (db *DB) QualificationJobs(ctx context.Context, workspaceID string, limit int) ([]qualify.Job, error) {
	list, err := collect(ctx, db.Workspace(workspaceID).q(ctx), scanQualificationJob, qualificationJobText+` ORDER BY id DESC LIMIT $2`, limit)
	return list, op(err, "list qualification jobs")
}
