package recordpages

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/wire"
)

const evil = `<script>alert(1)</script>`

func stories() []ui.Story {
	a, l := canned()
	at := time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC)
	happened := []wire.Signal{
		{ID: "s1", SignalType: "website_visit", Source: evil, OccurredAt: at, Title: evil, Account: &wire.AccountRef{ID: a.ID, Domain: a.Domain, Name: a.Name}},
		{ID: "s2", SignalType: "reply", Source: "mail", OccurredAt: at, EventName: "second reply", Lead: &wire.LeadRef{ID: l.ID, Name: l.Name}},
	}
	account, _ := viewOf(wire.Record{Account: &a, SignalCount: 2, SignalsByType: map[string]int{"reply": 1, "website_visit": 1}, RecentSignals: happened,
		Enrichment: map[string]wire.Provenance{"industry": {Source: "website", Confidence: 0.8, EnrichedAt: at}, "phone": {Value: wire.Value(`"+49 30 1234567"`), Source: evil, Confidence: 0.5, EnrichedAt: at}}})
	account.Leads = list[wire.Lead]{Items: []wire.Lead{l}, Total: 40, More: Path + "/" + a.ID + "?leads=next"}
	bare, _ := viewOf(wire.Record{Account: &wire.Account{ID: a.ID, Domain: "bare.example"}})
	person, _ := viewOf(wire.Record{Lead: &l, Qualification: cannedFit(at), Enrichment: map[string]wire.Provenance{"work_email": {Source: "pattern", Confidence: 0.62, EnrichedAt: at}}})
	tooLong := forms.Problems{Alert: "Not saved. Correct what is marked below and send it again.", Fields: map[string]string{"query": "at most 400 bytes"}, Status: http.StatusUnprocessableEntity}
	found := findView{Query: evil, Exact: &wire.Record{Lead: &l}, Accounts: list[wire.Account]{Items: []wire.Account{a}, Total: 1200, More: Path + "?accounts=next", Truncated: true}, Leads: list[wire.Lead]{Items: []wire.Lead{l, {ID: "l2"}}, Total: 2}}
	find := func(name string, v findView) ui.Story {
		return ui.Story{Name: "records/" + name, Page: ui.Page{Title: "Records", Body: findPage(v)}}
	}
	one := func(name string, v recordView) ui.Story {
		return ui.Story{Name: "records/" + name, Page: ui.Page{Title: v.Title, Lead: v.lead(), Body: recordPage(v)}}
	}
	all := signalsView{Title: a.Name, ID: a.ID, Signals: list[wire.Signal]{Items: happened, Total: 80, More: Path + "/" + a.ID + "/signals?cursor=next"}}
	return []ui.Story{
		find("empty", findView{}), find("nothing-found", findView{Query: evil}), find("found", found), find("refused", findView{Query: strings.Repeat("long ", 100), Problems: tooLong}),
		one("account", account), one("account-bare", bare), one("lead", person),
		{Name: "records/signals", Page: ui.Page{Title: "Signals of " + a.Name, Body: signalsPage(all)}},
		{Name: "records/no-signals", Page: ui.Page{Title: "Signals of " + a.Name, Body: signalsPage(signalsView{Title: a.Name, ID: a.ID})}},
	}
}

// cannedFit is how a person fits, in words that are hostile.
func cannedFit(at time.Time) *wire.Breakdown {
	score, low, weight, points := int64(75), int64(20), int64(30), 37.5
	return &wire.Breakdown{SettingsVersion: 12, QualifiedAt: at,
		ICPs: []wire.Fit{{Code: "big", OutBy: evil}, {Code: "eu", Score: &score, Band: "good", Parameters: []wire.ParameterFit{
			{Name: evil, Mode: wire.ModeFilter, Held: true, Value: wire.Value(`"` + evil + `"`)},
			{Name: "hiring", Mode: wire.ModeScore, Held: true, Weight: &weight, Contribution: &points, Value: wire.Value(`{"city":"Berlin","tags":["a","b"]}`)},
			{Name: "a rival", Mode: wire.ModeExclude},
		}}},
		Personas: []wire.Fit{{Code: "cto", Score: &low, Band: "weak"}}}
}

// canned are records whose texts are hostile and long.
func canned() (wire.Account, wire.Lead) {
	at, employees := time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC), int64(1200)
	a := wire.Account{ID: "0190163d-8694-739b-aea5-966c26f8ad91", Domain: "acme.example", Name: "Acme " + evil, Website: "https://acme.example/", Industry: "Steel", EmployeeCount: &employees,
		Tags: []string{"a", evil}, Description: strings.Repeat("A long description. ", 30), Custom: json.RawMessage(`{"owner":"` + evil + `","<b>":1}`), CreatedAt: &at, UpdatedAt: &at}
	l := wire.Lead{ID: "0190163d-8694-739b-aea5-966c26f8ad92", Name: evil + strings.Repeat("long", 40), Title: "Head of " + evil, WorkEmail: "bob@acme.example", LinkedInURL: "https://www.linkedin.com/in/bob",
		Account: &wire.AccountRef{ID: a.ID, Domain: a.Domain, Name: a.Name}, CreatedAt: &at}
	return a, l
}
