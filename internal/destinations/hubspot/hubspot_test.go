package hubspot_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/destinations/hubspot"
	"github.com/unstuckengine/unstuck/internal/destinations/mapping"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/wire"
)

func target(token string) destinations.Target {
	return destinations.Target{Secrets: map[string]settings.Secret{hubspot.Token: settings.NewSecret(token)}}
}

func person(change audiences.Change, by destinations.Mapping) destinations.Message {
	score := int64(80)
	return destinations.Message{ID: "m1", Change: change, Kind: filter.Leads, RecordID: "l1", Audience: destinations.Audience{ID: "a1", Name: "Hot ones"}, Mapping: by,
		Lead:       &wire.Lead{ID: "l1", FirstName: "Ada", Title: strings.Repeat("x", 5000), WorkEmail: "ada@acme.test", ICPCode: "core", ICPScore: &score},
		LastSignal: &wire.Signal{SignalType: "job_change", OccurredAt: time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)}}
}

func company(change audiences.Change, by destinations.Mapping) destinations.Message {
	count := int64(120)
	return destinations.Message{ID: "m2", Change: change, Kind: filter.Accounts, RecordID: "c1", Mapping: by,
		Account: &wire.Account{ID: "c1", Domain: "acme.test", Name: "Acme", EmployeeCount: &count}}
}

func send(t *testing.T, s *hubspot.Sender, m destinations.Message) (int, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return s.Send(ctx, target(goodToken), m)
}

func TestPeopleAreUpsertedByEmail(t *testing.T) {
	a, s := start(t)
	a.contacts["ada@acme.test"] = map[string]string{"email": "ada@acme.test", "phone": "+1 typed by hand", "persona_code": "old"}
	if status, err := send(t, s, person(audiences.Added, nil)); err != nil || status != 200 {
		t.Fatal(status, err)
	}
	got := a.contacts["ada@acme.test"]
	for name, want := range map[string]string{"firstname": "Ada", "icp_score": "80", "last_signal_type": "job_change", "last_signal_at": "2026-11-01T08:00:00Z",
		"phone": "+1 typed by hand", "persona_code": "", "jobtitle": strings.Repeat("x", 1024)} {
		if got[name] != want {
			t.Errorf("%s = %q, want %q", name, got[name], want)
		}
	}
	if len(a.contacts) != 1 || !slices.Equal(a.calls, []string{"POST /crm/v3/objects/contacts/batch/upsert"}) {
		t.Error(a.contacts, a.calls)
	}
}

func TestCompaniesAreFoundByDomain(t *testing.T) {
	a, s := start(t)
	for range 2 {
		if _, err := send(t, s, company(audiences.Added, nil)); err != nil {
			t.Fatal(err)
		}
	}
	if len(a.companies) != 1 || a.companies[0]["numberofemployees"] != "120" {
		t.Error(a.companies)
	}
	byID := destinations.Mapping{"unstuck_id": "id", "name": "name"}
	if _, err := send(t, s, company(audiences.Added, byID)); err != nil || a.contacts["c1"]["name"] != "Acme" {
		t.Error(err, a.contacts)
	}
}

// TestRemovalTellsMembershipAlone sends who left only where a property takes it, and neither creates nor changes anything else by it.
func TestRemovalTellsMembershipAlone(t *testing.T) {
	a, s := start(t)
	by := destinations.Mapping{"email": "work_email", "firstname": "first_name", "in_audience": mapping.AudienceName}
	if _, err := send(t, s, person(audiences.Removed, nil)); !errors.Is(err, destinations.ErrSkipped) || len(a.calls) > 0 {
		t.Fatal("without a property for it", err, a.calls)
	}
	if _, err := send(t, s, person(audiences.Removed, by)); !errors.Is(err, destinations.ErrSkipped) || len(a.contacts) > 0 {
		t.Fatal("nobody there", err, a.contacts)
	}
	if _, err := send(t, s, person(audiences.Added, by)); err != nil || a.contacts["ada@acme.test"]["in_audience"] != "Hot ones" {
		t.Fatal(err, a.contacts)
	}
	a.contacts["ada@acme.test"]["firstname"] = "Changed there"
	if _, err := send(t, s, person(audiences.Removed, by)); err != nil || a.contacts["ada@acme.test"]["in_audience"] != "" || a.contacts["ada@acme.test"]["firstname"] != "Changed there" {
		t.Fatal(err, a.contacts)
	}
	gone := company(audiences.Removed, destinations.Mapping{"domain": "domain", "in_audience": mapping.AudienceMember})
	if _, err := send(t, s, gone); !errors.Is(err, destinations.ErrSkipped) || len(a.companies) > 0 {
		t.Fatal("no such company", err, a.companies)
	}
}

