package enrich_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var (
	channels = enrich.ChannelFields()
	timeless = cmpopts.IgnoreFields(wire.Found{}, "EnrichedAt")
)

func value(json string) wire.Found { return wire.Found{Value: wire.Value(json)} }

func confident(f wire.Found, source string, c float64) wire.Found {
	f.Source, f.Confidence = source, &c
	return f
}

// TestOnlyWhoDeliversIsPaid is the example of the product: A for 1 credit misses, B for 2 delivers.
func TestOnlyWhoDeliversIsPaid(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a, b := misses(), delivers(map[enrich.Field]string{enrich.Phone: `"+4930123456"`, enrich.LinkedInURL: `"linkedin.com/in/Jane"`})
		w.plan = planFor(channels, entry("a", 1, a), entry("b", 2, b))
		out := w.record(t, byEmail("Jane@Acme.com", wire.Phone, wire.WorkEmail))
		want := wire.Enriched{RecordID: out.RecordID, Channels: map[wire.Channel]wire.Found{
			wire.Phone: confident(value(`"+4930123456"`), "b", 0.8), wire.WorkEmail: {Value: wire.Value(`"jane@acme.com"`), Source: "workspace"},
		}, Bill: wire.Bill{CreditsUsed: 2, CreditsBalance: 8}}
		if d := cmp.Diff(want, out, timeless); d != "" || out.RecordID == nil {
			t.Errorf("the answer differs (-want +got):\n%s", d)
		}
		if a.asked.Load() != 1 || b.asked.Load() != 1 {
			t.Errorf("asked a %d and b %d times", a.asked.Load(), b.asked.Load())
		}
		sum, rows := w.spent(t)
		if sum != 2 || len(rows) != 1 || rows[0].Provider != "b" || rows[0].Field != "phone" || rows[0].RecordID != *out.RecordID {
			t.Errorf("the ledger charges %d: %+v", sum, rows)
		}
		again := w.record(t, byEmail("jane@acme.com", wire.Phone))
		if d := cmp.Diff(want.Channels[wire.Phone], again.Channels[wire.Phone], timeless); d != "" || again.CreditsUsed != 0 || b.asked.Load() != 1 {
			t.Errorf("asked again, %d credits, b asked %d times: %s", again.CreditsUsed, b.asked.Load(), d)
		}
		if got := again.Channels[wire.Phone].EnrichedAt; got == nil || !got.Equal(*out.Channels[wire.Phone].EnrichedAt) {
			t.Errorf("enriched at %v, then %v", out.Channels[wire.Phone].EnrichedAt, got)
		}
	})
}

func TestAMissCostsNothingAndSaysWhoWasAsked(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.plan = planFor(channels, entry("a", 1, misses()), entry("b", 2, fails(errors.New("down"))), entry("c", 3, fails(enrich.ErrUnfit)))
		out := w.record(t, byEmail("jane@gmail.com"))
		miss := wire.Found{Value: wire.Value("null"), TriedProviders: []string{"a", "b", "c"}, Problem: enrich.ProblemFailed}
		want := map[wire.Channel]wire.Found{wire.WorkEmail: miss, wire.Phone: miss, wire.LinkedInURL: miss, wire.PersonalEmail: {Value: wire.Value(`"jane@gmail.com"`), Source: "workspace"}}
		if d := cmp.Diff(want, out.Channels); d != "" || out.CreditsUsed != 0 || out.CreditsBalance != 10 {
			t.Errorf("used %d of 10, left %d; channels differ (-want +got):\n%s", out.CreditsUsed, out.CreditsBalance, d)
		}
		if sum, _ := w.spent(t); sum != 0 {
			t.Errorf("charged %d for misses", sum)
		}
	})
}

func TestCreditsThatDoNotSuffice(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		p := delivers(map[enrich.Field]string{enrich.Phone: `"+4930123456"`})
		w.plan = planFor(channels, entry("dear", 11, p))
		_, err := w.service.Record(context.Background(), w.caller, byEmail("jane@acme.com", wire.Phone))
		wantCode(t, "a call that may cost 11 of 10", err, fault.CreditsExhausted)
		if sum, _ := w.spent(t); sum != 0 || p.asked.Load() != 0 {
			t.Errorf("charged %d, asked %d times", sum, p.asked.Load())
		}
		if found, err := db.EnrichableByID(context.Background(), w.caller.WorkspaceID, wire.KindLead, nil); err != nil || len(found) != 0 {
			t.Errorf("made %d leads, %v", len(found), err)
		}
	})
}

