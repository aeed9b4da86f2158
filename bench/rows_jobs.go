package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

const (
	bulkRecords = 200 // of one job
	bulkWorkers = 8
	bareKind    = "bare"
)

// bulkWorld is a workspace of leads whose every telephone number a provider has at once, for a credit, and the workers of one process.
type bulkWorld struct {
	db     *store.DB
	bulk   *enrich.Bulk
	caller enrich.Caller
	ids    []string
	bare   chan struct{} // one for each bare job that ran
}

// bulkJobs is E2: records a second of a bulk job, each reserved, charged, kept, logged and counted, beside jobs a second that do nothing, by the
// same queue and workers.
func bulkJobs(e engine) func(context.Context, *stage) (pair, error) {
	return func(ctx context.Context, s *stage) (pair, error) {
		w, err := s.bulkWorld(ctx, e)
		if err != nil {
			return pair{}, err
		}
		perSecond := func(all func(context.Context) error) sample {
			return func(ctx context.Context) (float64, error) {
				begun := time.Now()
				err := all(ctx)
				return bulkRecords / time.Since(begun).Seconds(), err
			}
		}
		return pair{perSecond(w.job), perSecond(w.bareJobs)}, nil
	}
}

func (s *stage) bulkWorld(ctx context.Context, e engine) (*bulkWorld, error) {
	d, err := s.database(ctx, e)
	if err != nil {
		return nil, err
	}
	workspace, key, err := s.tenant(ctx, d)
	if err != nil {
		return nil, err
	}
	w := &bulkWorld{bare: make(chan struct{}, bulkRecords)}
	if w.db, err = s.open(ctx, d); err != nil {
		return nil, err
	}
	id := key[len(key)-8:] // the public part
	w.caller = enrich.Caller{WorkspaceID: workspace, KeyID: id, Actor: activity.KeyActor(id, "bench")}
	purse := credits.New(w.db)
	if _, err := purse.TopUp(ctx, w.caller.Actor, workspace, credits.MaxAmount); err != nil {
		return nil, err
	}
	phone := enrich.Plan{enrich.Phone: {{Name: "p", Cost: 1, Timeout: time.Second, Provider: timed{0, []enrich.Answer{
		{Field: enrich.Phone, Value: json.RawMessage(`"+4930123456"`), Confidence: 0.9}}}}}}
	service := enrich.New(enrich.Config{Store: w.db, Credits: purse, Plan: func(context.Context, string) (enrich.Plan, error) { return phone, nil }})
	w.bulk = enrich.NewBulk(enrich.BulkConfig{Records: service, Store: w.db, Queue: w.db, Credits: purse, Select: search.New(w.db).IDs,
		Key: func(context.Context, string) (activity.Actor, error) { return w.caller.Actor, nil }})
	if err := w.addLeads(ctx); err != nil {
		return nil, err
	}
	return w, w.work(ctx, s)
}

func (w *bulkWorld) addLeads(ctx context.Context) error {
	leads := make([]wire.Lead, bulkRecords)
	for i := range leads {
		leads[i] = wire.Lead{WorkEmail: fmt.Sprintf("person%d@example.com", i)}
	}
	outcomes, err := w.db.MergeLeads(ctx, w.caller.WorkspaceID, leads)
	for _, o := range outcomes {
		w.ids = append(w.ids, o.ID)
	}
	return err
}

// work lets this process work on jobs until the row ends.
func (w *bulkWorld) work(ctx context.Context, s *stage) error {
	jobs, err := w.db.RunJobs(ctx, store.JobsConfig{Workers: bulkWorkers, Drain: time.Second, Handlers: map[string]store.JobHandler{
		enrich.ChunkKind: w.bulk.Work,
		bareKind:         func(context.Context, <-chan struct{}, []byte) error { w.bare <- struct{}{}; return nil },
	}})
	if err == nil {
		s.onEnd(func() error { return jobs.Stop(context.Background()) })
	}
	return err
}

// job enriches every lead by one bulk job.
func (w *bulkWorld) job(ctx context.Context) error {
	j, _, err := w.bulk.Bulk(ctx, w.caller, wire.EnrichRecords{IDs: w.ids, Channels: []wire.Channel{wire.Phone}, Spending: wire.Spending{Refresh: true}})
	if err != nil {
		return err
	}
	for !j.State.Final() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
		if j, err = w.bulk.Job(ctx, w.caller.WorkspaceID, wire.GetEnrichmentJob{ID: j.ID, Limit: new(int)}); err != nil {
			return err
		}
	}
	if j.Enriched != bulkRecords || j.CreditsUsed != bulkRecords {
		return errors.New("not every record was enriched and charged")
	}
	return nil
}

// bareJobs runs as many jobs that do nothing.
func (w *bulkWorld) bareJobs(ctx context.Context) error {
	args := make([][]byte, bulkRecords)
	for i := range args {
		args[i] = []byte(`{}`)
	}
	if err := w.db.Enqueue(ctx, bareKind, args...); err != nil {
		return err
	}
	for range bulkRecords {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-w.bare:
		}
	}
	return nil
}
