package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var jobCases = []Case{
	{"bulk jobs are listed newest first, page by page", jobsListed},
	{"final jobs are dropped after 90 days, with their records", jobsPurged},
}

// mustJob adds a job over two records, which is final when it finished at a time.
func mustJob(t testing.TB, db *store.DB, workspaceID, retryOf string, finished time.Time) enrich.Job {
	t.Helper()
	j := enrich.Job{WorkspaceID: workspaceID, ID: uuid.Must(uuid.NewV7()).String(), KeyID: "0000000a", Kind: wire.KindLead, Total: 2, ChunkSize: 1,
		CreatedAt: Epoch, State: wire.JobPending, RetryOf: retryOf, FinishedAt: finished}
	if !finished.IsZero() {
		j.State = wire.JobDone
	}
	wantCode(t, "add a job", db.AddJob(context.Background(), j, []string{"r1", "r2"}, 1), "")
	return j
}

func ids(jobs []enrich.Job) (out []string) {
	for _, j := range jobs {
		out = append(out, j.ID)
	}
	return out
}

func jobsListed(t *testing.T, db *store.DB) {
	ctx, w, other := context.Background(), MustWorkspace(t, db, "a").ID, MustWorkspace(t, db, "b").ID
	first := mustJob(t, db, w, "", Epoch)
	second := mustJob(t, db, w, first.ID, time.Time{})
	third := mustJob(t, db, w, "", time.Time{})
	mustJob(t, db, other, "", Epoch)
	for name, c := range map[string]struct {
		f    enrich.JobFilter
		want []string
	}{
		"all":     {enrich.JobFilter{}, []string{third.ID, second.ID, first.ID}},
		"page":    {enrich.JobFilter{Limit: 1, Before: third.ID}, []string{second.ID}},
		"end":     {enrich.JobFilter{Before: first.ID}, nil},
		"state":   {enrich.JobFilter{State: wire.JobDone}, []string{first.ID}},
		"retries": {enrich.JobFilter{RetryOf: first.ID}, []string{second.ID}},
	} {
		got, err := db.ListJobs(ctx, w, c.f)
		if err != nil || fmt.Sprint(ids(got)) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, %v; want %v", name, ids(got), err, c.want)
		}
	}
}

func jobsPurged(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a").ID
	micros, err := db.Now(ctx)
	wantCode(t, "now", err, "")
	now := time.UnixMicro(micros).UTC()
	old := mustJob(t, db, w, "", now.AddDate(0, 0, -91))
	young, running := mustJob(t, db, w, "", now.AddDate(0, 0, -89)), mustJob(t, db, w, "", time.Time{})
	if n, err := db.PurgeJobs(ctx); err != nil || n != 1 {
		t.Errorf("dropped %d, %v", n, err)
	}
	left, err := db.ListJobs(ctx, w, enrich.JobFilter{})
	if err != nil || fmt.Sprint(ids(left)) != fmt.Sprint([]string{running.ID, young.ID}) {
		t.Errorf("left are %v, %v", ids(left), err)
	}
	for id, want := range map[string]int{old.ID: 0, young.ID: 2} {
		records, err := db.JobRecords(ctx, w, id, "", 0, 0)
		if err != nil || len(records) != want {
			t.Errorf("job %s has %d records, %v; want %d", id, len(records), err, want)
		}
	}
}