func TestRefreshReplacesAndAMissLeavesTheOld(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.plan = planFor(channels, entry("a", 1, delivers(map[enrich.Field]string{enrich.Phone: `"+4930111111"`})))
		in := byEmail("jane@acme.com", wire.Phone)
		w.record(t, in)
		in.Refresh = true
		w.plan = planFor(channels, entry("b", 2, delivers(map[enrich.Field]string{enrich.Phone: `"+4930222222"`})))
		out := w.record(t, in)
		if d := cmp.Diff(confident(value(`"+4930222222"`), "b", 0.8), out.Channels[wire.Phone], timeless); d != "" || out.CreditsUsed != 2 {
			t.Errorf("refreshed for %d: %s", out.CreditsUsed, d)
		}
		w.plan = planFor(channels, entry("c", 3, misses()))
		out = w.record(t, in)
		want := confident(value(`"+4930222222"`), "b", 0.8)
		want.TriedProviders = []string{"c"}
		if d := cmp.Diff(want, out.Channels[wire.Phone], timeless); d != "" || out.CreditsUsed != 0 {
			t.Errorf("a refresh that missed, for %d: %s", out.CreditsUsed, d)
		}
		lead, err := db.EnrichableByID(context.Background(), w.caller.WorkspaceID, wire.KindLead, []string{*out.RecordID})
		if err != nil || len(lead) != 1 || lead[0].Lead.Phone != "+4930222222" {
			t.Errorf("the lead is %+v, %v", lead, err)
		}
	})
}

func TestAMissOfNobodySaysSo(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.plan = enrich.Plan{}
		in := byEmail("jane@acme.com", wire.Phone)
		for _, in.DryRun = range []bool{true, false} {
			want := wire.Found{Value: wire.Value("null"), TriedProviders: []string{}}
			if d := cmp.Diff(want, w.record(t, in).Channels[wire.Phone]); d != "" {
				t.Errorf("dry run %t: %s", in.DryRun, d)
			}
		}
	})
}

func TestAnAccountGetsItsFacts(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		storetest.MustAccounts(t, db, w.caller.WorkspaceID, wire.Account{Domain: "acme.com", Name: "Acme"})
		p := delivers(map[enrich.Field]string{
			enrich.Name: `"Other"`, enrich.Description: `"Makes\nanvils"`, enrich.EmployeeCount: `120`, enrich.HQCountry: `"Germany"`, enrich.TechStack: `["Go","Go","SQLite"]`,
			enrich.FoundedYear: `"1999"`, enrich.TotalRaisedUSD: `-5`, enrich.LastFundingDate: `"2024-13-01"`, enrich.FundingStage: `null`, enrich.HQCity: `"Bonn"`,
		})
		w.plan = planFor(enrich.AccountFields(), entry("reg", 1, p))
		if _, err := credits.New(db).TopUp(context.Background(), w.caller.Actor, w.caller.WorkspaceID, 20); err != nil {
			t.Fatal(err)
		}
		out, err := w.service.Account(context.Background(), w.caller, wire.EnrichAccount{Domain: "https://www.Acme.com/x"})
		if err != nil {
			t.Fatal(err)
		}
		miss := wire.Found{Value: wire.Value("null"), TriedProviders: []string{"reg"}}
		from := func(v string) wire.Found { return confident(value(v), "reg", 0.8) }
		want := map[string]wire.Found{
			"name": {Value: wire.Value(`"Acme"`), Source: "workspace"}, "description": from(`"Makes anvils"`), "employee_count": from(`120`), "hq_country": from(`"DE"`),
			"tech_stack": from(`["Go","SQLite"]`), "hq_city": from(`"Bonn"`), "industry": miss, "revenue_band": miss, "founded_year": miss, "funding_stage": miss,
			"last_funding_date": miss, "total_raised_usd": miss,
		}
		if d := cmp.Diff(want, out.Fields, timeless); d != "" || out.CreditsUsed != 5 || p.asked.Load() != 1 {
			t.Errorf("used %d, asked %d times; fields differ (-want +got):\n%s", out.CreditsUsed, p.asked.Load(), d)
		}
		got, err := db.EnrichableByID(context.Background(), w.caller.WorkspaceID, wire.KindAccount, []string{*out.AccountID})
		if err != nil || len(got) != 1 {
			t.Fatal(got, err)
		}
		if a := got[0].Account; a.Name != "Acme" || a.CountryCode != "DE" || a.Country != "Germany" || a.City != "Bonn" || *a.EmployeeCount != 120 || len(a.TechStack) != 2 {
			t.Errorf("the account is %+v", a)
		}
	})
}

func TestChannelsOfACompanyAreKept(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		p := delivers(map[enrich.Field]string{enrich.Phone: `"+4930123456"`, enrich.LinkedInURL: `"https://www.linkedin.com/company/acme"`})
		w.plan = planFor(channels, entry("site", 0, p))
		in := wire.EnrichRecord{IdentityHint: &wire.Hint{CompanyDomain: "acme.com"}}
		first, second := w.record(t, in), w.record(t, in)
		if d := cmp.Diff(first.Channels[wire.Phone], second.Channels[wire.Phone]); d != "" || first.Channels[wire.Phone].Source != "site" {
			t.Errorf("the phone was %+v, then %s", first.Channels[wire.Phone], d)
		}
		if *first.RecordID != *second.RecordID || p.asked.Load() != 2 || string(second.Channels[wire.LinkedInURL].Value) != `"https://www.linkedin.com/company/acme"` {
			t.Errorf("asked %d times, the second time for what was missing; %+v", p.asked.Load(), second)
		}
	})
}

