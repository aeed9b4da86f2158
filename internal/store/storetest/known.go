package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/providers/known"
	"github.com/unstuckengine/unstuck/internal/providers/pattern"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var knownCases = []Case{
	{"a person's other records are found by each hint", knownPeople},
	{"colleagues' addresses are those at the domain", knownEmails},
	{"people's records name their company", knownNames},
	{"a guess is no evidence and stays as uncertain as it was", knownGuesses},
}

func knownPeople(t *testing.T, db *store.DB) {
	w, other := MustWorkspace(t, db, "a"), MustWorkspace(t, db, "b")
	MustAccounts(t, db, w.ID, wire.Account{Domain: "acme.com"})
	const in = "https://www.linkedin.com/in/"
	out := MustLeads(t, db, w.ID,
		wire.Lead{Name: "Jane Doe", CompanyDomain: "acme.com", ExternalID: "1"},
		wire.Lead{Name: "jane DOE", Phone: "+1", CompanyDomain: "acme.com", ExternalID: "2", WorkEmail: "j@acme.com"},
		wire.Lead{Name: "J. D.", FirstName: "Jané", LastName: "Doe", Phone: "+2", CompanyDomain: "acme.com", ExternalID: "3", LinkedInURL: in + "jane"},
		wire.Lead{Name: "Jane Doe", Phone: "+3", ExternalID: "4", PersonalEmail: "jane@gmail.com"})
	MustLeads(t, db, other.ID, wire.Lead{Name: "Jane Doe", Phone: "+9", WorkEmail: "j@acme.com", LinkedInURL: in + "jane"})
	ask := func(p known.Person) (out []string) {
		t.Helper()
		list, err := db.Sightings(context.Background(), w.ID, p, known.MaxSightings)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list {
			out = append(out, fmt.Sprintf("%d%s", s.By, s.Values[enrich.Phone].Text))
		}
		return out
	}
	mustPush(t, db, w.ID, visit(func(s *wire.PushSignal) { s.Identity = wire.Identity{Email: "j@acme.com", LinkedInURL: in + "j"} }))
	for _, c := range []struct {
		hints known.Person
		want  []string // the match and the number, in any order: the records are of one age
	}{
		{known.Person{}, nil},
		{known.Person{Email: "j@acme.com"}, []string{"1+1"}},
		{known.Person{Email: "jane@gmail.com", LinkedInURL: in + "jane"}, []string{"1+3", "2+2"}},
		{known.Person{Email: "j@acme.com", RecordID: out[1].ID}, []string{"3"}}, // the signal
		{known.Person{FirstName: "JANE", LastName: "Doe", Domain: "acme.com", RecordID: out[2].ID}, []string{"4", "4+1"}},
		{known.Person{FirstName: "Jane", LastName: "Doe", Domain: "other.com"}, nil},
		{known.Person{FirstName: "Jane", LastName: "Doe"}, nil},
	} {
		got := ask(c.hints)
		slices.Sort(got)
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%+v (-want +got):\n%s", c.hints, d)
		}
	}
	list, err := db.Sightings(context.Background(), w.ID, known.Person{RecordID: out[1].ID}, known.MaxSightings)
	if err != nil || len(list) != 1 || list[0].By != known.ByOwnSignal || list[0].Values[enrich.WorkEmail].Text != "j@acme.com" || list[0].Values[enrich.LinkedInURL].Text != in+"j" {
		t.Errorf("its own signals say %+v, %v", list, err)
	}
}

