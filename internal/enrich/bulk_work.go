package enrich

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// busy says that a chunk is another worker's for now.
type busy time.Duration

// Error implements error.
func (busy) Error() string { return "enrich: the chunk is another worker's" }

// RunAfter tells the queue when to ask again.
func (b busy) RunAfter() time.Duration { return time.Duration(b) }

// working is a chunk being worked on.
type working struct {
	bulk   *Bulk
	chunk  Chunk
	holder string
	job    Job
	actor  activity.Actor
	gate   *gate
}

// Work enriches the pending records of a chunk, which args name, one after another. When stopping is closed it finishes the record that was begun and
// queues the chunk again. After an error of the store, which it returns, the queue tries again, and is put off until the lease is over.
func (b *Bulk) Work(ctx context.Context, stopping <-chan struct{}, args []byte) error {
	c, err := read(args)
	if err != nil {
		return fmt.Errorf("read a chunk: %w", err)
	}
	w := &working{bulk: b, chunk: c, holder: uuid.Must(uuid.NewV7()).String()}
	t, err := b.Store.TakeChunk(ctx, c, w.holder, b.Lease)
	switch {
	case err != nil:
		return err
	case t.Busy > 0:
		return busy(t.Busy)
	case !t.Mine:
		return nil
	}
	w.job = t.Job
	var done func()
	w.gate, done = b.gates.enter(c.WorkspaceID + " " + c.JobID)
	defer done()
	finished, err := w.records(ctx, stopping, t.Records)
	switch {
	case err != nil:
		return err
	case !finished:
		return w.giveBack(ctx)
	}
	return w.end(ctx)
}

// records works until all are done or the job ends: finished. It is not when the process stops or the lease is lost.
func (w *working) records(ctx context.Context, stopping <-chan struct{}, list []JobRecord) (finished bool, err error) {
	ctx, rest := w.alive(ctx)
	defer rest()
	for _, r := range list {
		select {
		case <-stopping:
			return false, nil
		case <-ctx.Done():
			return false, nil
		default:
		}
		if goesOn, err := w.record(ctx, r); err != nil || !goesOn {
			return !goesOn, err
		}
	}
	return true, nil
}

// alive gives signs of life until rest is called. The context ends when the chunk is not the worker's any more.
func (w *working) alive(ctx context.Context) (_ context.Context, rest func()) {
	ctx, cancel := context.WithCancel(ctx)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(w.bulk.Beat)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if mine, err := w.bulk.Store.KeepChunk(ctx, w.chunk, w.holder, w.bulk.Lease); err == nil && !mine {
					cancel()
				}
			}
		}
	}()
	return ctx, func() { cancel(); <-stopped }
}

// record enriches one record; false means that the job ends. The error is one of the store's.
func (w *working) record(ctx context.Context, r JobRecord) (goesOn bool, err error) {
	leave := w.gate.share()
	refused, err := w.attempt(ctx, r)
	leave()
	if err != nil || refused == nil {
		return true, err
	}
	if refused.code == fault.CreditsExhausted { // for those, too, that other records have reserved and may give back: wait for them, then try alone
		leave := w.gate.alone()
		refused, err = w.attempt(ctx, r)
		leave()
		if err != nil || refused == nil {
			return true, err
		}
	}
	return false, w.stop(ctx, refused)
}

// refusal is why a job cannot go on.
type refusal struct {
	code   fault.Code
	reason string // for the job
}

