package enrich_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// TestBulkEnrichesEachRecord: what is found, missed and failed is told by record, and paid for once.
func TestBulkEnrichesEachRecord(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		d := newDepot(t, db, 9)
		odd := &provider{do: func(ctx context.Context, s enrich.Subject, f []enrich.Field) ([]enrich.Answer, error) {
			if s.Email == person(3) || s.Email == person(5) {
				return nil, nil
			}
			return knows(nil).do(ctx, s, f)
		}}
		d.plan = planFor(channels, entry("p", 1, odd))
		d.run(t, db, d.bulk)
		ids := slices.Concat(d.ids[:7], []string{"00000000-0000-7000-8000-000000000000"}, d.ids[7:])
		j := d.start(t, wire.EnrichRecords{IDs: ids})
		if j.State != wire.JobPending || j.Total != 10 || j.Remaining != 10 || j.RecordType != wire.KindLead || j.CreditsBalance != 10 {
			t.Errorf("the new job is %+v", j)
		}
		d.await(t, j.ID, final)
		d.check(t, j.ID, tally{State: wire.JobDone, Enriched: 7, Missed: 2, Failed: 1, Used: 7, Left: 3})

		items := d.all(t, j.ID, "")
		for i, item := range items {
			if item.RecordID != ids[i] {
				t.Errorf("item %d is %s, want %s", i, item.RecordID, ids[i])
			}
		}
		if v := items[0].Values[string(wire.Phone)]; string(v.Value) != `"`+phoneOf(person(0))+`"` || v.Source != "p" || *v.Confidence != 0.9 || len(items[0].Values) != 1 {
			t.Errorf("the first item is %+v", items[0])
		}
		if d := cmp.Diff(map[string]wire.Found{"phone": {TriedProviders: []string{"p"}}}, items[3].Values); d != "" || items[3].CreditsUsed != 0 {
			t.Errorf("a miss (-want +got):\n%s", d)
		}
		failed := d.all(t, j.ID, enrich.Failed)
		if len(failed) != 1 || failed[0].RecordID != ids[7] || failed[0].Error == nil || failed[0].Error.Code != fault.NotFound {
			t.Errorf("failed are %+v", failed)
		}
		if n := len(d.all(t, j.ID, enrich.Skipped)) + len(d.all(t, j.ID, enrich.Pending)); n != 0 {
			t.Errorf("%d records are skipped or pending", n)
		}
		log, err := db.ListActivity(context.Background(), d.caller.WorkspaceID, activity.Filter{Action: activity.EnrichmentJobCreated})
		if err != nil || len(log) != 1 || log[0].ObjectID != j.ID || log[0].Actor != d.caller.Actor || log[0].Detail["records"] != "10" {
			t.Errorf("the log has %+v, %v", log, err)
		}
	})
}

// TestBulkByFilter takes the records that fulfil it in their natural order, and no more than the limit; a dry run takes none.
func TestBulkByFilter(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		d := newDepot(t, db, 30)
		var limit, most int64 = 12, 5
		in := wire.EnrichRecords{Limit: &limit, MaxCredits: &most, Condition: wire.Condition{Filter: []byte(`{"field":"external_id","op":"prefix","value":"x00"}`)}}
		quote := in
		quote.DryRun, quote.Channels = true, []wire.Channel{wire.Phone}
		j, created, err := d.bulk.Bulk(ctx, d.caller, quote)
		if err != nil || created || j.ID != "" || j.Total != 12 || j.CreditsBalance != 10 || *j.Quote != (wire.Price{Most: 5}) {
			t.Errorf("the quote is %+v, %+v, %t, %v", j, j.Quote, created, err)
		}
		quote.MaxCredits = nil
		if j, _, err = d.bulk.Bulk(ctx, d.caller, quote); err != nil || *j.Quote != (wire.Price{Most: 12}) {
			t.Errorf("the quote without a bound is %+v, %v", j.Quote, err)
		}
		j = d.start(t, in)
		var ids []string
		for _, item := range d.all(t, j.ID, "") {
			ids = append(ids, item.RecordID)
		}
		if d := cmp.Diff(d.ids[:12], ids); d != "" {
			t.Errorf("records (-want +got):\n%s", d)
		}
		d.run(t, db, d.bulk)
		d.await(t, j.ID, final)
		d.check(t, j.ID, tally{State: wire.JobStopped, StopReason: "max_credits", Enriched: 5, Remains: 7, Used: 5, Left: 5})

		_, _, err = d.bulk.Bulk(ctx, d.caller, wire.EnrichRecords{Condition: wire.Condition{Filter: []byte(`{"field":"nonsense","op":"eq","value":1}`)}})
		wantCode(t, "a wrong filter", err, fault.ValidationFailed)
		j = d.start(t, wire.EnrichRecords{Condition: wire.Condition{Filter: []byte(`{"field":"name","op":"eq","value":"nobody"}`)}})
		d.check(t, j.ID, tally{State: wire.JobDone, Left: 5})
	})
}

