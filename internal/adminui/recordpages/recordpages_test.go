package recordpages_test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/recordpages"
	"github.com/unstuckengine/unstuck/internal/adminui/uitest"
	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

const evil = `<script>alert(1)</script>`

type world struct {
	*uitest.World
	*uitest.Server
	search *search.Service
}

func setup(t *testing.T) world {
	t.Helper()
	w := uitest.NewWorld(t)
	s := search.New(w.DB)
	t.Cleanup(s.Close)
	return world{w, uitest.Serve(t, w.W, recordpages.New(s)), s}
}

// load imports lines into a workspace.
func (w world) load(t *testing.T, of workspaces.Workspace, kind wire.ImportKind, lines ...string) {
	t.Helper()
	src := ingest.Source{Kind: kind, Name: "lines", Reader: strings.NewReader(strings.Join(lines, "\n"))}
	report, err := ingest.New(w.DB, settings.New(w.DB, nil).RegisterSignalTypes).Import(context.Background(), of.ID, activity.OperatorActor("root"), ingest.Options{RegisterTypes: true}, src)
	if err != nil || report.Rejected > 0 {
		t.Fatalf("%v: %+v", err, report.Report)
	}
}

// id returns the id of the record that the hint names.
func (w world) id(t *testing.T, of workspaces.Workspace, hint wire.GetRecord) string {
	t.Helper()
	r, err := w.search.Record(context.Background(), of.ID, hint)
	if err != nil {
		t.Fatal(err)
	}
	if r.Account != nil {
		return r.Account.ID
	}
	return r.Lead.ID
}

// sample has hostile texts in every field that takes texts.
func (w world) sample(t *testing.T) {
	t.Helper()
	w.load(t, w.W, wire.ImportAccounts, `{"id":"acc-1","domain":"acme.example","name":"Acme `+evil+`","aliases":["`+evil+`"],"website":"javascript:alert(1)","industry":"`+evil+`","tags":["`+evil+`"],`+
		`"description":"`+evil+`","city":"`+evil+`","custom":{"`+evil+`":"`+evil+`"},"owner_of_it":"`+evil+`"}`, `{"domain":"beta.example","name":"Beta Steel","website":"https://beta.example/"}`)
	w.load(t, w.W, wire.ImportLeads, `{"id":"lead-1","name":"Ann `+evil+`","title":"`+evil+`","email":"ann@acme.example","company_domain":"acme.example","handle":"github:ann","linkedin_url":"https://www.linkedin.com/in/ann"}`,
		`{"name":"Bob Builder","email":"bob@beta.example","company_domain":"beta.example"}`)
	w.load(t, w.W, wire.ImportSignals, `{"type":"my_visit","source":"`+evil+`","occurred_at":"2026-01-02T03:04:05Z","company_domain":"acme.example","title":"`+evil+`","person_email":"ann@acme.example"}`)
}

func TestRoles(t *testing.T) {
	w := setup(t)
	w.sample(t)
	path := recordpages.Path + "/" + w.id(t, w.W, wire.GetRecord{Domain: "acme.example"})
	w.Roles(map[string]workspaces.Role{recordpages.Path: workspaces.Viewer, path: workspaces.Viewer, path + "/signals": workspaces.Viewer})
	if _, body := w.Anonymous().Get(path); strings.Contains(body, "acme.example") {
		t.Error("a stranger sees a record")
	}
}

