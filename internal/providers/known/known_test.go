package known_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/providers/known"
)

// records is a store that answers whatever it is asked, and remembers the question.
type records struct {
	seen  []known.Sighting
	names []known.CompanyName
	err   error
	asked known.Person
}

func (r *records) Sightings(_ context.Context, _ string, p known.Person, _ int) ([]known.Sighting, error) {
	r.asked = p
	return r.seen, r.err
}

func (r *records) CompanyNames(context.Context, string, string, int) ([]known.CompanyName, error) {
	return r.names, r.err
}

func sighting(by known.Match, f enrich.Field, text string, confidence float64) known.Sighting {
	return known.Sighting{By: by, Values: map[enrich.Field]known.Value{f: {Text: text, Confidence: confidence}}}
}

func TestPeople(t *testing.T) {
	s := enrich.Subject{WorkspaceID: "w", RecordID: "r", FirstName: "Jane", LastName: "Doe", Email: "jane@acme.com", Domain: "acme.com"}
	for _, c := range []struct {
		title      string
		field      enrich.Field
		seen       []known.Sighting
		text       string
		confidence float64
	}{
		{"nobody", enrich.Phone, nil, "", 0},
		{"one by email", enrich.Phone, []known.Sighting{sighting(known.ByEmail, enrich.Phone, "+14155552671", 1)}, "+14155552671", 0.9},
		{"one of the same name", enrich.Phone, []known.Sighting{sighting(known.ByName, enrich.Phone, "+14155552671", 1)}, "+14155552671", 0.6},
		{"a guess stays a guess", enrich.WorkEmail, []known.Sighting{sighting(known.ByLinkedIn, enrich.WorkEmail, "jane.doe@acme.com", 0.4)}, "jane.doe@acme.com", 0.4},
		{"two against one", enrich.Phone, []known.Sighting{sighting(known.ByEmail, enrich.Phone, "+1", 1), sighting(known.ByName, enrich.Phone, "+2", 1),
			sighting(known.ByEmail, enrich.Phone, "+2", 1)}, "+2", 0.6},
		{"the newest of equals", enrich.Phone, []known.Sighting{sighting(known.ByEmail, enrich.Phone, "+2", 1), sighting(known.ByEmail, enrich.Phone, "+1", 1)}, "+2", 0.45},
		{"an email of another company", enrich.WorkEmail, []known.Sighting{sighting(known.ByLinkedIn, enrich.WorkEmail, "jane@former.com", 1)}, "", 0},
		{"an email below the domain", enrich.WorkEmail, []known.Sighting{sighting(known.ByLinkedIn, enrich.WorkEmail, "jane@eu.acme.com", 1)}, "jane@eu.acme.com", 0.9},
		{"a webmail address in a signal", enrich.PersonalEmail, []known.Sighting{sighting(known.ByOwnSignal, enrich.WorkEmail, "jane@gmail.com", 1)}, "jane@gmail.com", 0.85},
		{"which is no work email", enrich.WorkEmail, []known.Sighting{sighting(known.ByOwnSignal, enrich.WorkEmail, "jane@gmail.com", 1)}, "", 0},
		{"an address of a role", enrich.WorkEmail, []known.Sighting{sighting(known.ByLinkedIn, enrich.WorkEmail, "sales@acme.com", 1)}, "", 0},
	} {
		got, err := known.New(&records{seen: c.seen}).Lookup(context.Background(), s, []enrich.Field{c.field})
		if err != nil || len(got) > 1 || (len(got) == 1) != (c.text != "") {
			t.Errorf("%s: %v, %v", c.title, got, err)
			continue
		}
		if len(got) == 1 && (string(got[0].Value) != fmt.Sprintf("%q", c.text) || math.Abs(got[0].Confidence-c.confidence) > 1e-9) {
			t.Errorf("%s: %s at %v", c.title, got[0].Value, got[0].Confidence)
		}
	}
}

func TestSharedAddressesMatchNobody(t *testing.T) {
	r := &records{}
	if _, err := known.New(r).Lookup(context.Background(), enrich.Subject{Email: "info@acme.com", LinkedInURL: "l"}, enrich.ChannelFields()); err != nil || r.asked.Email != "" || r.asked.LinkedInURL != "l" {
		t.Errorf("asked for %+v, %v", r.asked, err)
	}
	down := errors.New("down")
	if _, err := known.New(&records{err: down}).Lookup(context.Background(), enrich.Subject{}, enrich.ChannelFields()); !errors.Is(err, down) {
		t.Errorf("the store's error became %v", err)
	}
}

func TestCompanies(t *testing.T) {
	r := &records{names: []known.CompanyName{{"ACME", 2}, {"Acme", 1}, {"Other", 1}}}
	got, err := known.New(r).Lookup(context.Background(), enrich.Subject{Domain: "acme.com"}, enrich.AccountFields())
	if err != nil || len(got) != 1 || got[0].Field != enrich.Name || string(got[0].Value) != `"ACME"` || math.Abs(got[0].Confidence-0.7*3/4) > 1e-9 {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := known.New(&records{}).Lookup(context.Background(), enrich.Subject{Domain: "acme.com"}, enrich.AccountFields()); err != nil || len(got) != 0 {
		t.Errorf("nothing is known, and yet %v, %v", got, err)
	}
	if _, err := known.New(r).Lookup(context.Background(), enrich.Subject{}, enrich.AccountFields()); !errors.Is(err, enrich.ErrUnfit) {
		t.Errorf("without a domain: %v", err)
	}
}
