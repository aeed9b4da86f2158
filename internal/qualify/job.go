package qualify

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// JobKind names the jobs of the queue that qualify many records.
const JobKind = "qualification"

// Cause is why a job runs.
type Cause string

// The causes.
const (
	Requested  Cause = "request"
	BySettings Cause = "settings" // the ICPs were changed; a newer change replaces it
)

// Job qualifies records one part after another, each in one transaction with the note of how far it is: whoever goes on after a crash begins where
// the last part that was kept ended.
type Job struct {
	WorkspaceID string
	ID          string // UUIDv7
	Cause       Cause
	By          string // the name of the actor who asked for it; "" of one by settings, whose change tells
	Over        wire.QualifyOver
	Filter      json.RawMessage
	State       wire.QualificationState
	CreatedAt   time.Time
	FinishedAt  time.Time // zero while it goes on
	Total       int64     // records to look at, as counted at the start
	Done        int64     // records looked at
	Matched     int64     // of these, how many passed the filter and were qualified
	Fitting     int64     // of those, how many fit an ICP
	Failed      int64     // of the records looked at, how many took too long and stayed as they were

	Kind        filter.Kind // of the records that come next
	After       string      // id of the last one of the kind that was looked at
	LastAccount string      // the last ids that there were at the start: later records are not waited for
	LastLead    string
}

// JobRef names a job; it is what the queue holds.
type JobRef struct {
	WorkspaceID string `json:"workspace_id"`
	JobID       string `json:"job_id"`
}

func (r JobRef) encoded() []byte {
	b, _ := json.Marshal(r) // texts always have a JSON form
	return b
}

// Start begins a job over the records that fulfil the filter, nil for all of them. Errors: validation_failed naming what is wrong with the filter,
// store_unavailable.
func (s *Service) Start(ctx context.Context, workspaceID string, actor activity.Actor, over wire.QualifyOver, condition json.RawMessage) (j Job, err error) {
	err = s.Store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		j = newJob(workspaceID, now, Requested, over)
		j.By = actor.Name
		if len(condition) > 0 {
			if _, err := Condition("filter", j.Kind, condition, now); err != nil {
				return err
			}
			if j.Filter, err = strictjson.Canonical(condition); err != nil {
				return err
			}
		}
		if j, err = s.add(ctx, j); err != nil {
			return err
		}
		return s.Store.RecordActivity(ctx, activity.New(workspaceID, now, actor, activity.QualificationStarted, activity.ObjectQualificationJob, j.ID,
			map[string]string{"records": strconv.FormatInt(j.Total, 10), "over": string(over)}))
	})
	return j, err
}

// Requalify begins a job over all records because the ICPs have changed, and returns its id; it takes the place of an earlier one that is not over. It
// joins the transaction of the change.
func (s *Service) Requalify(ctx context.Context, workspaceID string) (id string, err error) {
	err = s.Store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		j, err := s.add(ctx, newJob(workspaceID, now, BySettings, wire.QualifyAll))
		id = j.ID
		return err
	})
	return id, err
}

func newJob(workspaceID string, now time.Time, cause Cause, over wire.QualifyOver) Job {
	j := Job{WorkspaceID: workspaceID, ID: uuid.Must(uuid.NewV7()).String(), Cause: cause, Over: over, State: wire.QualificationPending,
		CreatedAt: now, Kind: filter.Accounts}
	if over == wire.QualifyLeads {
		j.Kind = filter.Leads
	}
	return j
}

func (s *Service) add(ctx context.Context, j Job) (Job, error) {
	j, err := s.Store.AddQualificationJob(ctx, j)
	if err != nil {
		return j, err
	}
	return j, s.Store.Enqueue(ctx, JobKind, JobRef{j.WorkspaceID, j.ID}.encoded())
}

// Job returns a job; not_found when there is none.
func (s *Service) Job(ctx context.Context, workspaceID, id string) (Job, error) {
	return s.Store.QualificationJob(ctx, workspaceID, id)
}

func readRef(args []byte) (r JobRef, err error) {
	if err := json.Unmarshal(args, &r); err != nil {
		return r, fault.Wrap(fault.Internal, err)
	}
	return r, nil
}
