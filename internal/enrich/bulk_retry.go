package enrich

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Jobs returns the jobs of the workspace that pass the filter, the newest first.
func (b *Bulk) Jobs(ctx context.Context, workspaceID string, f JobFilter) ([]Job, error) {
	return b.Store.ListJobs(ctx, workspaceID, f)
}

// Find returns one job as it is kept; not_found when the workspace has none of the id.
func (b *Bulk) Find(ctx context.Context, workspaceID, id string) (Job, error) {
	return b.Store.FindJob(ctx, workspaceID, id)
}

// RetryPrice returns what Retry would do and what that may cost; it changes nothing. Errors are those of Retry.
func (b *Bulk) RetryPrice(ctx context.Context, workspaceID, id, outcome string) (wire.EnrichmentJob, error) {
	if err := b.mayAct(ctx, workspaceID, id); err != nil {
		return wire.EnrichmentJob{}, err
	}
	c, in, err := b.again(ctx, Caller{WorkspaceID: workspaceID}, id, outcome)
	if err != nil {
		return wire.EnrichmentJob{}, err
	}
	return b.quote(ctx, c, in, in.IDs)
}

// Retry makes a new job over the records of a final one that have the outcome, failed or skipped, in their order and on behalf of the same key. Both
// together spend no more than the first one's max_credits. Errors: not_found, conflict when the job is not final, has no such records or is being
// retried already; key_revoked, key_expired or feature_not_allowed when its key may not act any more; store_unavailable.
func (b *Bulk) Retry(ctx context.Context, by Caller, id, outcome string) (out wire.EnrichmentJob, err error) {
	if err := b.mayAct(ctx, by.WorkspaceID, id); err != nil {
		return out, err
	}
	err = b.Store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		if err := b.Store.LockJob(ctx, by.WorkspaceID, id); err != nil {
			return err
		}
		c, in, err := b.again(ctx, by, id, outcome)
		if err != nil {
			return err
		}
		j := newJob(c, in, int64(len(in.IDs)))
		j.RetryOf = id
		out, err = b.start(ctx, now, c, j, in.IDs)
		return err
	})
	return out, err
}

// mayAct returns why the key of the job may not act any more, or nil. It is asked outside of transactions, as workers do.
func (b *Bulk) mayAct(ctx context.Context, workspaceID, id string) error {
	j, err := b.Store.FindJob(ctx, workspaceID, id)
	if err == nil {
		_, err = b.Key(ctx, j.KeyID)
	}
	return err
}

// again returns what asks for the records once more, and on whose behalf.
func (b *Bulk) again(ctx context.Context, by Caller, id, outcome string) (c Caller, in wire.EnrichRecords, err error) {
	j, err := b.Store.FindJob(ctx, by.WorkspaceID, id)
	if err != nil {
		return c, in, err
	}
	c = Caller{WorkspaceID: by.WorkspaceID, KeyID: j.KeyID, Actor: by.Actor}
	if err := b.retryable(ctx, j); err != nil {
		return c, in, err
	}
	list, err := b.page(ctx, j, outcome, 0, wire.MaxBulkRecords)
	if err != nil {
		return c, in, err
	}
	if len(list) == 0 || outcome != Failed && outcome != Skipped {
		return c, in, fault.Newf(fault.Conflict, "The job has no records that were %s.", outcome)
	}
	in = wire.EnrichRecords{Kind: j.Kind, Channels: j.Channels}
	in.Refresh = j.Refresh
	if j.MaxCredits != nil {
		in.MaxCredits = new(max(0, *j.MaxCredits-j.CreditsUsed))
	}
	for _, r := range list {
		in.IDs = append(in.IDs, r.RecordID)
	}
	return c, in, nil
}

// retryable returns why the job cannot be retried now, or nil.
func (b *Bulk) retryable(ctx context.Context, j Job) error {
	if !j.State.Final() {
		return fault.New(fault.Conflict, "The job has not ended yet. Wait for its end, or cancel it.")
	}
	retries, err := b.Store.ListJobs(ctx, j.WorkspaceID, JobFilter{RetryOf: j.ID})
	if err != nil {
		return err
	}
	for _, r := range retries {
		if !r.State.Final() {
			return fault.Newf(fault.Conflict, "The job is being retried already, by job %s.", r.ID)
		}
	}
	return nil
}
