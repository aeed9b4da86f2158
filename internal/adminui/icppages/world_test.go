package icppages_test

import (
	"context"
	"testing"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/icppages"
	"github.com/unstuckengine/unstuck/internal/adminui/uitest"
	"github.com/unstuckengine/unstuck/internal/insights"
	"github.com/unstuckengine/unstuck/internal/qualify"
	"github.com/unstuckengine/unstuck/internal/sealing"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

const (
	evil = `<script>alert(1)</script>`
	base = icppages.Path
	saas = base + "/icps/saas"
)

// world is the pages over a real store.
type world struct {
	*uitest.World
	*uitest.Server
	t        *testing.T
	settings *settings.Service
	search   *search.Service
	qualify  *qualify.Service
}

func setup(t *testing.T) world {
	t.Helper()
	w := uitest.NewWorld(t)
	out := world{World: w, t: t, settings: settings.New(w.DB, sealing.New(w.Ring)), search: search.New(w.DB).WithTexts(0)}
	out.qualify = qualify.New(qualify.Config{Store: w.DB, Settings: func(ctx context.Context, workspaceID string) (int64, []qualify.ICP, error) {
		s, err := out.settings.Scoring(ctx, workspaceID)
		return s.Version, s.ICPs, err
	}})
	out.Server = uitest.Serve(t, w.W, icppages.New(icppages.Config{
		Settings: out.settings, Search: out.search, Insights: insights.New(w.DB, out.search.Resolve).Insights, Qualify: out.qualify, Held: w.DB.Held, Jobs: w.DB.QualificationJobs}))
	return out
}

func (w world) get() wire.Settings {
	w.t.Helper()
	s, err := w.settings.Get(context.Background(), w.W.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// set changes the settings as somebody else would.
func (w world) set(in wire.UpdateSettings) {
	w.t.Helper()
	if _, err := w.settings.Update(context.Background(), w.W.ID, activity.PersonActor("bob@example.com"), in); err != nil {
		w.t.Fatal(err)
	}
}

// icps sets the section of that name.
func (w world) icps(text string) { w.set(wire.UpdateSettings{ICPs: []byte(text)}) }

const filled = `{"saas": {"name": "Software", "parameters": [
	{"name": "In Europe", "mode": "filter", "condition": {"field": "country_code", "op": "in", "value": ["DE", "FR"]}},
	{"name": "Large", "mode": "score", "weight": 3, "condition": {"field": "employee_count", "op": "gte", "value": 100}},
	{"name": "Known", "mode": "score", "weight": 1, "condition": {"field": "industry", "op": "present"}},
	{"name": "Partners", "mode": "exclude", "condition": {"field": "tags", "op": "any_of", "value": ["partner"]}}],
	"personas": {"cto": {"name": "Chief", "parameters": [{"name": "Title", "mode": "filter", "condition": {"field": "title", "op": "word", "value": "cto"}}]}}}}`

// companies fills the workspace with three, of which two pass the filters of the ICP above, and their people.
func (w world) companies() {
	w.t.Helper()
	large, small := int64(500), int64(5)
	for _, a := range []wire.Account{
		{Domain: "large.example", Name: "Large " + evil, CountryCode: "DE", EmployeeCount: &large}, {Domain: "small.example", Name: "Small", CountryCode: "FR", EmployeeCount: &small, Industry: "Software"},
		{Domain: "partner.example", Name: "Partner", CountryCode: "DE", Tags: []string{"Partner"}}, {Domain: "far.example", Name: "Far", CountryCode: "US"},
	} {
		storetest.MustAccounts(w.t, w.DB, w.W.ID, a)
	}
	storetest.MustLeads(w.t, w.DB, w.W.ID, wire.Lead{Name: "Ada", Title: "CTO", WorkEmail: "ada@large.example", CompanyDomain: "large.example"},
		wire.Lead{Name: "Bob", Title: "CTO", WorkEmail: "bob@far.example", CompanyDomain: "far.example"})
}
