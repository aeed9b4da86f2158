package apirun

import (
	"context"
	"sync"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/qualify"
	"github.com/unstuckengine/unstuck/internal/store"
)

const (
	jobWorkers = 8                // records that a process enriches at once for bulk jobs
	jobSenders = 16               // deliveries that a process has under way at once
	jobDrain   = 10 * time.Second // how long a stop waits for records that were begun; what takes longer is taken over by another process
)

// newBulk returns the enrichment of many records over that of one.
func (a *App) newBulk(records enrich.Single) *enrich.Bulk {
	return enrich.NewBulk(enrich.BulkConfig{
		Records: records, Store: a.DB, Queue: a.DB, Credits: a.Credits, Select: a.Search.IDs, Key: a.keyActor,
	})
}

// keyActor returns as whom a key acts, with an error when it may not act any more.
func (a *App) keyActor(ctx context.Context, id string) (activity.Actor, error) {
	rows, err := a.DB.KeysForAuth(ctx, []string{id})
	if err != nil {
		return activity.Actor{}, err
	}
	row, ok := rows[id]
	if !ok { // rows are never deleted: somebody did, by hand
		return activity.KeyActor(id, ""), fault.New(fault.KeyRevoked, fault.KeyRevoked.Detail())
	}
	return activity.KeyActor(id, row.Key.Name), keys.State(row)
}

// behind tells the activity log that what the handler changes, it changes in the background.
func behind(h store.JobHandler) store.JobHandler {
	return func(ctx context.Context, stopping <-chan struct{}, args []byte) error {
		return h(activity.WithSource(ctx, activity.Source{Door: activity.DoorJob}), stopping, args)
	}
}

// work begins to work on jobs; stop ends it in order.
func (a *App) work(ctx context.Context) (stop func(), err error) {
	handlers := a.sending()
	handlers[enrich.ChunkKind] = behind(a.Bulk.Work)
	handlers[qualify.JobKind] = behind(a.Qualify.Work)
	jobs, err := a.DB.RunJobs(ctx, store.JobsConfig{Handlers: handlers, Workers: jobWorkers, Senders: jobSenders, Drain: jobDrain})
	if err != nil {
		return nil, err
	}
	watching, end := context.WithCancel(context.WithoutCancel(ctx))
	var watch sync.WaitGroup
	watch.Go(func() {
		a.Bulk.Watch(watching, func(err error) { a.Log.Warn().Err(err).Msg("the look for dead workers failed; it is repeated") })
	})
	watch.Go(func() {
		a.Qualify.Watch(watching, func(err error) { a.Log.Warn().Err(err).Msg("the look for idle qualifications failed; it is repeated") })
	})
	a.watchDeliveries(watching, &watch)
	a.keepAudiences(watching, &watch)
	return func() {
		end()
		watch.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), jobDrain+2*time.Second)
		defer cancel()
		if err := jobs.Stop(ctx); err != nil {
			a.Log.Warn().Err(err).Msg("jobs were still running at the stop; another process, or this one when it starts again, takes them over")
		}
	}, nil
}
