package enrich

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// ChunkKind names the jobs of the queue that are chunks of bulk jobs.
const ChunkKind = "enrichment_chunk"

const (
	mostInChunk  = 10 // records, which one worker enriches one after another
	fewestChunks = 32 // of a job that has as many records, so that small jobs too are shared among workers
	// jobLanes is how many chunks of one job are queued at once. The next one is queued, behind other jobs, when one ends; so no job fills the queue.
	jobLanes = 16
)

// Single enriches and prices records; *Service is one.
type Single interface {
	One(ctx context.Context, c Caller, item Item) (Outcome, error)
	Quote(ctx context.Context, c Caller, kind wire.Kind, ids []string, channels []wire.Channel, refresh bool) (wire.Price, error)
	Now(ctx context.Context, workspaceID string, kind wire.Kind, ids []string, channels []wire.Channel) (map[string]map[string]wire.Found, error)
}

// BulkConfig says what a Bulk works with. All but the times must be set.
type BulkConfig struct {
	Records Single
	Store   JobStore
	Queue   Queue
	Credits Credits
	// Select returns the ids of up to limit records that fulfil the condition, in their natural order.
	Select func(ctx context.Context, workspaceID string, kind wire.Kind, c wire.Condition, limit int) ([]string, error)
	// Key returns as whom a key acts; with key_revoked, key_expired or feature_not_allowed when it may not act any more.
	Key func(ctx context.Context, keyID string) (activity.Actor, error)

	Lease time.Duration // after which a worker that is silent counts as dead; 0 = 12 s
	Beat  time.Duration // between two signs of life; 0 = a third of Lease
}

// Bulk enriches many records in the background. It is safe for concurrent use.
type Bulk struct {
	BulkConfig
	gates gates
}

// NewBulk returns a Bulk; it panics when a part is missing.
func NewBulk(c BulkConfig) *Bulk {
	if c.Records == nil || c.Store == nil || c.Queue == nil || c.Credits == nil || c.Select == nil || c.Key == nil {
		panic(errors.New("enrich: a part of the BulkConfig is missing"))
	}
	if c.Lease == 0 {
		c.Lease = 12 * time.Second
	}
	if c.Beat == 0 {
		c.Beat = c.Lease / 3
	}
	return &Bulk{BulkConfig: c}
}

// Bulk makes a job over the records that in names, which must have passed Validate, and returns it with created = true; a dry run returns its total
// and its quote alone, and makes none. The records are those there are now: later ones do not join. Errors: validation_failed for a filter,
// store_unavailable.
func (b *Bulk) Bulk(ctx context.Context, c Caller, in wire.EnrichRecords) (out wire.EnrichmentJob, created bool, err error) {
	ids, err := b.records(ctx, c, &in)
	if err != nil {
		return out, false, err
	}
	if in.DryRun {
		out, err = b.quote(ctx, c, in, ids)
		return out, false, err
	}
	err = b.Store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		out, err = b.start(ctx, now, c, newJob(c, in, int64(len(ids))), ids)
		return err
	})
	return out, err == nil, err
}

// start keeps a new job in the transaction of ctx and returns it.
func (b *Bulk) start(ctx context.Context, now time.Time, c Caller, j Job, ids []string) (out wire.EnrichmentJob, err error) {
	j.CreatedAt = now
	if j.State = wire.JobPending; j.Total == 0 {
		j.State, j.FinishedAt = wire.JobDone, now
	}
	if err := b.add(ctx, j, ids); err != nil {
		return out, err
	}
	if out, err = b.shown(ctx, j); err != nil {
		return out, err
	}
	detail := map[string]string{"records": strconv.FormatInt(j.Total, 10), "record_type": string(j.Kind)}
	if j.RetryOf != "" {
		detail["retry_of"] = j.RetryOf
	}
	return out, b.log(ctx, now, c.Actor, j, activity.EnrichmentJobCreated, detail)
}

// records returns the ids of the records that are asked for, and fills in the kind.
func (b *Bulk) records(ctx context.Context, c Caller, in *wire.EnrichRecords) ([]string, error) {
	if in.Kind == "" {
		in.Kind = wire.KindLead
	}
	most := wire.MaxBulkRecords
	if in.Limit != nil {
		most = int(*in.Limit)
	}
	if len(in.IDs) > 0 {
		return in.IDs[:min(len(in.IDs), most)], nil
	}
	return b.Select(ctx, c.WorkspaceID, in.Kind, in.Condition, most)
}

func (b *Bulk) quote(ctx context.Context, c Caller, in wire.EnrichRecords, ids []string) (wire.EnrichmentJob, error) {
	price, err := b.Records.Quote(ctx, c, in.Kind, ids, in.Channels, in.Refresh)
	if err != nil {
		return wire.EnrichmentJob{}, err
	}
	if in.MaxCredits != nil {
		price.Most = min(price.Most, *in.MaxCredits)
	}
	balance, err := b.Credits.Balance(ctx, c.WorkspaceID, c.KeyID)
	n := int64(len(ids))
	return wire.EnrichmentJob{State: wire.JobPending, RecordType: in.Kind, Total: n, Remaining: n,
		Bill: wire.Bill{CreditsBalance: balance.Left, Quote: &price}}, err
}

func newJob(c Caller, in wire.EnrichRecords, total int64) Job {
	return Job{
		WorkspaceID: c.WorkspaceID, ID: uuid.Must(uuid.NewV7()).String(), KeyID: c.KeyID,
		Kind: in.Kind, Channels: in.Channels, Refresh: in.Refresh, MaxCredits: in.MaxCredits,
		Total: total, ChunkSize: min(mostInChunk, max(1, (total+fewestChunks-1)/fewestChunks)),
	}
}

// add keeps the job and queues its first chunks.
func (b *Bulk) add(ctx context.Context, j Job, ids []string) error {
	queued := min(jobLanes, j.Chunks())
	if err := b.Store.AddJob(ctx, j, ids, queued); err != nil {
		return err
	}
	var args [][]byte
	for n := range queued {
		args = append(args, encoded(Chunk{WorkspaceID: j.WorkspaceID, JobID: j.ID, Number: n}))
	}
	return b.Queue.Enqueue(ctx, ChunkKind, args...)
}

func (b *Bulk) log(ctx context.Context, now time.Time, a activity.Actor, j Job, action activity.Action, detail map[string]string) error {
	return b.Store.RecordActivity(ctx, activity.New(j.WorkspaceID, now, a, action, activity.ObjectEnrichmentJob, j.ID, detail))
}

// Cancel ends a job: records that were begun are finished, others are not begun. Of one that is final, or ends already, nothing changes. It returns
// the job as it is then. Errors: not_found, store_unavailable.
func (b *Bulk) Cancel(ctx context.Context, c Caller, id string) (out wire.EnrichmentJob, err error) {
	err = b.Store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		j, err := b.Store.FindJob(ctx, c.WorkspaceID, id)
		if err != nil {
			return err
		}
		stopped, err := b.Store.StopJob(ctx, c.WorkspaceID, id, wire.JobCanceled, string(wire.JobCanceled))
		if err != nil {
			return err
		}
		if stopped {
			if err := b.log(ctx, now, c.Actor, j, activity.EnrichmentJobCanceled, nil); err != nil {
				return err
			}
		}
		if j, err = b.Store.FindJob(ctx, c.WorkspaceID, id); err != nil {
			return err
		}
		out, err = b.shown(ctx, j)
		return err
	})
	return out, err
}

// read returns the chunk that a job of the queue is about.
func read(args []byte) (c Chunk, err error) {
	err = json.Unmarshal(args, &c)
	return c, err
}
