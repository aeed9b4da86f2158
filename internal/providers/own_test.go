package providers_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/providers"
	"github.com/unstuckengine/unstuck/internal/providers/judge"
	"github.com/unstuckengine/unstuck/internal/providers/reference"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// postman takes mail for every domain.
type postman struct{ nobody }

func (postman) TakesMail(context.Context, string) (bool, error) { return true, nil }

// quiet stands for a website that says nothing.
type quiet struct{}

func (quiet) Lookup(context.Context, enrich.Subject, []enrich.Field) ([]enrich.Answer, error) {
	return nil, nil
}

// TestWithoutAnybodyOutside enriches people from what the workspace has: a file, colleagues, and other records. What was guessed for one is no
// evidence for the next.
func TestWithoutAnybodyOutside(t *testing.T) {
	w := setup(t)
	planner := providers.New(providers.Config{Store: w.db, Settings: w.settings, Mail: postman{}, Website: quiet{}, RDAP: quiet{}, DNS: quiet{}, Client: nobody{}})
	service := enrich.New(enrich.Config{Store: w.db, Credits: credits.New(w.db), Plan: planner.Plan, Judge: judge.New(judge.Config{Mail: postman{}}),
		Failed: func(_, provider string, err error) { t.Errorf("%s failed: %v", provider, err) }})
	const in = "https://www.linkedin.com/in/"
	storetest.MustAccounts(t, w.db, w.ws, wire.Account{Domain: "acme.com", CountryCode: "US"})
	storetest.MustLeads(t, w.db, w.ws,
		wire.Lead{Name: "Ann Lee", FirstName: "Ann", LastName: "Lee", WorkEmail: "ann.lee@acme.com", CompanyDomain: "acme.com"},
		wire.Lead{Name: "Bob Stone", FirstName: "Bob", LastName: "Stone", WorkEmail: "bob.stone@acme.com", CompanyDomain: "acme.com"},
		wire.Lead{Name: "Jane Doe", FirstName: "Jane", LastName: "Doe", LinkedInURL: in + "jane", CompanyDomain: "acme.com"},
		wire.Lead{Name: "Joe Roe", FirstName: "Joe", LastName: "Roe", LinkedInURL: in + "joe", CompanyDomain: "acme.com"})
	w.file("people", reference.LinkedInURL, "linkedin_url,phone\nlinkedin.com/in/jane,(415) 555-2671\n")
	enriched := func(who string) wire.Enriched {
		t.Helper()
		out, err := service.Record(context.Background(), enrich.Caller{WorkspaceID: w.ws, Actor: activity.KeyActor("0000000a", "agent")}, wire.EnrichRecord{Hint: wire.Hint{LinkedInURL: in + who}})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	shown := func(f wire.Found) string {
		if f.Confidence == nil {
			return fmt.Sprintf("%v %v", f.TriedProviders, f.Problem)
		}
		return fmt.Sprintf("%s %s %.2f", f.Value, f.Source, *f.Confidence)
	}
	jane := enriched("jane")
	for ch, want := range map[wire.Channel]string{wire.WorkEmail: `"jane.doe@acme.com" pattern 0.34`, wire.Phone: `"+14155552671" reference:people 0.80`, wire.PersonalEmail: "[workspace] "} {
		if got := shown(jane.Channels[ch]); got != want {
			t.Errorf("Jane's %s: %s, want %s", ch, got, want)
		}
	}
	if jane.CreditsUsed != 3 {
		t.Errorf("Jane cost %d credits, want the file's 3", jane.CreditsUsed)
	}
	if again := enriched("jane"); again.CreditsUsed != 0 || shown(again.Channels[wire.WorkEmail]) != `"jane.doe@acme.com" pattern 0.34` {
		t.Errorf("Jane again: %+v", again)
	}
	joe := enriched("joe")
	if got := shown(joe.Channels[wire.WorkEmail]); got != `"joe.roe@acme.com" pattern 0.34` {
		t.Errorf("Joe's work email: %s, want the confidence of the two that are known", got)
	}
}