// TestBulkOfAccounts takes all their fields.
func TestBulkOfAccounts(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		d := newDepot(t, db, 0)
		storetest.MustAccounts(t, db, d.caller.WorkspaceID, wire.Account{Domain: "b.com"}, wire.Account{Domain: "a.com"})
		d.plan = planFor(enrich.AccountFields(), entry("p", 2, delivers(map[enrich.Field]string{enrich.Industry: `"Steel"`})))
		d.run(t, db, d.bulk)
		in := wire.EnrichRecords{Kind: wire.KindAccount, Condition: wire.Condition{Filter: []byte(`{"field":"domain","op":"present"}`)}}
		j, created, err := d.bulk.Bulk(context.Background(), d.caller, in)
		if err != nil || !created {
			t.Fatal(err)
		}
		d.await(t, j.ID, final)
		d.check(t, j.ID, tally{State: wire.JobStopped, StopReason: "credits_exhausted", Remains: 2, Left: 10}) // 12 fields at 2 are more than is left
		d.plan = planFor(enrich.AccountFields()[2:4], entry("p", 2, delivers(map[enrich.Field]string{enrich.Industry: `"Steel"`})))
		j, _, err = d.bulk.Bulk(context.Background(), d.caller, in)
		if err != nil {
			t.Fatal(err)
		}
		d.await(t, j.ID, final)
		d.check(t, j.ID, tally{State: wire.JobDone, Enriched: 2, Used: 4, Left: 6})
	})
}

var errUndone = errors.New("undone")

// TestBulkDiesWithItsTransaction: neither a job nor work is left of one that is rolled back.
func TestBulkDiesWithItsTransaction(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		d := newDepot(t, db, 5)
		p := knows(nil)
		d.plan = planFor(channels, entry("p", 1, p))
		d.run(t, db, d.bulk)
		var lost wire.EnrichmentJob
		err := db.InTx(context.Background(), func(ctx context.Context, _ time.Time) (err error) {
			if lost, _, err = d.bulk.Bulk(ctx, d.caller, wire.EnrichRecords{IDs: d.ids}); err != nil {
				return err
			}
			return errUndone
		})
		if !errors.Is(err, errUndone) {
			t.Fatal(err)
		}
		kept := d.start(t, wire.EnrichRecords{IDs: d.ids[:2]})
		d.await(t, kept.ID, final)
		if n := p.asked.Load(); n != 2 {
			t.Errorf("the provider was asked %d times, want 2", n)
		}
		_, err = d.bulk.Job(context.Background(), d.caller.WorkspaceID, wire.GetEnrichmentJob{ID: lost.ID})
		wantCode(t, "the job that was rolled back", err, fault.NotFound)
	})
}

// held is a provider whose lookups wait until they are let go.
type held struct {
	*provider
	begun   chan struct{}
	release chan struct{}
	once    sync.Once
}

func newHeld() *held {
	h := &held{begun: make(chan struct{}, 1000), release: make(chan struct{})}
	h.provider = knows(func() { h.begun <- struct{}{}; <-h.release })
	return h
}

func (h *held) letGo() { h.once.Do(func() { close(h.release) }) }

// awaitBegun waits until n lookups run.
func (h *held) awaitBegun(t testing.TB, n int) {
	t.Helper()
	for range n {
		select {
		case <-h.begun:
		case <-time.After(time.Minute):
			t.Fatal("no lookup began")
		}
	}
}

// heldDepot is a depot of n leads with enough credits whose provider waits.
func heldDepot(t *testing.T, db *store.DB, n int) (*depot, *held) {
	d, h := newDepot(t, db, n), newHeld()
	d.plan = enrich.Plan{enrich.Phone: {enrich.Entry{Name: "p", Provider: h, Cost: 1, Timeout: time.Minute}}}
	t.Cleanup(h.letGo)
	return d, h
}

