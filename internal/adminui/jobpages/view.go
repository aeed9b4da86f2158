package jobpages

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// job is a job with the name of its key.
type job struct {
	enrich.Job
	KeyName string
}

type listView struct {
	State wire.JobState
	Jobs  []job
	Older string // path of the next page; "" on the last
}

func (v listView) page() ui.Page {
	return ui.Page{Title: "Jobs", Lead: "Enrichment of many records in the background.", Body: listPage(v)}
}

type jobView struct {
	Job     job
	Outcome string // shown alone; "" for all
	Items   []wire.JobItem
	Names   map[string]string // of records, by id
	Retries []enrich.Job
	Here    string // path of the page itself
	More    string // path of the next page of records; "" on the last
}

func (v jobView) page() ui.Page {
	return ui.Page{Title: "Job of " + v.Job.CreatedAt.UTC().Format("2006-01-02 15:04") + " UTC", Body: jobPage(v)}
}

type retryView struct {
	Job     job
	Outcome string
	Records int64
	Price   wire.Price
	Left    int64
}

func (v retryView) page() ui.Page {
	title := "Retry what failed"
	if v.Outcome == enrich.Skipped {
		title = "Go on with the rest"
	}
	return ui.Page{Title: title, Lead: "A new job over these records alone, in the same order and by the same API key.", Body: retryPage(v)}
}

var states = []wire.JobState{wire.JobPending, wire.JobRunning, wire.JobDone, wire.JobStopped, wire.JobCanceled}

func stateOf(s string) wire.JobState {
	if slices.Contains(states, wire.JobState(s)) {
		return wire.JobState(s)
	}
	return ""
}

// outcomes are those of records, in the order of the page.
var outcomes = []string{enrich.Enriched, enrich.Missed, enrich.Failed, enrich.Skipped, enrich.Pending}

func outcomeOf(s string) string {
	if slices.Contains(outcomes, s) {
		return s
	}
	return ""
}

// count is how many records of the job have the outcome.
func (j job) count(outcome string) int64 {
	switch outcome {
	case enrich.Enriched:
		return j.Enriched
	case enrich.Missed:
		return j.Missed
	case enrich.Failed:
		return j.Failed
	case "":
		return j.Total
	}
	if (outcome == enrich.Skipped) != j.State.Final() {
		return 0
	}
	return j.Total - j.done()
}

// done is how many records are done with.
func (j job) done() int64 { return j.Enriched + j.Missed + j.Failed }

// word says where the job stands, and how to mark it.
func (j job) word() (word, tone string) {
	switch {
	case j.Stop != "" && !j.State.Final():
		return "Ending", "warn"
	case j.State == wire.JobPending:
		return "Waiting", ""
	case j.State == wire.JobRunning:
		return "Running", ""
	case j.State == wire.JobDone:
		return "Done", "good"
	case j.State == wire.JobCanceled:
		return "Canceled", "warn"
	}
	return "Stopped", "bad"
}

// reason says why the job ended before its end; "" when it did not.
func (j job) reason() string {
	switch j.StopReason {
	case "":
		return ""
	case string(wire.JobCanceled):
		return "Somebody canceled it."
	case "max_credits":
		return "It reached the bound of credits that was set for it."
	case enrich.KeyLimit:
		return "Its API key has spent its own limit of this month. Wait for the next month, or use a key with a higher limit."
	case string(fault.CreditsExhausted):
		return "The credits of the workspace did not last. Top up, or wait for the next grant."
	case string(fault.KeyRevoked):
		return "Its API key was revoked."
	case string(fault.KeyExpired):
		return "Its API key expired."
	case string(fault.FeatureNotAllowed):
		return "The plan of the workspace does not include API keys any more."
	}
	return "It was stopped: " + j.StopReason + "."
}

// key is what people call the key of the job.
func (j job) key() string { return cmp.Or(j.KeyName, "Unknown key") }

// kinds says what the job is over.
func (j job) kinds() string {
	if j.Kind == wire.KindAccount {
		return "companies"
	}
	return "people"
}

// wants says what is looked for.
func (j job) wants() string {
	if j.Kind == wire.KindAccount {
		return "company facts"
	}
	var names []string
	for _, f := range j.channels() {
		names = append(names, plain(string(f)))
	}
	return strings.Join(names, ", ")
}

func (j job) channels() []wire.Channel {
	if len(j.Channels) > 0 {
		return j.Channels
	}
	return wire.Channels()
}

// plain is a word of the wire as people read it.
func plain(word string) string {
	return strings.NewReplacer("linkedin_url", "LinkedIn URL", "hq_", "", "_usd", " in USD", "_", " ").Replace(word)
}

func records(n int64) string {
	if n == 1 {
		return "1 record"
	}
	return ui.Number(n) + " records"
}

func listPath(state wire.JobState, before string) string {
	return withQuery(Path, "state", string(state), "before", before)
}

func jobPath(id, outcome, from string) string {
	return withQuery(Path+"/"+url.PathEscape(id), "outcome", outcome, "from", from)
}

// withQuery adds the pairs of a name and a value that is not empty.
func withQuery(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}
