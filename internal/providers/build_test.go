package providers_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/outbound"
	"github.com/unstuckengine/unstuck/internal/providers"
	"github.com/unstuckengine/unstuck/internal/providers/domaindns"
	"github.com/unstuckengine/unstuck/internal/providers/known"
	"github.com/unstuckengine/unstuck/internal/providers/pattern"
	"github.com/unstuckengine/unstuck/internal/providers/rdap"
	"github.com/unstuckengine/unstuck/internal/providers/reference"
	"github.com/unstuckengine/unstuck/internal/providers/website"
	"github.com/unstuckengine/unstuck/internal/sealing"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var admin = activity.PersonActor("ann@example.com")

// nobody stands for the internet, which a plan does not ask.
type nobody struct{}

func (nobody) Lookup(context.Context, enrich.Subject, []enrich.Field) ([]enrich.Answer, error) {
	return nil, errors.New("asked")
}
func (nobody) TakesMail(context.Context, string) (bool, error) { return false, errors.New("asked") }
func (nobody) Do(context.Context, *http.Request, outbound.Limit) (*outbound.Answer, error) {
	return nil, errors.New("asked")
}

type world struct {
	t        *testing.T
	ws       string
	db       *store.DB
	settings *settings.Service
	planner  *providers.Planner
}