// TestCancel finishes what was begun and begins nothing more; only then the job is final.
func TestCancel(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		d, h := heldDepot(t, db, 40)
		d.run(t, db, d.bulk)
		j := d.start(t, wire.EnrichRecords{IDs: d.ids})
		h.awaitBegun(t, 8)
		for range 2 {
			got, err := d.bulk.Cancel(ctx, d.caller, j.ID)
			if err != nil || got.State != wire.JobRunning || got.StopReason != "canceled" {
				t.Errorf("Cancel: %+v, %v", got, err)
			}
		}
		h.letGo()
		d.await(t, j.ID, final)
		want := tally{State: wire.JobCanceled, StopReason: "canceled", Enriched: 8, Remains: 32, Used: 8, Left: 2}
		d.check(t, j.ID, want)
		if got, err := d.bulk.Cancel(ctx, d.caller, j.ID); err != nil || got.State != wire.JobCanceled {
			t.Errorf("Cancel of a final job: %+v, %v", got, err)
		}
		if n := len(d.all(t, j.ID, enrich.Skipped)); n != 32 {
			t.Errorf("%d records are skipped, want 32", n)
		}
		log, err := db.ListActivity(ctx, d.caller.WorkspaceID, activity.Filter{Action: activity.EnrichmentJobCanceled})
		if err != nil || len(log) != 1 || log[0].ObjectID != j.ID {
			t.Errorf("the log has %+v, %v", log, err)
		}
		_, err = d.bulk.Cancel(ctx, d.caller, "nonsense")
		wantCode(t, "Cancel of none", err, fault.NotFound)
		_, err = d.bulk.Cancel(ctx, enrich.Caller{WorkspaceID: storetest.MustWorkspace(t, db, "other").ID}, j.ID)
		wantCode(t, "Cancel by another workspace", err, fault.NotFound)
	})
}

// TestCancelOfAWaitingJob is final at once.
func TestCancelOfAWaitingJob(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		d := newDepot(t, db, 3)
		j := d.start(t, wire.EnrichRecords{IDs: d.ids})
		if got, err := d.bulk.Cancel(context.Background(), d.caller, j.ID); err != nil || got.State != wire.JobCanceled || got.FinishedAt == nil {
			t.Errorf("Cancel: %+v, %v", got, err)
		}
		d.run(t, db, d.bulk)
		other := d.start(t, wire.EnrichRecords{IDs: d.ids[:1]})
		d.await(t, other.ID, final)
		d.check(t, j.ID, tally{State: wire.JobCanceled, StopReason: "canceled", Remains: 3, Left: 9})
	})
}

// TestDeadKeysStopTheirJobs with a reason; what was found until then stays.
func TestDeadKeysStopTheirJobs(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) { deadKey(t, db, fault.KeyRevoked) })
	for _, code := range []fault.Code{fault.KeyExpired, fault.FeatureNotAllowed} {
		t.Run(string(code), func(t *testing.T) { deadKey(t, open(t, store.Config{DataDir: t.TempDir()}), code) })
	}
}

func deadKey(t *testing.T, db *store.DB, code fault.Code) {
	d, h := heldDepot(t, db, 40)
	d.run(t, db, d.bulk)
	j := d.start(t, wire.EnrichRecords{IDs: d.ids})
	h.awaitBegun(t, 8)
	d.gone.Store(&code)
	h.letGo()
	d.await(t, j.ID, final)
	d.check(t, j.ID, tally{State: wire.JobStopped, StopReason: string(code), Enriched: 8, Remains: 32, Used: 8, Left: 2})
	log, err := db.ListActivity(context.Background(), d.caller.WorkspaceID, activity.Filter{Action: activity.EnrichmentJobStopped})
	if err != nil || len(log) != 1 || log[0].Detail["reason"] != string(code) || log[0].Actor != d.caller.Actor {
		t.Errorf("the log has %+v, %v", log, err)
	}
}

// TestBulkSpendsWhatIsThere: reservations of records side by side do not end a job while there is enough for each alone.
func TestBulkSpendsWhatIsThere(t *testing.T) {
	for name, bound := range map[string]*int64{"credits_exhausted": nil, "max_credits": new(int64(9))} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, db *store.DB) {
				d := newDepot(t, db, 60)
				d.plan = enrich.Plan{enrich.Phone: {entry("cheap", 1, knows(func() { time.Sleep(time.Millisecond) })), entry("dear", 5, misses())}}
				d.run(t, db, d.bulk)
				j := d.start(t, wire.EnrichRecords{IDs: d.ids, MaxCredits: bound})
				d.await(t, j.ID, final)
				used := int64(6) // of 10: with 4 left, 5 cannot be reserved any more
				if bound != nil {
					used = *bound - 4
				}
				d.check(t, j.ID, tally{State: wire.JobStopped, StopReason: name, Enriched: used, Remains: 60 - used, Used: used, Left: 10 - used})
			})
		})
	}
}

