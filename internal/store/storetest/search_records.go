package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var lookupCases = []Case{
	{"a record is found by any hint in any spelling", lookupHints},
	{"an account comes before a lead", lookupAmbiguous},
	{"a record shows its newest signals and counts all", lookupSignals},
	{"every field comes back as it was stored", lookupFields},
}

func lookup(t testing.TB, db *store.DB, workspaceID string, in wire.GetRecord) string {
	t.Helper()
	r, err := search.New(db).Record(context.Background(), workspaceID, in)
	switch {
	case fault.CodeOf(err) == fault.NotFound:
		return "none"
	case err != nil:
		t.Fatalf("Record(%+v): %v", in, err)
	case r.Account != nil:
		return r.Account.ExternalID
	}
	return r.Lead.ExternalID
}

func lookupHints(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	company := MustAccounts(t, db, w.ID, wire.Account{Domain: "xn--bcher-kva.de", ExternalID: "co"})[0]
	person := MustLeads(t, db, w.ID, wire.Lead{ExternalID: "pe", Name: "Ann", WorkEmail: "ann@a.com", PersonalEmail: "ann@home.org",
		LinkedInURL: "https://www.linkedin.com/in/ann", Handle: "github:Ann-X"})[0]
	for _, c := range []struct {
		in   wire.GetRecord
		want string
	}{
		{wire.GetRecord{ID: company.ID}, "co"}, {wire.GetRecord{ID: person.ID}, "pe"}, {wire.GetRecord{ID: "nothing"}, "none"},
		{wire.GetRecord{ExternalID: "co"}, "co"}, {wire.GetRecord{ExternalID: "pe"}, "pe"}, {wire.GetRecord{ExternalID: "PE"}, "none"},
		{wire.GetRecord{Domain: "HTTPS://www.Bücher.DE:443/x"}, "co"}, {wire.GetRecord{Domain: "other.de"}, "none"},
		{wire.GetRecord{Email: " ANN@A.com"}, "pe"}, {wire.GetRecord{Email: "ann@HOME.org"}, "pe"}, {wire.GetRecord{Email: "bob@a.com"}, "none"},
		{wire.GetRecord{LinkedInURL: "de.linkedin.com/in/Ann/?x=1"}, "pe"}, {wire.GetRecord{LinkedInURL: "linkedin.com/company/ann"}, "none"},
		{wire.GetRecord{Handle: "ann-x"}, "pe"}, {wire.GetRecord{Handle: "@ANN-X"}, "pe"}, {wire.GetRecord{Handle: "github:ann-x"}, "pe"}, {wire.GetRecord{Handle: "x:ann-x"}, "none"},
	} {
		if got := lookup(t, db, w.ID, c.in); got != c.want {
			t.Errorf("%+v found %s, want %s", c.in, got, c.want)
		}
	}
}

func lookupAmbiguous(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	MustAccounts(t, db, w.ID, wire.Account{Domain: "a.com", ExternalID: "same", Name: "Company"})
	MustLeads(t, db, w.ID, wire.Lead{ExternalID: "same", Name: "Person"})
	r, err := search.New(db).Record(context.Background(), w.ID, wire.GetRecord{ExternalID: "same"})
	if err != nil || r.Account == nil || r.Account.Name != "Company" {
		t.Errorf("same external id: %+v, %v", r, err)
	}
}

func lookupSignals(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	MustLeads(t, db, w.ID, wire.Lead{ExternalID: "pe", WorkEmail: "ann@acme.com", Name: "Ann"})
	MustAccounts(t, db, w.ID, wire.Account{Domain: "quiet.com"})
	for i := range 13 {
		mustPush(t, db, w.ID, visit(func(s *wire.PushSignal) {
			s.ExternalID, s.OccurredAt = fmt.Sprintf("s%02d", i), Epoch.Add(time.Duration(i-3)*24*time.Hour)
			if i%2 == 0 {
				s.Identity.Email = "ann@acme.com"
			}
			if i%4 == 0 {
				s.SignalType = "content_download"
			}
		}))
	}
	for _, c := range []struct {
		in    wire.GetRecord
		types map[string]int
		want  []string
	}{
		{wire.GetRecord{Domain: "acme.com"}, map[string]int{"content_download": 4, "website_visit": 9}, []string{"s12", "s11", "s10", "s09", "s08", "s07", "s06", "s05", "s04", "s03"}},
		{wire.GetRecord{Email: "ann@acme.com"}, map[string]int{"content_download": 4, "website_visit": 3}, []string{"s12", "s10", "s08", "s06", "s04", "s02", "s00"}},
		{wire.GetRecord{Domain: "quiet.com"}, nil, nil},
	} {
		r, err := search.New(db).Record(context.Background(), w.ID, c.in)
		wantCode(t, "record", err, "")
		var got []string
		for _, s := range r.RecentSignals {
			got = append(got, s.ExternalID)
		}
		if d := gocmp.Diff(c.want, got); d != "" || r.SignalCount != c.types["content_download"]+c.types["website_visit"] {
			t.Errorf("%+v has %d signals (-want +got):\n%s", c.in, r.SignalCount, d)
		}
		if d := gocmp.Diff(c.types, r.SignalsByType); d != "" {
			t.Errorf("%+v by type (-want +got):\n%s", c.in, d)
		}
	}
}

