package enrich_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

const bulkKey = "b0b0b0b0"

// depot is a world with a Bulk over it, some leads, and a key that can be taken away.
type depot struct {
	*world
	bulk  *enrich.Bulk
	lease time.Duration
	gone  atomic.Pointer[fault.Code] // why the key may not act any more
	ids   []string                   // of the leads, in their natural order
}

// newDepot returns a depot with n leads person0..., whose every channel a provider has for one credit but a phone number nobody knows.
func newDepot(t testing.TB, db *store.DB, n int) *depot {
	t.Helper()
	d := &depot{world: worldOf(db, storetest.MustWorkspace(t, db, "w").ID), lease: time.Second}
	storetest.MustKey(t, db, d.caller.WorkspaceID, bulkKey)
	d.addLeads(t, n)
	d.plan = planFor(channels, entry("p", 1, knows(nil)))
	d.bulk = d.newBulk(db)
	return d
}

// worldOf returns a world of a workspace that is there, in which the key of bulk jobs calls.
func worldOf(db *store.DB, workspaceID string) *world {
	w := &world{db: db, caller: enrich.Caller{WorkspaceID: workspaceID, KeyID: bulkKey, Actor: activity.KeyActor(bulkKey, "bot")}}
	w.service = enrich.New(enrich.Config{Store: db, Credits: credits.New(db), Plan: func(context.Context, string) (enrich.Plan, error) { return w.plan, nil }})
	return w
}

func (d *depot) addLeads(t testing.TB, n int) {
	t.Helper()
	leads := make([]wire.Lead, n)
	for i := range leads {
		leads[i] = wire.Lead{WorkEmail: person(i), ExternalID: fmt.Sprintf("x%04d", i)}
	}
	for _, o := range storetest.MustLeads(t, d.db, d.caller.WorkspaceID, leads...) {
		d.ids = append(d.ids, o.ID)
	}
}

func (d *depot) topUp(t testing.TB, amount int64) {
	t.Helper()
	if _, err := credits.New(d.db).TopUp(context.Background(), d.caller.Actor, d.caller.WorkspaceID, amount); err != nil {
		t.Fatal(err)
	}
}

// newBulk returns a Bulk over a store of the same database, whose dead workers are noticed after the lease.
func (d *depot) newBulk(db *store.DB) *enrich.Bulk {
	return enrich.NewBulk(enrich.BulkConfig{
		Records: d.service, Store: db, Queue: db, Credits: credits.New(db), Select: search.New(db).IDs, Lease: d.lease,
		Key: func(context.Context, string) (activity.Actor, error) {
			if code := d.gone.Load(); code != nil {
				return d.caller.Actor, fault.New(*code, code.Detail())
			}
			return d.caller.Actor, nil
		},
	})
}

// knows returns a provider of telephone numbers that first calls before, where that is set.
func knows(before func()) *provider {
	return &provider{do: func(_ context.Context, s enrich.Subject, _ []enrich.Field) ([]enrich.Answer, error) {
		if before != nil {
			before()
		}
		return []enrich.Answer{{Field: enrich.Phone, Value: json.RawMessage(`"` + phoneOf(s.Email) + `"`), Confidence: 0.9}}, nil
	}}
}

// run works on jobs until the test ends or stop is called.
func (d *depot) run(t testing.TB, db *store.DB, b *enrich.Bulk) (stop func()) {
	t.Helper()
	stop, err := work(db, b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return stop
}

func work(db *store.DB, b *enrich.Bulk) (stop func(), err error) {
	j, err := db.RunJobs(context.Background(), store.JobsConfig{Handlers: map[string]store.JobHandler{enrich.ChunkKind: b.Work}, Workers: 8, Drain: 20 * time.Second})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		b.Watch(ctx, func(err error) { panic(err) })
	}()
	return func() {
		cancel()
		<-watched
		_ = j.Stop(context.Background())
	}, nil
}

// start makes a job for telephone numbers.
func (d *depot) start(t testing.TB, in wire.EnrichRecords) wire.EnrichmentJob {
	t.Helper()
	in.Channels = []wire.Channel{wire.Phone}
	if err := in.Validate(); err != nil {
		t.Fatal(err)
	}
	j, created, err := d.bulk.Bulk(context.Background(), d.caller, in)
	if err != nil || !created {
		t.Fatalf("Bulk: %v, created %t", err, created)
	}
	return j
}

func (d *depot) job(t testing.TB, in wire.GetEnrichmentJob) wire.EnrichmentJob {
	t.Helper()
	j, err := d.bulk.Job(context.Background(), d.caller.WorkspaceID, in)
	if err != nil {
		t.Fatalf("Job: %v", err)
	}
	return j
}

// await returns the job once it fulfils a condition.
func (d *depot) await(t testing.TB, id string, until func(wire.EnrichmentJob) bool) wire.EnrichmentJob {
	t.Helper()
	none := 0
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		j := d.job(t, wire.GetEnrichmentJob{ID: id, Limit: &none})
		if until(j) {
			return j
		}
		if time.Now().After(deadline) {
			t.Fatalf("the job stays %+v", j)
		}
	}
}

func final(j wire.EnrichmentJob) bool { return j.State.Final() }

// all returns every record of the job with the outcome, page by page.
func (d *depot) all(t testing.TB, id, outcome string) (out []wire.JobItem) {
	t.Helper()
	size := 7
	in := wire.GetEnrichmentJob{ID: id, Outcome: outcome, Limit: &size}
	for {
		j := d.job(t, in)
		if out = append(out, j.Items...); j.NextCursor == nil {
			return out
		}
		in.Cursor = j.NextCursor
	}
}

// tally is what the counts of a job must be.
type tally struct {
	State                             wire.JobState
	StopReason                        string
	Enriched, Missed, Failed, Remains int64
	Used, Left                        int64
}

// check compares the job with want, its counts with its records, and what it used with the ledger.
func (d *depot) check(t testing.TB, id string, want tally) {
	t.Helper()
	none := 0
	j := d.job(t, wire.GetEnrichmentJob{ID: id, Limit: &none})
	got := tally{j.State, j.StopReason, j.Enriched, j.Missed, j.Failed, j.Remaining, j.CreditsUsed, j.CreditsBalance}
	if got != want {
		t.Errorf("the job is %+v\nwant %+v", got, want)
	}
	if final := j.FinishedAt != nil; final != j.State.Final() || j.CreatedAt == nil {
		t.Errorf("state %s, created %v, finished %v", j.State, j.CreatedAt, j.FinishedAt)
	}
	counts, used := map[string]int64{}, int64(0)
	for _, item := range d.all(t, id, "") {
		counts[item.Outcome]++
		used += item.CreditsUsed
	}
	if counts[enrich.Enriched] != want.Enriched || counts[enrich.Missed] != want.Missed || counts[enrich.Failed] != want.Failed ||
		counts[enrich.Pending]+counts[enrich.Skipped] != want.Remains || used != want.Used {
		t.Errorf("its records are %v with %d credits, want %+v", counts, used, want)
	}
	var charged int64
	_, rows := d.spent(t)
	for _, r := range rows {
		if r.JobID == id {
			charged -= r.Amount
		}
	}
	if charged != want.Used {
		t.Errorf("the ledger charged %d for the job, which says %d", charged, want.Used)
	}
}