// TestLookUp types what people type and looks where it leads.
func TestLookUp(t *testing.T) {
	w := setup(t)
	b := w.As(workspaces.Viewer)
	if _, body := b.Get(recordpages.Path); !strings.Contains(body, "No records yet") {
		t.Error("an empty workspace is not explained")
	}
	w.sample(t)
	acme, ann := w.id(t, w.W, wire.GetRecord{Domain: "acme.example"}), w.id(t, w.W, wire.GetRecord{Email: "ann@acme.example"})
	for q, want := range map[string]string{
		"acme.example": acme, "https://WWW.Acme.example/about": acme, acme: acme, " ANN@acme.example ": ann, "linkedin.com/in/ANN/": ann, "@ann": ann, "github:Ann": ann, ann: ann,
	} {
		res, err := b.Client.Get(w.URL + recordpages.Path + "?q=" + url.QueryEscape(q))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := res.Request.URL.Path; res.StatusCode != http.StatusOK || got != recordpages.Path+"/"+want {
			t.Errorf("%q leads to %s (%d), want %s", q, got, res.StatusCode, want)
		}
	}
	for q, want := range map[string][]string{
		"bilder": {"Bob Builder"}, "beta": {"Beta Steel"}, "acc-1": {"Exactly", "Acme"}, "ann": {"Exactly", "Ann"}, "": {"Beta Steel", "Bob Builder", "Companies (2)", "People (2)"}, "nobody-at-all": {"Nothing found"},
		"!!!": {"Nothing found"}, evil + " words": {"Nothing found"}, "nobody@nowhere.example": {"Nothing found"},
	} {
		status, body := b.Get(recordpages.Path + "?q=" + url.QueryEscape(q))
		for _, text := range want {
			if status != http.StatusOK || !strings.Contains(body, text) || strings.Contains(body, evil) {
				t.Errorf("%q: %d without %q", q, status, text)
			}
		}
	}
	if status, body := b.Get(recordpages.Path + "?q=" + strings.Repeat("a", 500)); status != http.StatusUnprocessableEntity || !strings.Contains(body, "at most 400 bytes") {
		t.Errorf("a long query: %d", status)
	}
	if status, _ := b.Get(recordpages.Path + "?accounts=nonsense"); status != http.StatusBadRequest {
		t.Errorf("a cursor that is none: %d", status)
	}
}

func TestRecord(t *testing.T) {
	w := setup(t)
	w.sample(t)
	b := w.As(workspaces.Viewer)
	acme, ann, beta := w.id(t, w.W, wire.GetRecord{Domain: "acme.example"}), w.id(t, w.W, wire.GetRecord{Email: "ann@acme.example"}), w.id(t, w.W, wire.GetRecord{Domain: "beta.example"})
	for path, want := range map[string][]string{
		"/" + acme:              {"acme.example", "External ID", "acc-1", "my_visit", "People (1)", "/" + ann, "custom: "},
		"/" + ann:               {"Work email", "ann@acme.example", "github:ann", `href="https://www.linkedin.com/in/ann"`, "/" + acme, "my_visit"},
		"/" + beta:              {`href="https://beta.example/"`, "None yet"},
		"/" + acme + "/signals": {"my_visit", "1 in all"}, "/" + ann + "/signals": {"my_visit"}, "/" + beta + "/signals": {"None."},
	} {
		status, body := b.Get(recordpages.Path + path)
		if status != http.StatusOK || strings.Contains(body, evil) || strings.Contains(body, `href="javascript`) || strings.Contains(body, "about:invalid") {
			t.Errorf("%s: %d, or a text of it is markup", path, status)
		}
		for _, text := range want {
			if !strings.Contains(body, text) {
				t.Errorf("%s lacks %q", path, text)
			}
		}
	}
}

func TestOtherWorkspaces(t *testing.T) {
	w := setup(t)
	w.load(t, w.Other, wire.ImportAccounts, `{"domain":"foreign.example","name":"Foreign"}`)
	id := w.id(t, w.Other, wire.GetRecord{Domain: "foreign.example"})
	b := w.As(workspaces.Admin)
	for path, want := range map[string]int{"/" + id: 404, "/" + id + "/signals": 404, "/nonsense": 404, "?q=foreign.example": 200, "?q=foreign": 200} {
		if status, body := b.Get(recordpages.Path + path); status != want || strings.Contains(body, "Foreign") {
			t.Errorf("%s: %d", path, status)
		}
	}
}