func TestNothingToFindByIsSkipped(t *testing.T) {
	a, s := start(t)
	unknown, erased := person(audiences.Added, nil), person(audiences.Added, nil)
	unknown.Lead = &wire.Lead{ID: "l1", FirstName: "Ada"}
	erased.Lead = nil
	for _, m := range []destinations.Message{unknown, erased} {
		if _, err := send(t, s, m); !errors.Is(err, destinations.ErrSkipped) || len(a.calls) > 0 {
			t.Error(err, a.calls)
		}
	}
}

// TestRefusals holds what HubSpot may say to what the log says of it: never a value, nor a text of the answer.
func TestRefusals(t *testing.T) {
	by := destinations.Mapping{"email": "work_email", "not_there": "title"}
	for name, c := range map[string]struct {
		by     destinations.Mapping
		token  string
		answer func(w http.ResponseWriter, r *http.Request) bool
		status int
		want   destinations.Failure
	}{
		"no property": {by: by, status: 400, want: destinations.Failure{Class: destinations.ClassField, Field: "not_there"}},
		"bad token":   {token: "pat-na1-00000000-0000", status: 401, want: destinations.Failure{Class: destinations.ClassCredentials}},
		"no scope": {status: 403, want: destinations.Failure{Class: destinations.ClassCredentials},
			answer: says(403, `{"category":"MISSING_SCOPES","message":"one or more required scopes are missing"}`)},
		"too often": {status: 429, want: destinations.Failure{Class: destinations.ClassRateLimited, RetryAfter: 7 * time.Second},
			answer: func(w http.ResponseWriter, _ *http.Request) bool {
				w.Header().Set("Retry-After", "7")
				say(w, 429, `{"policyName":"TEN_SECONDLY_ROLLING"}`)
				return true
			}},
		"a bad value": {status: 400, want: destinations.Failure{Class: destinations.ClassField, Field: "email"},
			answer: says(400, `{"message":"Property values were not valid: [{\"isValid\":false,\"message\":\"Email address ada@acme.test is invalid\",\"error\":\"INVALID_EMAIL\",\"name\":\"email\"}]"}`)},
		"in a batch": {status: 207, want: destinations.Failure{Class: destinations.ClassStatus}, answer: says(207, `{"errors":[{"category":"CONFLICT","message":"secret ada"}]}`)},
		"down":       {status: 502, want: destinations.Failure{Class: destinations.ClassStatus}, answer: says(502, `<html>`)},
		"no JSON":    {status: 200, want: destinations.Failure{Class: destinations.ClassAnswer}, answer: says(200, `<html>fine</html>`)},
		"no result":  {status: 200, want: destinations.Failure{Class: destinations.ClassAnswer}, answer: says(200, `{"results":[]}`)},
		"huge":       {status: 0, want: destinations.Failure{Class: destinations.ClassAnswer}, answer: says(200, strings.Repeat("x", 1<<20))},
	} {
		t.Run(name, func(t *testing.T) {
			a, s := start(t)
			a.answer = c.answer
			if c.token == "" {
				c.token = goodToken
			}
			status, err := s.Send(context.Background(), target(c.token), person(audiences.Added, c.by))
			var f *destinations.Failure
			if !errors.As(err, &f) || *f != c.want || status != c.status {
				t.Errorf("%d %v, want %d %v", status, err, c.status, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "ada") {
				t.Error(err)
			}
		})
	}
}

// TestTheRightPropertyIsBlamed has a property whose name is a word of every refusal.
func TestTheRightPropertyIsBlamed(t *testing.T) {
	a, s := start(t)
	delete(a.properties, "numberofemployees")
	var f *destinations.Failure
	if _, err := send(t, s, company(audiences.Added, nil)); !errors.As(err, &f) || f.Field != "numberofemployees" {
		t.Error(err)
	}
}

func says(status int, body string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool { say(w, status, body); return true }
}

func TestPing(t *testing.T) {
	_, s := start(t)
	if status, err := send(t, s, destinations.Message{Type: destinations.Ping}); err != nil || status != 200 {
		t.Error(status, err)
	}
	if _, err := s.Send(context.Background(), target("pat-na1-00000000-0000"), destinations.Message{Type: destinations.Ping}); err == nil {
		t.Error("a wrong token passes")
	}
}

func TestCheck(t *testing.T) {
	s := hubspot.New(nil)
	if wrong := s.Check(context.Background(), target(goodToken)); len(wrong) > 0 {
		t.Error(wrong)
	}
	bad := destinations.Target{URL: "https://evil.test", Options: map[string]string{"x": "y"}, Secrets: target("bad\r\nX: y").Secrets}
	var got []string
	for _, f := range s.Check(context.Background(), bad) {
		got = append(got, f.Path)
	}
	if want := []string{"secrets.token", "options.x", "url"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for _, k := range []filter.Kind{filter.Leads, filter.Accounts} {
		if wrong := mapping.Check(s.Defaults(k), k, s.Rule(), "mapping"); len(wrong) > 0 {
			t.Errorf("the default mapping of %s is refused: %v", k, wrong)
		}
	}
}
