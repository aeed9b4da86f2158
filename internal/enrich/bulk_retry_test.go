package enrich_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var ann = activity.PersonActor("ann@example.com")

func (d *depot) by() enrich.Caller {
	return enrich.Caller{WorkspaceID: d.caller.WorkspaceID, Actor: ann}
}

// TestRetryOfFailedRecords: a new job over them alone, in their order, by the key of the first and in the name of who asked.
func TestRetryOfFailedRecords(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		ctx, d := context.Background(), newDepot(t, db, 3)
		d.run(t, db, d.bulk)
		ids := []string{"ghost-b", d.ids[0], "ghost-a", d.ids[1], d.ids[2]}
		first := d.start(t, wire.EnrichRecords{IDs: ids})
		d.await(t, first.ID, final)
		price, err := d.bulk.RetryPrice(ctx, d.caller.WorkspaceID, first.ID, enrich.Failed)
		if err != nil || price.Total != 2 || price.ID != "" || price.Quote == nil || price.Quote.Most != 0 {
			t.Errorf("the price is %+v, %v", price, err)
		}
		again, err := d.bulk.Retry(ctx, d.by(), first.ID, enrich.Failed)
		if err != nil || again.Total != 2 {
			t.Fatalf("Retry: %+v, %v", again, err)
		}
		d.await(t, again.ID, final)
		var order []string
		for _, item := range d.all(t, again.ID, enrich.Failed) {
			order = append(order, item.RecordID)
		}
		if !slices.Equal(order, []string{"ghost-b", "ghost-a"}) {
			t.Errorf("it did %v", order)
		}
		j, err := d.bulk.Find(ctx, d.caller.WorkspaceID, again.ID)
		if err != nil || j.KeyID != bulkKey || j.RetryOf != first.ID {
			t.Errorf("it is %+v, %v", j, err)
		}
		log, err := db.ListActivity(ctx, d.caller.WorkspaceID, activity.Filter{Action: activity.EnrichmentJobCreated})
		if err != nil || len(log) != 2 || log[0].Actor != ann || log[0].Detail["retry_of"] != first.ID || log[0].ObjectID != again.ID {
			t.Errorf("the log has %+v, %v", log, err)
		}
		list, err := d.bulk.Jobs(ctx, d.caller.WorkspaceID, enrich.JobFilter{})
		if err != nil || len(list) != 2 || list[0].ID != again.ID || list[1].ID != first.ID {
			t.Errorf("the list is %+v, %v", list, err)
		}
	})
}

// TestRetryStaysWithinTheFirstBound: what max_credits allowed is allowed once for the job and its retries.
func TestRetryStaysWithinTheFirstBound(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		ctx, d := context.Background(), newDepot(t, db, 4)
		d.run(t, db, d.bulk)
		first := d.start(t, wire.EnrichRecords{IDs: d.ids, MaxCredits: new(int64(2))})
		d.await(t, first.ID, final)
		d.check(t, first.ID, tally{State: wire.JobStopped, StopReason: "max_credits", Enriched: 2, Remains: 2, Used: 2, Left: 8})
		again, err := d.bulk.Retry(ctx, d.by(), first.ID, enrich.Skipped)
		if err != nil || again.Total != 2 {
			t.Fatalf("Retry: %+v, %v", again, err)
		}
		d.await(t, again.ID, final)
		d.check(t, again.ID, tally{State: wire.JobStopped, StopReason: "max_credits", Remains: 2, Left: 8})
	})
}

// TestRetryIsMadeOnce: of many at once one makes a job, and none does while it works.
func TestRetryIsMadeOnce(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		ctx, d := context.Background(), newDepot(t, db, 3) // nobody works
		j := d.start(t, wire.EnrichRecords{IDs: d.ids})
		_, err := d.bulk.Retry(ctx, d.by(), j.ID, enrich.Skipped)
		wantCode(t, "of a job that has not ended", err, fault.Conflict)
		if _, err := d.bulk.Cancel(ctx, d.by(), j.ID); err != nil {
			t.Fatal(err)
		}
		_, err = d.bulk.Retry(ctx, d.by(), j.ID, enrich.Failed)
		wantCode(t, "of records that did not fail", err, fault.Conflict)
		_, err = d.bulk.Retry(ctx, d.by(), j.ID, enrich.Enriched)
		wantCode(t, "of records that are done", err, fault.Conflict)
		var made, refused atomic.Int64
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				switch _, err := d.bulk.Retry(ctx, d.by(), j.ID, enrich.Skipped); fault.CodeOf(err) {
				case "":
					made.Add(1)
				case fault.Conflict:
					refused.Add(1)
				default:
					t.Errorf("Retry: %v", err)
				}
			})
		}
		all.Wait()
		if made.Load() != 1 || refused.Load() != 4 {
			t.Errorf("%d made, %d refused", made.Load(), refused.Load())
		}
		code := fault.KeyRevoked
		d.gone.Store(&code)
		_, err = d.bulk.Retry(ctx, d.by(), j.ID, enrich.Skipped)
		wantCode(t, "by a dead key", err, fault.KeyRevoked)
		_, err = d.bulk.RetryPrice(ctx, "another workspace", j.ID, enrich.Skipped)
		wantCode(t, "of another workspace", err, fault.NotFound)
		_, err = d.bulk.Retry(ctx, enrich.Caller{WorkspaceID: "another workspace", Actor: ann}, j.ID, enrich.Skipped)
		wantCode(t, "by another workspace", err, fault.NotFound)
	})
}

// TestJobsStopAtTheLimitOfTheirKey and say so, when the workspace has credits left.
func TestJobsStopAtTheLimitOfTheirKey(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		d := newDepot(t, db, 5)
		d.caller.KeyID = limitedKey(t, db, d.caller.WorkspaceID, 3)
		d.run(t, db, d.bulk)
		j := d.start(t, wire.EnrichRecords{IDs: d.ids})
		d.await(t, j.ID, final)
		d.check(t, j.ID, tally{State: wire.JobStopped, StopReason: enrich.KeyLimit, Enriched: 3, Remains: 2, Used: 3, Left: 7})
	})
}

// limitedKey adds a key that may spend so much a month.
func limitedKey(t *testing.T, db *store.DB, workspaceID string, most int64) string {
	t.Helper()
	ctx := context.Background()
	k, err := db.GetKey(ctx, workspaceID, bulkKey)
	if err != nil {
		t.Fatal(err)
	}
	k.ID, k.SpendLimit = "b1b1b1b1", &most
	if err := db.InsertKey(ctx, k, activity.New(workspaceID, k.CreatedAt, ann, activity.KeyCreated, activity.ObjectKey, k.ID, nil)); err != nil {
		t.Fatal(err)
	}
	return k.ID
}