var nextLink = regexp.MustCompile(`<a href="([^"]*)" rel="next">More (\w+)`)

// TestPages walks through lists that are longer than a page and meets each record once.
func TestPages(t *testing.T) {
	w := setup(t)
	var companies, people, events []string
	for i := range 60 {
		companies = append(companies, fmt.Sprintf(`{"domain":"c%02d.example","name":"Company %02d"}`, i, i))
		people = append(people, fmt.Sprintf(`{"name":"Person %02d","email":"p%02d@c00.example","company_domain":"c00.example"}`, i, i))
		events = append(events, fmt.Sprintf(`{"type":"visit","source":"web","occurred_at":"2026-01-02T03:04:%02dZ","company_domain":"c00.example","title":"Event %02d"}`, i, i))
	}
	w.load(t, w.W, wire.ImportAccounts, companies...)
	w.load(t, w.W, wire.ImportLeads, people...)
	w.load(t, w.W, wire.ImportSignals, events...)
	b := w.As(workspaces.Viewer)
	record := recordpages.Path + "/" + w.id(t, w.W, wire.GetRecord{Domain: "c00.example"})
	for _, c := range []struct{ path, what, each string }{
		{recordpages.Path + "?q=company", "companies", `>Company \d\d</a></th>`}, {recordpages.Path, "people", `>Person \d\d</a></th>`},
		{record, "people", `>Person \d\d</a></th>`}, {record + "/signals", "signals", `<td>Event \d\d</td>`},
	} {
		seen, each := map[string]int{}, regexp.MustCompile(c.each)
		for path, pages := c.path, 0; path != "" && pages < 4; pages++ {
			_, body := b.Get(path)
			path = ""
			for _, hit := range each.FindAllString(body, -1) {
				seen[hit]++
			}
			for _, m := range nextLink.FindAllStringSubmatch(body, -1) {
				if m[2] == c.what {
					path = html.UnescapeString(m[1])
				}
			}
		}
		twice := 0
		for _, n := range seen {
			twice += n - 1
		}
		if len(seen) != 60 || twice != 0 {
			t.Errorf("%s: %d %s, %d of them again", c.path, len(seen), c.what, twice)
		}
	}
}

// enriched answers with one record, as if providers had filled it.
type enriched struct {
	recordpages.Search
	record wire.Record
}

func (e enriched) Record(context.Context, string, wire.GetRecord) (wire.Record, error) {
	return e.record, nil
}

func TestProvenance(t *testing.T) {
	w := setup(t)
	at := time.Date(2026, 3, 4, 5, 6, 0, 0, time.UTC)
	lead := wire.Lead{ID: "0190163d-8694-739b-aea5-966c26f8ad92", Name: "Ann", WorkEmail: "ann@acme.example", Title: "CTO"}
	from := map[string]wire.Provenance{"work_email": {Source: evil, Confidence: 0.625, EnrichedAt: at}, "pager": {Value: wire.Value(`"555"`), Source: "crm", Confidence: 1, EnrichedAt: at}}
	s := uitest.Serve(t, w.W, recordpages.New(enriched{w.search, wire.Record{Lead: &lead, Enrichment: from}}))
	_, body := s.As(workspaces.Viewer).Get(recordpages.Path + "/" + lead.ID)
	body = strings.Join(strings.Fields(body), " ")
	when := `<td><time datetime="2026-03-04T05:06:00Z"`
	for _, row := range []string{
		`<th scope="row">Work email</th><td>ann@acme.example</td><td>` + html.EscapeString(evil) + `</td><td class="num">63 %</td>` + when,
		`<th scope="row">Pager</th><td>555</td><td>crm</td><td class="num">100 %</td>` + when, `<th scope="row">Title</th><td>CTO</td><td></td>`,
	} {
		if !strings.Contains(body, row) {
			t.Errorf("no row %s in\n%s", row, body)
		}
	}
}