func lookupFields(t *testing.T, db *store.DB) {
	w, s := MustWorkspace(t, db, "a"), search.New(db)
	account := wire.Account{
		ExternalID: "co", Domain: "acme.com", Name: "Acmé", Aliases: []string{"ACME", "The A"}, Website: "https://acme.com", Industry: "Machinery", Sector: "Industrials",
		Size: "small", EmployeesText: "about 50", EmployeeCount: year(50), RevenueBand: "1-10M", MarketCap: "micro", Ownership: "public", Symbol: "ACM",
		FoundedYear: year(1999), Country: "Germany", CountryCode: "DE", State: "Bayern", City: "Fürth", LocationText: "south", Tags: []string{"B2B", "a"},
		Description: "Makes \"things\"…", TechStack: []string{"Go"}, FundingStage: "seed", LastFundingDate: "2020-01-02", TotalRaisedUSD: year(0), ICPCode: "icp1",
		ICPScore: year(100), EngagementStage: "Hot", Custom: json.RawMessage(`{"a":{"b":[1,null]}}`), Sources: []string{"x"},
	}
	yes := true
	lead := wire.Lead{
		ExternalID: "pe", Name: "Ann O", FirstName: "Ann", LastName: "O", Title: "CTO", Seniority: "executive", Department: "Engineering", Company: "Acme Inc",
		CompanyDomain: "acme.com", WorkEmail: "ann@acme.com", PersonalEmail: "a@b.org", Phone: "+1", LinkedInURL: "https://www.linkedin.com/in/ann", Handle: "github:Ann",
		CountryCode: "US", State: "CA", City: "LA", ICPCode: "i", ICPScore: year(1), PersonaCode: "p", PersonaScore: year(2), EngagementStage: "Cool", Source: "list",
		Synthetic: &yes, Custom: json.RawMessage(`{"x":1}`),
	}
	company := MustAccounts(t, db, w.ID, account)[0]
	person := MustLeads(t, db, w.ID, lead)[0]
	got, err := s.Record(context.Background(), w.ID, wire.GetRecord{ID: company.ID})
	wantCode(t, "account", err, "")
	account.ID, account.CreatedAt, account.UpdatedAt = company.ID, got.Account.CreatedAt, got.Account.UpdatedAt
	if d := gocmp.Diff(&account, got.Account); d != "" || account.CreatedAt == nil || account.UpdatedAt == nil {
		t.Errorf("account differs (-in +out):\n%s", d)
	}
	got, err = s.Record(context.Background(), w.ID, wire.GetRecord{ID: person.ID})
	wantCode(t, "lead", err, "")
	lead.ID, lead.CreatedAt, lead.UpdatedAt = person.ID, got.Lead.CreatedAt, got.Lead.UpdatedAt
	lead.Account = &wire.AccountRef{ID: company.ID, ExternalID: "co", Domain: "acme.com", Name: "Acmé"}
	if d := gocmp.Diff(&lead, got.Lead); d != "" {
		t.Errorf("lead differs (-in +out):\n%s", d)
	}
	pushed, _ := mustPush(t, db, w.ID, visit(func(p *wire.PushSignal) {
		p.ExternalID, p.EventName, p.Title, p.Context = "sg", "Pricing", "Visited", json.RawMessage(`{"page":"/p"}`)
		p.Identity = wire.Identity{Email: "ann@acme.com", Handle: "github:ann", CompanyDomain: "acme.com", FirstName: "Ann", LastName: "O", Title: "CTO"}
	}))
	page, err := s.Signals(context.Background(), w.ID, wire.ListSignals{})
	wantCode(t, "signals", err, "")
	signal := wire.Signal{
		ID: pushed.SignalCaptureID, ExternalID: "sg", SignalType: "website_visit", Source: "site", OccurredAt: Epoch, EventName: "Pricing", Title: "Visited",
		Account: lead.Account, Lead: &wire.LeadRef{ID: person.ID, ExternalID: "pe", Name: "Ann O"}, Context: json.RawMessage(`{"page":"/p"}`),
		Identity:  &wire.Identity{Email: "ann@acme.com", Handle: "github:ann", CompanyDomain: "acme.com", FirstName: "Ann", LastName: "O", Title: "CTO"},
		CreatedAt: page.Items[0].CreatedAt,
	}
	if d := gocmp.Diff([]wire.Signal{signal}, page.Items); d != "" || signal.CreatedAt == nil {
		t.Errorf("signal differs (-in +out):\n%s", d)
	}
}
