package salesforce_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/destinations/mapping"
	"github.com/unstuckengine/unstuck/internal/destinations/salesforce"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/wire"
)

func target(secret string) destinations.Target {
	return destinations.Target{WorkspaceID: "w", DestinationID: "d", URL: "https://" + domain, Options: map[string]string{salesforce.ClientID: clientID},
		Secrets: map[string]settings.Secret{salesforce.ClientSecret: settings.NewSecret(secret)}}
}

func person(change audiences.Change, by destinations.Mapping) destinations.Message {
	score := int64(80)
	return destinations.Message{ID: "m1", Change: change, Kind: filter.Leads, RecordID: "l1", Audience: destinations.Audience{ID: "a1", Name: "Hot ones"}, Mapping: by,
		Lead: &wire.Lead{ID: "l1", FirstName: "Ada", LastName: strings.Repeat("L", 200), Company: "Acme", WorkEmail: "ada.o'hara@acme.test", ICPScore: &score}}
}

func send(t *testing.T, s *salesforce.Sender, m destinations.Message) (int, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return s.Send(ctx, target(clientSecret), m)
}

func TestPeopleAreFoundByEmail(t *testing.T) {
	o, s := start(t)
	for i, want := range []int{201, 204} {
		if status, err := send(t, s, person(audiences.Added, nil)); err != nil || status != want {
			t.Fatal(i, status, err)
		}
	}
	if len(o.records) != 1 || o.tokens != 1 {
		t.Fatalf("%d records, %d tokens", len(o.records), o.tokens)
	}
	got := o.records[0]
	if got["type"] != "Lead" || got["Email"] != "ada.o'hara@acme.test" || got["ICP_Score__c"] != 80.0 || len(got["LastName"].(string)) != 80 || got["Persona_Code__c"] != nil {
		t.Error(got)
	}
}

func TestExternalIDAndContacts(t *testing.T) {
	o, s := start(t)
	to := target(clientSecret)
	to.Options[salesforce.People] = "Contact"
	by := destinations.Mapping{"Unstuck_Id__c": "id", "FirstName": "first_name", "LastName": "last_name"}
	for _, want := range []int{201, 204} {
		if status, err := s.Send(context.Background(), to, person(audiences.Added, by)); err != nil || status != want {
			t.Fatal(status, err)
		}
	}
	if len(o.records) != 1 || o.records[0]["type"] != "Contact" || o.records[0]["Unstuck_Id__c"] != "l1" {
		t.Error(o.records)
	}
}

// TestWhatIsDemanded sends a placeholder for a new record, and never writes one over what is there.
func TestWhatIsDemanded(t *testing.T) {
	o, s := start(t)
	m := person(audiences.Added, nil)
	m.Lead = &wire.Lead{ID: "l1", WorkEmail: "bob@acme.test"}
	if status, err := send(t, s, m); err != nil || status != 201 || o.records[0]["LastName"] != "[not provided]" || o.records[0]["Company"] != "[not provided]" {
		t.Fatal(status, err, o.records)
	}
	o.records[0]["LastName"] = "Typed"
	if _, err := send(t, s, m); err != nil || o.records[0]["LastName"] != "Typed" {
		t.Error(err, o.records)
	}
}

func TestRemovalTellsMembershipAlone(t *testing.T) {
	o, s := start(t)
	for key, path := range map[string]string{"Unstuck_Id__c": "record_id", "Email": "work_email"} {
		o.records, o.calls = nil, nil
		by := destinations.Mapping{key: path, "FirstName": "first_name", "LastName": "last_name", "Company": "company"}
		if _, err := send(t, s, person(audiences.Removed, by)); !errors.Is(err, destinations.ErrSkipped) || len(o.calls) > 0 {
			t.Fatal("without a field for it", err, o.calls)
		}
		by["In_Audience__c"] = mapping.AudienceMember
		if _, err := send(t, s, person(audiences.Removed, by)); !errors.Is(err, destinations.ErrSkipped) || len(o.records) > 0 {
			t.Fatal("nobody there", err, o.records)
		}
		if _, err := send(t, s, person(audiences.Added, by)); err != nil || o.records[0]["In_Audience__c"] != true {
			t.Fatal(err, o.records)
		}
		o.records[0]["FirstName"] = "Changed there"
		if _, err := send(t, s, person(audiences.Removed, by)); err != nil || o.records[0]["In_Audience__c"] != false || o.records[0]["FirstName"] != "Changed there" {
			t.Fatal(err, o.records)
		}
	}
}

// TestOneNewToken asks for another token once when the first is refused, and once for many senders at a time.
func TestOneNewToken(t *testing.T) {
	o, s := start(t)
	if _, err := send(t, s, destinations.Message{Type: destinations.Ping}); err != nil {
		t.Fatal(err)
	}
	o.tokens = 7 // as if the session had ended
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := send(t, s, destinations.Message{Type: destinations.Ping}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if o.tokens != 8 {
		t.Errorf("%d tokens were asked for", o.tokens-7)
	}
	o.calls, o.answer = nil, says(401, "INVALID_SESSION_ID", "")
	if _, err := send(t, s, destinations.Message{Type: destinations.Ping}); err == nil || len(o.calls) != 2 {
		t.Errorf("%v after %d calls", err, len(o.calls))
	}
}

func says(status int, code, message string, fields ...string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		refuse(w, status, code, message, fields...)
		return true
	}
}

