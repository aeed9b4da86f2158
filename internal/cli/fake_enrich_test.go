package cli_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// enriches serves enrichment and settings.
func (a *fakeAPI) enriches(mux *http.ServeMux) {
	mux.HandleFunc("POST /v1/enrichment", a.keyed(a.enrich))
	mux.HandleFunc("POST /v1/enrichment/discover", a.keyed(a.enrich))
	mux.HandleFunc("POST /v1/enrichment/account", a.keyed(a.enrichAccount))
	mux.HandleFunc("POST /v1/enrichment/bulk", a.keyed(a.bulk))
	mux.HandleFunc("GET /v1/enrichment/jobs/{id}", a.keyed(a.job))
	mux.HandleFunc("POST /v1/enrichment/jobs/{id}/cancel", a.keyed(func(r *http.Request, _ []byte) (any, *fault.Error) {
		return a.jobNow(r.PathValue("id"), wire.JobCanceled), nil
	}))
	mux.HandleFunc("GET /v1/settings", a.keyed(func(*http.Request, []byte) (any, *fault.Error) {
		return wire.Settings{Version: 3, Enrichment: wire.EnrichmentSettings{Overage: "pause", Order: map[string][]string{"phone": {"workspace", "acme"}}}}, nil
	}))
	mux.HandleFunc("PATCH /v1/settings", a.keyed(func(*http.Request, []byte) (any, *fault.Error) {
		return wire.Settings{Version: 4, Enrichment: wire.EnrichmentSettings{Overage: "top_up_only"},
			SignalTypes: map[string]wire.SignalTypeSettings{"release": {Enabled: ptr(false)}, "demo_viewed": {Enabled: ptr(true)}},
			ICPs: map[string]wire.ICPSettings{"saas": {Parameters: []wire.ParameterSettings{{Name: "in Germany", Mode: wire.ModeFilter,
				Condition: json.RawMessage(`{"field":"country_code","op":"eq","value":"DE"}`)}}}}}, nil
	}))
}

// enrich has a telephone number, written by somebody who is not to be trusted, for everybody but the poor.
func (a *fakeAPI) enrich(_ *http.Request, body []byte) (any, *fault.Error) {
	var in struct {
		wire.EnrichRecord
		FirstName, LastName string
	}
	_ = json.Unmarshal(body, &in)
	if strings.HasPrefix(in.Who().Email, "poor@") {
		return nil, fault.New(fault.CreditsExhausted, "The call may cost 8 credits and 3 are left. Nothing was charged.")
	}
	at, sure := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), 0.9
	out := wire.Enriched{RecordID: ptr("l-1"), Bill: wire.Bill{CreditsUsed: 2, CreditsBalance: 98}, Channels: map[wire.Channel]wire.Found{
		wire.Phone:     {Value: wire.Value(`"+49 30 \u001b[31m123456\u202e"`), Source: "acme", Confidence: &sure, EnrichedAt: &at},
		wire.WorkEmail: {TriedProviders: []string{"workspace", "pattern"}},
	}}
	if in.DryRun {
		out.Channels = map[wire.Channel]wire.Found{}
		out.Bill = wire.Bill{CreditsBalance: 98, Quote: &wire.Price{Most: 8}}
	}
	return out, nil
}

func (a *fakeAPI) enrichAccount(*http.Request, []byte) (any, *fault.Error) {
	return wire.EnrichedAccount{AccountID: ptr("a-1"), Bill: wire.Bill{CreditsBalance: 98}, Fields: map[string]wire.Found{
		"employee_count": {Value: wire.Value(`120`), Source: "website"}, "tech_stack": {Value: wire.Value(`["nginx","React"]`), Source: "dns"}}}, nil
}

// bulk makes a job of four records, which is one further at each look.
func (a *fakeAPI) bulk(_ *http.Request, body []byte) (any, *fault.Error) {
	var in wire.EnrichRecords
	_ = json.Unmarshal(body, &in)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.done = 0
	if in.DryRun {
		return wire.EnrichmentJob{State: wire.JobPending, RecordType: wire.KindLead, Total: 4, Remaining: 4, Bill: wire.Bill{CreditsBalance: 98, Quote: &wire.Price{Least: 8, Most: 8}}}, nil
	}
	return a.jobState("j-1", wire.JobPending), nil
}

func (a *fakeAPI) jobNow(id string, state wire.JobState) wire.EnrichmentJob {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.jobState(id, state)
}

func (a *fakeAPI) jobState(id string, state wire.JobState) wire.EnrichmentJob {
	return wire.EnrichmentJob{ID: id, State: state, RecordType: wire.KindLead, Total: 4, Enriched: a.done, Remaining: 4 - a.done,
		Bill: wire.Bill{CreditsUsed: 2 * a.done, CreditsBalance: 98 - 2*a.done}}
}

func (a *fakeAPI) job(r *http.Request, _ []byte) (any, *fault.Error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	id := r.PathValue("id")
	if id == "nobody" {
		return nil, fault.New(fault.NotFound, fault.NotFound.Detail())
	}
	state := wire.JobRunning
	if a.done += 2; a.done >= 4 {
		a.done, state = 4, wire.JobDone
	}
	job := a.jobState(id, state)
	if reason := map[string]string{"broke": "credits_exhausted", "limited": "key_limit"}[id]; reason != "" {
		job.State, job.StopReason = wire.JobStopped, reason
	}
	sure := 0.5
	job.Items = []wire.JobItem{
		{RecordID: "l-1", Outcome: "enriched", CreditsUsed: 2, Values: map[string]wire.Found{"phone": {Value: wire.Value(`"+4930123456"`), Source: "acme", Confidence: &sure}}},
		{RecordID: "l-2", Outcome: "failed", Error: &wire.ItemError{Code: fault.NotFound, Detail: "gone"}},
	}
	switch q := r.URL.Query(); {
	case id == "empty" || q.Get("limit") == "0":
		job.Items = nil
	case q.Get("cursor") != "":
		job.Items = job.Items[1:]
	case q.Get("limit") != "": // whoever wants all of it, page by page
		job.Items, job.NextCursor = job.Items[:1], ptr("more")
	}
	return job, nil
}