func setup(t *testing.T) world {
	t.Helper()
	db, err := store.Open(context.Background(), store.Config{DataDir: t.TempDir(), Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	ring, err := keys.NewKeyring(keys.Pepper{KID: 1, Secret: []byte(strings.Repeat("a", keys.MinPepper))})
	if err != nil {
		t.Fatal(err)
	}
	service := settings.New(db, sealing.New(ring))
	planner := providers.New(providers.Config{Store: db, Settings: service, Mail: nobody{}, Website: nobody{}, RDAP: nobody{}, DNS: nobody{}, Client: nobody{}})
	return world{t, storetest.MustWorkspace(t, db, "acme").ID, db, service, planner}
}

func (w world) set(section string) {
	w.t.Helper()
	if _, err := w.settings.Update(context.Background(), w.ws, admin, wire.UpdateSettings{Enrichment: json.RawMessage(section)}); err != nil {
		w.t.Fatalf("%s: %v", section, err)
	}
}

func (w world) file(name string, k reference.Key, csv string) {
	w.t.Helper()
	_, err := reference.New(w.db).Add(context.Background(), w.ws, admin, reference.Spec{Name: name, Key: k, Confidence: 0.8, Cost: 3}, reference.CSV, strings.NewReader(csv))
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w world) plan() enrich.Plan {
	w.t.Helper()
	plan, err := w.planner.Plan(context.Background(), w.ws)
	if err != nil {
		w.t.Fatal(err)
	}
	return plan
}

// order is who is asked for a field.
func order(p enrich.Plan, f enrich.Field) string {
	var names []string
	for _, e := range p[f] {
		names = append(names, e.Name)
	}
	return strings.Join(names, " ")
}

func (w world) check(title string, want map[enrich.Field]string) {
	w.t.Helper()
	p, got := w.plan(), map[enrich.Field]string{}
	for f := range want {
		got[f] = order(p, f)
	}
	if d := cmp.Diff(want, got); d != "" {
		w.t.Errorf("%s (-want +got):\n%s", title, d)
	}
}

func TestPlans(t *testing.T) {
	w := setup(t)
	w.check("by default", map[enrich.Field]string{
		enrich.WorkEmail: "workspace website pattern", enrich.PersonalEmail: "workspace", enrich.Phone: "workspace", enrich.LinkedInURL: "workspace",
		enrich.Name: "workspace website rdap", enrich.HQCountry: "website rdap", enrich.TechStack: "website dns", enrich.Industry: "", enrich.TotalRaisedUSD: "",
	})
	w.file("b-people", reference.Email, "email,phone,work_email\njane@gmail.com,+14155552671,jane@acme.com\n")
	w.file("a_firms", reference.Domain, "domain,industry,name\nacme.com,Anvils,Acme\n")
	w.check("with files", map[enrich.Field]string{
		enrich.WorkEmail: "workspace reference:b-people website pattern", enrich.Phone: "workspace reference:b-people", enrich.LinkedInURL: "workspace",
		enrich.Industry: "reference:a_firms", enrich.Name: "workspace reference:a_firms website rdap",
	})
	w.set(`{"providers":{"acme":{"kind":"http","url":"https://api.acme.example/{email}","response":".","fields":["work_email","phone","industry"],"cost":2,"timeout_ms":1500},
		"other":{"kind":"http","url":"https://api.other.example/{email}","response":".","fields":["phone"],"cost":5,"enabled":false}},
		"order":{"work_email":["acme","pattern","reference:b-people","reference"],"phone":["other","acme","workspace"],"linkedin_url":[],"account":["acme","dns"],"name":["reference:a_firms"]}}`)
	w.check("as set", map[enrich.Field]string{
		enrich.WorkEmail: "acme pattern reference:b-people", enrich.Phone: "acme workspace", enrich.LinkedInURL: "", enrich.PersonalEmail: "workspace",
		enrich.Industry: "acme", enrich.TechStack: "dns", enrich.Name: "reference:a_firms",
	})
	p := w.plan()
	if e := p[enrich.WorkEmail][0]; e.Cost != 2 || e.Timeout.Milliseconds() != 1500 || e.Provider == nil {
		t.Errorf("entry %+v", e)
	}
	if e := p[enrich.WorkEmail][2]; e.Cost != 3 || !slices.Equal(e.Fields, []enrich.Field{enrich.WorkEmail, enrich.Phone}) {
		t.Errorf("entry %+v", e)
	}
	if err := reference.New(w.db).Remove(context.Background(), w.ws, admin, "b-people"); err != nil {
		t.Fatal(err)
	}
	w.check("after a file went", map[enrich.Field]string{enrich.WorkEmail: "acme pattern"})
	if _, err := w.planner.Plan(context.Background(), "nowhere"); err == nil {
		t.Error("a workspace that is not there has a plan")
	}
}

// TestOneNameEach holds the names that settings list to those that providers give their values.
func TestOneNameEach(t *testing.T) {
	for a, b := range map[string]string{known.Source: settings.Workspace, pattern.Source: settings.Pattern, website.Source: settings.Website, rdap.Source: settings.RDAP,
		domaindns.Source: settings.DNS, reference.Prefix: settings.ReferencePrefix} {
		if a != b {
			t.Errorf("%q is called %q in settings", a, b)
		}
	}
	w := setup(t)
	var named []string
	for _, entries := range w.plan() {
		for _, e := range entries {
			if e.Cost != 0 || e.Timeout <= 0 {
				t.Errorf("entry %+v", e)
			}
			named = append(named, e.Name)
		}
	}
	for _, name := range settings.Builtins() {
		if !slices.Contains(named, name) && name != settings.Reference {
			t.Errorf("%s is asked for nothing", name)
		}
	}
}

// TestABrokenProviderIsSeen lets one that cannot be made fail alone.
func TestABrokenProviderIsSeen(t *testing.T) {
	p := providers.New(providers.Config{Settings: odd{}, Store: setup(t).db, Mail: nobody{}, Website: nobody{}, RDAP: nobody{}, DNS: nobody{}, Client: nobody{}})
	plan, err := p.Plan(context.Background(), "w")
	if err != nil || order(plan, enrich.Phone) != "odd workspace" {
		t.Fatalf("plan %v, %v", plan, err)
	}
	if _, err := plan[enrich.Phone][0].Provider.Lookup(context.Background(), enrich.Subject{}, nil); err == nil {
		t.Error("a provider with a program that is none answers")
	}
}

type odd struct{}

func (odd) Enrichment(context.Context, string) (settings.Enrichment, error) {
	return settings.Enrichment{Order: map[enrich.Field][]string{enrich.Phone: {"odd", "workspace", "gone"}},
		Providers: map[string]settings.HTTPProvider{"odd": {Response: "{{", Fields: []enrich.Field{enrich.Phone}}}}, nil
}