func knownEmails(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	MustAccounts(t, db, w.ID, wire.Account{Domain: "acme.com"}, wire.Account{Domain: "other.com"})
	out := MustLeads(t, db, w.ID,
		wire.Lead{FirstName: "Ann", LastName: "Lee", Name: "Ann Lee", WorkEmail: "ann.lee@acme.com", CompanyDomain: "acme.com"},
		wire.Lead{Name: "Bob Stone", WorkEmail: "bob@acme.com.evil.com", CompanyDomain: "acme.com"},
		wire.Lead{Name: "Cy Young", WorkEmail: "cy@notacme.com", CompanyDomain: "acme.com"},
		wire.Lead{Name: "Di Fox", WorkEmail: "di.fox@acme.com", CompanyDomain: "other.com"},
		wire.Lead{Name: "Ed Gale", PersonalEmail: "ed@acme.com", CompanyDomain: "acme.com", ExternalID: "5"})
	want := []pattern.Person{{FirstName: "Ann", LastName: "Lee", Name: "Ann Lee", Email: "ann.lee@acme.com"}}
	got, err := db.KnownEmails(context.Background(), w.ID, "acme.com", "", pattern.MaxKnown)
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	if got, err := db.KnownEmails(context.Background(), w.ID, "acme.com", out[0].ID, pattern.MaxKnown); err != nil || len(got) != 0 {
		t.Errorf("but for the record itself: %v, %v", got, err)
	}
	if got, err := db.KnownEmails(context.Background(), MustWorkspace(t, db, "b").ID, "acme.com", "", pattern.MaxKnown); err != nil || len(got) != 0 {
		t.Errorf("another workspace knows %v, %v", got, err)
	}
}

func knownNames(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	MustAccounts(t, db, w.ID, wire.Account{Domain: "acme.com"})
	MustLeads(t, db, w.ID,
		wire.Lead{Name: "A", Company: "Acme", CompanyDomain: "acme.com"}, wire.Lead{Name: "B", Company: "Acme", CompanyDomain: "acme.com", ExternalID: "2"},
		wire.Lead{Name: "C", Company: "ACME Inc.", CompanyDomain: "acme.com"}, wire.Lead{Name: "D", Company: "Other", ExternalID: "3"}, wire.Lead{Name: "E", CompanyDomain: "acme.com", ExternalID: "4"})
	got, err := db.CompanyNames(context.Background(), w.ID, "acme.com", known.MaxSightings)
	if d := cmp.Diff([]known.CompanyName{{Name: "Acme", Leads: 2}, {Name: "ACME Inc.", Leads: 1}}, got); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
}

func knownGuesses(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	MustAccounts(t, db, w.ID, wire.Account{Domain: "acme.com"})
	out := MustLeads(t, db, w.ID,
		wire.Lead{Name: "Ann Lee", WorkEmail: "ann.lee@acme.com", CompanyDomain: "acme.com", Phone: "+1"},
		wire.Lead{Name: "Bob Stone", WorkEmail: "bob.stone@acme.com", CompanyDomain: "acme.com"},
		wire.Lead{Name: "Cy Young", WorkEmail: "cy.young@acme.com", CompanyDomain: "acme.com"})
	for i, source := range []string{"acme_data", pattern.Source, known.Source} {
		value := `"` + []string{"ann.lee", "bob.stone", "cy.young"}[i] + `@acme.com"`
		err := db.KeepTraces(context.Background(), w.ID, out[i].ID, map[enrich.Field]enrich.Trace{
			enrich.WorkEmail: {Value: json.RawMessage(value), Source: source, Confidence: 0.5, FoundAt: Epoch, Tried: []string{source}, AskedAt: Epoch}})
		if err != nil {
			t.Fatal(err)
		}
	}
	got, err := db.KnownEmails(context.Background(), w.ID, "acme.com", "", pattern.MaxKnown)
	if err != nil || len(got) != 1 || got[0].Name != "Ann Lee" {
		t.Errorf("the evidence is %v, %v", got, err)
	}
	list, err := db.Sightings(context.Background(), w.ID, known.Person{Email: "ann.lee@acme.com"}, known.MaxSightings)
	want := map[enrich.Field]known.Value{enrich.WorkEmail: {Text: "ann.lee@acme.com", Confidence: 0.5}, enrich.Phone: {Text: "+1", Confidence: 1}}
	if err != nil || len(list) != 1 || !cmp.Equal(want, list[0].Values) {
		t.Errorf("sighted %+v, %v", list, err)
	}
}