func TestDiscoverMakesALeadOnlyWhenSomethingWasFound(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		in := wire.DiscoverContact{FirstName: "Jane", LastName: "Doe", CompanyDomain: "acme.com", Channels: []wire.Channel{wire.WorkEmail}}
		w.plan = planFor(channels, entry("a", 1, misses()))
		out, err := w.service.Discover(context.Background(), w.caller, in)
		if err != nil || out.RecordID != nil {
			t.Fatalf("a miss made %v, %v", out.RecordID, err)
		}
		w.plan = planFor(channels, entry("a", 1, delivers(map[enrich.Field]string{enrich.WorkEmail: `"jane.doe@acme.com"`})))
		out, err = w.service.Discover(context.Background(), w.caller, in)
		if err != nil || out.RecordID == nil {
			t.Fatalf("%+v, %v", out, err)
		}
		got, err := db.EnrichableByID(context.Background(), w.caller.WorkspaceID, wire.KindLead, []string{*out.RecordID})
		if err != nil || len(got) != 1 || got[0].Lead.Name != "Jane Doe" || got[0].Lead.WorkEmail != "jane.doe@acme.com" || got[0].Employer == nil || got[0].Employer.Domain != "acme.com" {
			t.Fatalf("the lead is %+v, %v", got, err)
		}
		again, err := w.service.Discover(context.Background(), w.caller, in)
		if err != nil || again.RecordID == nil || *again.RecordID != *out.RecordID || again.CreditsUsed != 0 {
			t.Errorf("the same person again: %+v, %v", again, err)
		}
		in.FirstName = "Janet" // known by the address that is found
		again, err = w.service.Discover(context.Background(), w.caller, in)
		if err != nil || again.RecordID == nil || *again.RecordID != *out.RecordID || again.CreditsUsed != 0 {
			t.Errorf("the same address under another name: %+v, %v", again, err)
		}
	})
}

func TestHintsAreRefusedByName(t *testing.T) {
	w := newWorld(t, open(t, store.Config{DataDir: t.TempDir()}))
	for _, c := range []struct {
		in   wire.EnrichRecord
		path string
	}{
		{byEmail("nobody"), "email"}, {wire.EnrichRecord{IdentityHint: &wire.Hint{CompanyDomain: "10.0.0.1"}}, "identity_hint.company_domain"},
		{wire.EnrichRecord{Hint: wire.Hint{LinkedInURL: "https://linkedin.com/company/acme"}}, "linkedin_url"},
	} {
		_, err := w.service.Record(context.Background(), w.caller, c.in)
		var f *fault.Error
		if !errors.As(err, &f) || f.Code != fault.ValidationFailed || len(f.Fields) != 1 || f.Fields[0].Path != c.path {
			t.Errorf("%s: %v", c.path, err)
		}
	}
}

func TestOneRowOfTheLogForEachChange(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.plan = planFor(channels, entry("a", 2, delivers(map[enrich.Field]string{enrich.Phone: `"+4930123456"`})))
		for range 3 { // the second and third change nothing
			w.record(t, byEmail("jane@acme.com", wire.Phone))
		}
		rows, err := db.ListActivity(context.Background(), w.caller.WorkspaceID, activity.Filter{Action: activity.RecordEnriched})
		if err != nil || len(rows) != 1 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		if d := cmp.Diff(map[string]string{"fields": "phone", "credits": "2", "made": "true"}, rows[0].Detail); d != "" || rows[0].ObjectType != activity.ObjectLead {
			t.Errorf("the row of %s: %s", rows[0].ObjectType, d)
		}
	})
}

// TestProvidersAreAskedWithAllThatIsKnown looks at what a provider is told of a lead that one hint finds and another adds to.
func TestProvidersAreAskedWithAllThatIsKnown(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		storetest.MustAccounts(t, db, w.caller.WorkspaceID, wire.Account{Domain: "acme.com", Name: "Acme", CountryCode: "DE"})
		id := storetest.MustLeads(t, db, w.caller.WorkspaceID, wire.Lead{Name: "Jane van Doe", Title: "CTO", WorkEmail: "jane@acme.com", CompanyDomain: "acme.com"})[0].ID
		var got enrich.Subject
		p := &provider{do: func(_ context.Context, s enrich.Subject, _ []enrich.Field) ([]enrich.Answer, error) {
			got = s
			return nil, nil
		}}
		w.plan = planFor([]enrich.Field{enrich.Phone}, entry("p", 0, p))
		w.record(t, wire.EnrichRecord{Hint: wire.Hint{Email: "jane@acme.com", LinkedInURL: "de.linkedin.com/in/Jane/"}})
		want := enrich.Subject{WorkspaceID: w.caller.WorkspaceID, Kind: wire.KindLead, RecordID: id, FirstName: "Jane", LastName: "Doe", Title: "CTO", Email: "jane@acme.com",
			LinkedInURL: "https://www.linkedin.com/in/jane", Domain: "acme.com", CompanyName: "Acme", CountryCode: "DE"}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("the subject differs (-want +got):\n%s", d)
		}
	})
}
