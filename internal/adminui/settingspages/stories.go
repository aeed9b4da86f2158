package settingspages

import (
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/wire"
)

const evil = `<script>alert(1)</script>`

func stories() []ui.Story {
	page := func(name, title string, p ui.Page) ui.Story {
		p.Title = title
		return ui.Story{Name: "settings/" + name, Page: p}
	}
	out := []ui.Story{}
	for name, v := range inNameOrder(overviewStories()) {
		out = append(out, page(name, "Settings", ui.Page{Body: overviewPage(v)}))
	}
	for name, v := range inNameOrder(providerStories()) {
		out = append(out, page(name, "Provider", ui.Page{Body: providerPage(v.options())}))
	}
	for name, v := range inNameOrder(creditsStories()) {
		out = append(out, page(name, "Credits", ui.Page{Body: creditsPage(v)}))
	}
	set := documentView{Version: 3, Now: indented(canned().Enrichment)}
	refused := documentView{Version: 3, Now: set.Now, Patch: `{"overage": "` + evil + `"}`, Problems: forms.Problems{Alert: "Not saved: enrichment.overage must be a policy.", Status: http.StatusUnprocessableEntity}}
	return append(out, page("json", "Settings as JSON", ui.Page{Body: documentPage(set)}), page("json-refused", "Settings as JSON", ui.Page{Body: documentPage(refused)}))
}

// inNameOrder goes through the stories in one order.
func inNameOrder[V any](stories map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, name := range slices.Sorted(maps.Keys(stories)) {
			if !yield(name, stories[name]) {
				return
			}
		}
	}
}

// canned are settings with a provider whose texts are hostile and long.
func canned() wire.Settings {
	at, on, off, cost, confidence, wait := time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC), true, false, int64(3), 0.5, int64(10_000)
	return wire.Settings{Version: 3, UpdatedAt: &at, Enrichment: wire.EnrichmentSettings{
		Overage: string(credits.TopUpOnly), Order: map[string][]string{"work_email": {"workspace", "acme"}, "phone": {}, "account": {"workspace", "website"}},
		Providers: map[string]wire.ProviderSettings{
			"acme": {Kind: "http", Enabled: &on, URL: "https://api.acme.example/find?e={email}", Method: "GET", Headers: map[string]string{"X-Team": evil}, SecretSet: &on,
				SecretHeader: "Authorization", SecretPrefix: "Bearer ", Response: "{work_email: .email}", Fields: []string{"work_email", "phone"}, Cost: &cost, Confidence: &confidence, TimeoutMS: &wait},
			strings.Repeat("long_", 8): {Kind: "http", Enabled: &off, URL: "https://" + strings.Repeat("long.", 30) + "example/", Fields: []string{"industry"}, Cost: &cost},
		},
	}}
}

func overviewStories() map[string]overview {
	s := canned()
	defaults := wire.Settings{Enrichment: wire.EnrichmentSettings{Overage: "top_up_only", Order: map[string][]string{"work_email": {"workspace", "reference"}, "account": {"workspace"}}}}
	refused := begin(3, general(s))
	refused.Fields = sheet{overageField: "pause", "order.work_email": evil, "order.phone": "acme", "order.account": ""}
	refused.Problems = forms.Problems{Alert: "Not saved. Correct what is marked below and send it again.", Fields: map[string]string{"order.work_email": "must be a provider that is built in or set up: workspace, acme"}, Status: http.StatusUnprocessableEntity}
	conflict := begin(2, sheet{overageField: "pause", "order.work_email": "workspace"})
	conflict.Fields = sheet{overageField: "pause", "order.work_email": "acme"}
	conflict.Problems = forms.Problems{Alert: meanwhile, Status: http.StatusConflict}
	return map[string]overview{
		"defaults": overviewOf(defaults, begin(0, general(defaults))), "full": overviewOf(s, begin(3, general(s))),
		"refused": overviewOf(s, refused), "conflict": overviewOf(s, conflict.rebase(3, general(s))),
	}
}

func providerStories() map[string]providerView {
	s := canned()
	own := s.Enrichment.Providers["acme"]
	refused := viewOf(s, "acme", own, begin(3, providerSheet(own)))
	refused.Edit.Problems = forms.Problems{Alert: "Not saved. Correct what is marked below and send it again.", Status: http.StatusUnprocessableEntity, Fields: map[string]string{
		"url": "must be an https URL with a host", "headers": "carries secrets", "secret": "must be given again", "response": "is not a jq program that runs here", "fields": "must name at least one field", "confirm": "Type acme to confirm."}}
	return map[string]providerView{
		"provider": viewOf(s, "acme", own, begin(3, providerSheet(own))), "provider-new": {Edit: begin(3, blank())}, "provider-refused": refused,
	}
}

func creditsStories() map[string]creditsView {
	at := time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC)
	b := credits.Balance{Left: 1234, Held: 5, Bucket: 1000, TopUp: 234, Monthly: 10_000, ResetsAt: at.AddDate(0, 1, 0), Overage: credits.TopUpOnly}
	rows := []credits.Entry{
		{ID: "3", At: at, Kind: credits.Charged, Amount: -3, Provider: evil, Field: "work_email", RecordID: "0190163d-8694-739b-aea5-966c26f8ad91", JobID: "0190163d-8694-739b-aea5-966c26f8ad92", KeyID: "a1b2c3d4"},
		{ID: "2", At: at, Kind: credits.ToppedUp, Amount: 1_000_000}, {ID: "1", At: at, Kind: credits.Granted, Amount: 10_000},
	}
	wrong := forms.Problems{Fields: map[string]string{"amount": "must be a whole number"}, Status: http.StatusUnprocessableEntity}
	return map[string]creditsView{
		"credits-empty":   {Balance: b, Kinds: kindOptions(""), First: true, TopsUp: true, Once: "o"},
		"credits-full":    {Balance: b, Rows: rows, Kinds: kindOptions(credits.Charged), Older: CreditsPath + "?before=1", First: true, TopsUp: true, Once: "o"},
		"credits-refused": {Balance: b, Rows: rows, Kinds: kindOptions(""), First: true, TopsUp: true, Once: "o", Amount: evil, Problems: wrong},
		"credits-manager": {Balance: b, Rows: rows, Kinds: kindOptions(""), First: true},
		"credits-end":     {Balance: b, Kinds: kindOptions("")},
	}
}