// TestStopGivesChunksBack: a process that stops finishes the records that it began, leaves nothing running, and another goes on at once.
func TestStopGivesChunksBack(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		d, h := heldDepot(t, db, 10)
		ignore := goleak.IgnoreCurrent()
		stop, err := work(db, d.bulk)
		if err != nil {
			t.Fatal(err)
		}
		j := d.start(t, wire.EnrichRecords{IDs: d.ids})
		h.awaitBegun(t, 8)
		stopped := make(chan struct{})
		go func() { defer close(stopped); stop() }()
		time.Sleep(50 * time.Millisecond) // for the stop to be on its way; nothing depends on it
		h.letGo()
		<-stopped
		goleak.VerifyNone(t, ignore, goleak.IgnoreAnyFunction("github.com/jackc/pgx/v5/pgxpool.(*Pool).backgroundHealthCheck"))
		d.run(t, db, d.bulk)
		d.await(t, j.ID, final)
		d.check(t, j.ID, tally{State: wire.JobDone, Enriched: 10, Used: 10})
		if n := h.asked.Load(); n != 10 {
			t.Errorf("the provider was asked %d times, want 10", n)
		}
	})
}

// TestSilentWorkersAreReplaced: a chunk whose worker gave no sign of life is worked on by another one, and paid for once.
func TestSilentWorkersAreReplaced(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		d := newDepot(t, db, 4)
		j := d.start(t, wire.EnrichRecords{IDs: d.ids})
		for n := range int64(2) { // as a worker does that dies before and after it enriched its record
			c := enrich.Chunk{WorkspaceID: d.caller.WorkspaceID, JobID: j.ID, Number: n}
			taken, err := db.TakeChunk(ctx, c, "dead", time.Millisecond)
			if err != nil || !taken.Mine || len(taken.Records) != 1 {
				t.Fatalf("TakeChunk: %+v, %v", taken, err)
			}
			if n == 1 {
				item := enrich.Item{JobID: j.ID, Kind: wire.KindLead, RecordID: taken.Records[0].RecordID, Channels: []wire.Channel{wire.Phone}}
				if _, err := d.service.One(ctx, d.caller, item); err != nil {
					t.Fatal(err)
				}
			}
		}
		d.run(t, db, d.bulk)
		d.await(t, j.ID, final)
		d.check(t, j.ID, tally{State: wire.JobDone, Enriched: 4, Used: 4, Left: 6})
	})
}

// TestProcessesShareAJob: workers over two stores of one database do each record once.
func TestProcessesShareAJob(t *testing.T) {
	t.Run("postgres", func(t *testing.T) { shareAJob(t, store.Config{DatabaseURL: pgtest.URL(t)}, 2) })
	t.Run("sqlite", func(t *testing.T) { shareAJob(t, store.Config{DataDir: t.TempDir()}, 1) }) // one process alone holds its data directory
}

func shareAJob(t *testing.T, c store.Config, processes int) {
	db := open(t, c)
	d := newDepot(t, db, 150)
	d.topUp(t, 190)
	p := knows(func() { time.Sleep(time.Millisecond) })
	d.plan = planFor(channels, entry("p", 1, p))
	for range processes {
		mine := open(t, c)
		d.run(t, mine, d.newBulk(mine))
	}
	first, second := d.start(t, wire.EnrichRecords{IDs: d.ids[:100]}), d.start(t, wire.EnrichRecords{IDs: d.ids[100:]})
	d.await(t, first.ID, final)
	d.await(t, second.ID, final)
	d.check(t, first.ID, tally{State: wire.JobDone, Enriched: 100, Used: 100, Left: 50})
	d.check(t, second.ID, tally{State: wire.JobDone, Enriched: 50, Used: 50, Left: 50})
	if n := p.asked.Load(); n != 150 {
		t.Errorf("the provider was asked %d times, want 150", n)
	}
}

// TestCursorsOfJobs belong to one question.
func TestCursorsOfJobs(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		d := newDepot(t, db, 5)
		j, other := d.start(t, wire.EnrichRecords{IDs: d.ids}), d.start(t, wire.EnrichRecords{IDs: d.ids})
		size, none := 2, 0
		page := d.job(t, wire.GetEnrichmentJob{ID: j.ID, Limit: &size})
		if page.NextCursor == nil || len(page.Items) != 2 {
			t.Fatalf("the page is %+v", page)
		}
		for name, in := range map[string]wire.GetEnrichmentJob{
			"another job":     {ID: other.ID, Cursor: page.NextCursor},
			"another outcome": {ID: j.ID, Outcome: enrich.Missed, Cursor: page.NextCursor},
			"no cursor":       {ID: j.ID, Cursor: new("x" + strconv.Itoa(1))},
		} {
			_, err := d.bulk.Job(context.Background(), d.caller.WorkspaceID, in)
			wantCode(t, name, err, fault.InvalidRequest)
		}
		if got := d.job(t, wire.GetEnrichmentJob{ID: j.ID, Limit: &none}); got.Items != nil || got.NextCursor != nil || got.Total != 5 {
			t.Errorf("without records: %+v", got)
		}
		_, err := d.bulk.Job(context.Background(), "another workspace", wire.GetEnrichmentJob{ID: j.ID})
		wantCode(t, "another workspace", err, fault.NotFound)
	})
}