// TestRefusals holds what Salesforce may say to what the log says of it: never a value, nor a text of the answer.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		by     destinations.Mapping
		secret string
		answer func(w http.ResponseWriter, r *http.Request) bool
		status int
		want   error
	}{
		"no field": {by: destinations.Mapping{"Email": "work_email", "LastName": "last_name", "Company": "company", "Gone__c": "title", "Also__c": "icp_score"}, status: 400,
			want: &destinations.Failure{Class: destinations.ClassField, Field: "Also__c"}},
		"no external id": {by: destinations.Mapping{"Not_There__c": "id", "LastName": "last_name"}, status: 404, want: &destinations.Failure{Class: destinations.ClassField, Field: "Not_There__c"}},
		"bad secret":     {secret: "0000000000", status: 400, want: &destinations.Failure{Class: destinations.ClassCredentials}},
		"too long":       {answer: says(400, "STRING_TOO_LONG", "Title: data value too large: secret ada", "Title"), status: 400, want: &destinations.Failure{Class: destinations.ClassStatus}},
		"a bad email":    {answer: says(400, "INVALID_EMAIL_ADDRESS", "Email: invalid email address: ada", "Email"), status: 400, want: &destinations.Failure{Class: destinations.ClassField, Field: "Email"}},
		"limit":          {answer: says(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), status: 403, want: &destinations.Failure{Class: destinations.ClassRateLimited, RetryAfter: time.Hour}},
		"no access":      {answer: says(403, "INSUFFICIENT_ACCESS", ""), status: 403, want: &destinations.Failure{Class: destinations.ClassCredentials}},
		"converted":      {by: destinations.Mapping{"Unstuck_Id__c": "id", "LastName": "last_name"}, answer: says(400, "CANNOT_UPDATE_CONVERTED_LEAD", ""), status: 400, want: destinations.ErrSkipped},
		"down":           {answer: says(503, "SERVER_UNAVAILABLE", ""), status: 503, want: &destinations.Failure{Class: destinations.ClassStatus}},
		"no JSON": {status: 200, want: &destinations.Failure{Class: destinations.ClassAnswer},
			answer: func(w http.ResponseWriter, _ *http.Request) bool { say(w, 200, "<html>fine</html>"); return true }},
		"an id that is a path": {status: 200, want: &destinations.Failure{Class: destinations.ClassAnswer},
			answer: func(w http.ResponseWriter, _ *http.Request) bool {
				say(w, 200, `{"records":[{"Id":"../../../../x/yz"}]}`)
				return true
			}},
	} {
		t.Run(name, func(t *testing.T) {
			o, s := start(t)
			o.answer = c.answer
			if c.secret == "" {
				c.secret = clientSecret
			}
			status, err := s.Send(context.Background(), target(c.secret), person(audiences.Added, c.by))
			var f, want *destinations.Failure
			alike := errors.Is(err, c.want) || errors.As(err, &f) && errors.As(c.want, &want) && *f == *want
			if !alike || status != c.status {
				t.Errorf("%d %v, want %d %v", status, err, c.status, c.want)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	s := salesforce.New(nil)
	if wrong := s.Check(context.Background(), target(clientSecret)); len(wrong) > 0 {
		t.Error(wrong)
	}
	for _, url := range []string{"https://acme--dev.sandbox.my.salesforce.com/", "https://ACME.my.salesforce.com"} {
		to := target(clientSecret)
		to.URL = url
		if wrong := s.Check(context.Background(), to); len(wrong) > 0 {
			t.Error(url, wrong)
		}
	}
	for _, url := range []string{"", "http://acme.my.salesforce.com", "https://evil.test", "https://acme.my.salesforce.com.evil.test", "https://evil.test/.my.salesforce.com",
		"https://acme.my.salesforce.com:8443", "https://u:p@acme.my.salesforce.com", "https://acme.my.salesforce.com/x", "https://acme.my.salesforce.com?x=1", "https://evil.test#.my.salesforce.com"} {
		to := target(clientSecret)
		to.URL = url
		if wrong := s.Check(context.Background(), to); len(wrong) != 1 || wrong[0].Path != "url" {
			t.Error(url, wrong)
		}
	}
	var got []string
	for _, f := range s.Check(context.Background(), destinations.Target{URL: "https://" + domain, Options: map[string]string{salesforce.People: "User"}}) {
		got = append(got, f.Path)
	}
	if want := []string{"options.client_id", "options.people", "secrets.client_secret"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for _, k := range []filter.Kind{filter.Leads, filter.Accounts} {
		if wrong := mapping.Check(s.Defaults(k), k, s.Rule(), "mapping"); len(wrong) > 0 {
			t.Errorf("the default mapping of %s is refused: %v", k, wrong)
		}
	}
}
