package api

import (
	"context"
	"net/http"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/qualify"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Qualifier tells what records fit. Errors: validation_failed, not_found, store_unavailable. *qualify.Service is one.
type Qualifier interface {
	// Request qualifies the records named, or starts a job. It joins a transaction that ctx carries.
	Request(ctx context.Context, workspaceID string, actor activity.Actor, in wire.Qualify) (wire.Requalified, error)
	Job(ctx context.Context, workspaceID, id string) (qualify.Job, error)
}

func (s *Server) mountQualification() {
	handle(s, operation[wire.Qualify, wire.Requalified]{op: tools.QualifyRecords, run: s.qualifyRecords,
		key: func(in *wire.Qualify) *string { return &in.IdempotencyKey }})
	handle(s, operation[wire.GetQualificationJob, wire.QualificationJob]{op: tools.GetQualificationJob, run: s.qualificationJob})
}

// qualifyRecords says 202 of a job: it is not done yet.
func (s *Server) qualifyRecords(ctx context.Context, c caller, in wire.Qualify) (none answer[wire.Requalified], err error) {
	out, err := s.Qualify.Request(ctx, c.WorkspaceID, c.Actor(), in)
	switch {
	case err != nil:
		return none, err
	case out.Job != nil:
		return encoded(http.StatusAccepted, out)
	}
	return encoded(http.StatusOK, out)
}

func (s *Server) qualificationJob(ctx context.Context, c caller, in wire.GetQualificationJob) (none answer[wire.QualificationJob], err error) {
	j, err := s.Qualify.Job(ctx, c.WorkspaceID, in.ID)
	if err != nil {
		return none, err
	}
	return encoded(http.StatusOK, j.View())
}