// attempt enriches one record and keeps what became of it, unless the job cannot go on.
func (w *working) attempt(ctx context.Context, r JobRecord) (*refusal, error) {
	b, j := w.bulk, w.job
	now, err := b.Store.FindJob(ctx, j.WorkspaceID, j.ID)
	if err != nil {
		return nil, err
	}
	if now.Stop != "" || now.State.Final() {
		return &refusal{}, nil
	}
	switch w.actor, err = b.Key(ctx, j.KeyID); fault.CodeOf(err) {
	case "":
	case fault.KeyRevoked, fault.KeyExpired, fault.FeatureNotAllowed:
		return &refusal{fault.CodeOf(err), string(fault.CodeOf(err))}, nil
	default:
		return nil, err
	}
	caller := Caller{WorkspaceID: j.WorkspaceID, KeyID: j.KeyID, Actor: w.actor}
	if ok, err := w.reserve(ctx, caller, r); err != nil || !ok {
		return &refusal{fault.CreditsExhausted, "max_credits"}, err
	}
	out, err := w.one(ctx, caller, r)
	r.Outcome, r.CreditsUsed = Missed, out.CreditsUsed
	switch r.Code = fault.CodeOf(err); r.Code {
	case "":
		if out.Enriched() {
			r.Outcome = Enriched
		}
	case fault.CreditsExhausted:
		return &refusal{r.Code, string(r.Code)}, nil
	case fault.StoreUnavailable, fault.StorageFull, fault.IdempotencyInFlight:
		return nil, err
	default:
		r.Outcome = Failed
	}
	// What was charged is counted, whatever became of the worker meanwhile.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer cancel()
	_, err = b.Store.Keep(ctx, w.chunk, r)
	return nil, err
}

// one is Single.One, whose panic is a failure of the record alone.
func (w *working) one(ctx context.Context, c Caller, r JobRecord) (out Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.Wrap(fault.Internal, fmt.Errorf("panic: %v", p))
		}
	}()
	j := w.job
	return w.bulk.Records.One(ctx, c, Item{JobID: j.ID, Kind: j.Kind, RecordID: r.RecordID, Channels: j.Channels, Refresh: j.Refresh})
}

// reserve sets aside what the record may cost, in a job with a bound of its own.
func (w *working) reserve(ctx context.Context, c Caller, r JobRecord) (bool, error) {
	j := w.job
	if j.MaxCredits == nil {
		return true, nil
	}
	price, err := w.bulk.Records.Quote(ctx, c, j.Kind, []string{r.RecordID}, j.Channels, j.Refresh)
	if err != nil {
		return false, err
	}
	return w.bulk.Store.Reserve(ctx, w.chunk, r.Place, price.Most)
}

// KeyLimit is why a job stopped whose key has spent its own limit of the month, while the workspace has credits left.
const KeyLimit = "key_limit"

// shortage names whose credits did not last.
func (w *working) shortage(ctx context.Context) string {
	balance, err := w.bulk.Credits.Balance(ctx, w.job.WorkspaceID, w.job.KeyID)
	if err == nil && balance.KeyLeft != nil && *balance.KeyLeft < balance.Left {
		return KeyLimit
	}
	return string(fault.CreditsExhausted)
}

// stop lets the job end for the reason, unless it ends already.
func (w *working) stop(ctx context.Context, why *refusal) error {
	b, j := w.bulk, w.job
	switch why.reason {
	case "":
		return nil
	case string(fault.CreditsExhausted):
		why.reason = w.shortage(ctx)
	}
	return b.Store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		stopped, err := b.Store.StopJob(ctx, j.WorkspaceID, j.ID, wire.JobStopped, why.reason)
		if err != nil || !stopped {
			return err
		}
		return b.log(ctx, now, w.actor, j, activity.EnrichmentJobStopped, map[string]string{"reason": why.reason})
	})
}

// end ends the chunk and queues the next one.
func (w *working) end(ctx context.Context) error {
	return w.handOver(ctx, func(ctx context.Context) (*Chunk, error) {
		return w.bulk.Store.EndChunk(ctx, w.chunk, w.holder, jobLanes)
	})
}

// giveBack queues the chunk again.
func (w *working) giveBack(ctx context.Context) error {
	return w.handOver(ctx, func(ctx context.Context) (*Chunk, error) {
		return w.bulk.Store.RequeueChunk(ctx, w.chunk, w.holder)
	})
}

// handOver queues what next returns, in its transaction, also when the worker is being cut short.
func (w *working) handOver(ctx context.Context, next func(context.Context) (*Chunk, error)) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer cancel()
	return w.bulk.queueNext(ctx, next)
}

func (b *Bulk) queueNext(ctx context.Context, next func(context.Context) (*Chunk, error)) error {
	return b.Store.InTx(ctx, func(ctx context.Context, _ time.Time) error {
		c, err := next(ctx)
		if err != nil || c == nil {
			return err
		}
		return b.Queue.Enqueue(ctx, ChunkKind, encoded(c))
	})
}
