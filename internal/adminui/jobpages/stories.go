package jobpages

import (
	"fmt"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var storyTime = time.Date(2026, 11, 29, 14, 30, 0, 0, time.UTC)

func stories() []ui.Story {
	running := storyJob(1, wire.JobRunning, 40, "Nightly sync")
	ending := running
	ending.Stop, ending.StopReason = wire.JobCanceled, string(wire.JobCanceled)
	done, retry := storyJob(2, wire.JobDone, 90, "Claude of Ann"), storyJob(3, wire.JobPending, 0, "Claude of Ann")
	retry.RetryOf = done.ID
	stopped := storyJob(4, wire.JobStopped, 30, ui.Hostile[0])
	stopped.StopReason, stopped.MaxCredits, stopped.Kind, stopped.Refresh = enrich.KeyLimit, new(int64(50)), wire.KindAccount, true
	canceled := storyJob(5, wire.JobCanceled, 10, ui.Hostile[1]+" and a long name that goes on and on")
	odd := storyJob(6, wire.JobStopped, 5, "")
	odd.StopReason = ui.Hostile[2]
	story := func(name string, p ui.Page) ui.Story { return ui.Story{Name: "jobs/" + name, Page: p} }
	page := func(j job, items []wire.JobItem) jobView {
		return jobView{Job: j, Items: items, Names: storyRecords(), Here: jobPath(j.ID, "", "")}
	}
	full := page(done, storyItems())
	full.Retries, full.More = []enrich.Job{retry.Job}, jobPath(done.ID, "", "next")
	failed := page(odd, nil)
	failed.Outcome = enrich.Missed
	return []ui.Story{
		story("empty", listView{}.page()), story("none-in-state", listView{State: wire.JobRunning}.page()),
		story("list", listView{Jobs: []job{retry, running, ending, done, stopped, canceled, odd}, Older: listPath("", "x")}.page()),
		story("running", page(running, storyItems()[:2]).page()), story("ending", page(ending, storyItems()).page()),
		story("done", full.page()), story("stopped", page(stopped, storyItems()).page()), story("retry", page(retry, nil).page()),
		story("odd", failed.page()),
		story("price", retryView{Job: stopped, Outcome: enrich.Failed, Records: 4, Price: wire.Price{Most: 12}, Left: 3_200}.page()),
		story("price-rest", retryView{Job: canceled, Outcome: enrich.Skipped, Records: 90, Price: wire.Price{Most: 360}, Left: 40}.page()),
	}
}

func storyJob(n int, state wire.JobState, done int64, key string) job {
	j := job{KeyName: key, Job: enrich.Job{ID: fmt.Sprintf("0198c7a2-7d1f-7000-8000-%012d", n), KeyID: fmt.Sprintf("%08d", n), Kind: wire.KindLead, Total: 100,
		State: state, CreatedAt: storyTime.Add(-time.Duration(n) * time.Hour), Enriched: done * 6 / 10, Missed: done * 3 / 10, Failed: done / 10, CreditsUsed: done * 2}}
	if state.Final() {
		j.FinishedAt = j.CreatedAt.Add(17 * time.Minute)
	}
	return j
}

func storyRecords() map[string]string {
	return map[string]string{"r1": "Ada Lovelace", "r2": ui.Hostile[3], "r3": "A person with a name that is much longer than names are wont to be"}
}

func storyItems() []wire.JobItem {
	return []wire.JobItem{
		{RecordID: "r1", Outcome: enrich.Enriched, CreditsUsed: 3, Values: map[string]wire.Found{
			"work_email": {Value: wire.Value(`"ada@example.com"`), Source: "pattern"}, "phone": {TriedProviders: []string{"acme"}}, "tech_stack": {Value: wire.Value(`["Go","SQLite"]`), Source: "website"}}},
		{RecordID: "r2", Outcome: enrich.Enriched, CreditsUsed: 1, Values: map[string]wire.Found{"linkedin_url": {Value: wire.Value(`"<script>alert(9)</script>"`), Source: ui.Hostile[4]}}},
		{RecordID: "r3", Outcome: enrich.Missed, Values: map[string]wire.Found{"phone": {TriedProviders: []string{"acme"}}}},
		{RecordID: "0198c7a2-7d1f-7000-8000-0000000000ff", Outcome: enrich.Failed, Error: &wire.ItemError{Code: fault.NotFound, Detail: "There is no such lead any more, or the id is of another record_type."}},
		{RecordID: "r5", Outcome: enrich.Skipped}, {RecordID: "r6", Outcome: enrich.Pending},
	}
}
