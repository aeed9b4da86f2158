package salesforce_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/unstuckengine/unstuck/internal/destinations/salesforce"
	"github.com/unstuckengine/unstuck/internal/outbound"
	"github.com/unstuckengine/unstuck/internal/testkit/internet"
)

const (
	clientID     = "3MVG9consumerkey"
	clientSecret = "0123456789ABCDEF0123"
	domain       = "acme.my.salesforce.com"
)

// org is an organisation of Salesforce as the documentation says it answers.
type org struct {
	mu      sync.Mutex
	fields  map[string]bool
	records []map[string]any // with Id and type
	tokens  int              // how many were given; the newest alone is good
	calls   []string
	answer  func(w http.ResponseWriter, r *http.Request) bool // answers API calls instead; nil never does
}

func start(t *testing.T) (*org, *salesforce.Sender) {
	t.Helper()
	o := &org{fields: map[string]bool{}}
	for _, f := range strings.Fields("Email FirstName LastName Company Title Phone Name Website Description NumberOfEmployees Domain__c Unstuck_Id__c In_Audience__c ICP_Code__c ICP_Score__c " +
		"Persona_Code__c Persona_Score__c Engagement_Score__c Engagement_Stage__c Last_Signal_Type__c Last_Signal_At__c") {
		o.fields[f] = true
	}
	n := internet.New(t)
	n.Site(domain, o)
	return o, salesforce.New(n.Client(t, outbound.Config{}))
}

func (o *org) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if r.URL.Path == "/services/oauth2/token" {
		o.grant(w, r)
		return
	}
	o.calls = append(o.calls, r.Method+" "+strings.TrimPrefix(r.URL.Path, "/services/data/v62.0"))
	if o.answer != nil && o.answer(w, r) {
		return
	}
	if r.Header.Get("Authorization") != fmt.Sprintf("Bearer session-token-%d", o.tokens) {
		refuse(w, 401, "INVALID_SESSION_ID", "Session expired or invalid")
		return
	}
	o.serve(w, r)
}

func (o *org) grant(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("grant_type") != "client_credentials" || r.FormValue("client_id") != clientID || r.FormValue("client_secret") != clientSecret {
		say(w, 400, `{"error":"invalid_client","error_description":"invalid client credentials"}`)
		return
	}
	o.tokens++
	say(w, 200, fmt.Sprintf(`{"access_token":"session-token-%d","instance_url":"https://evil.test","token_type":"Bearer"}`, o.tokens))
}

var query = regexp.MustCompile(`^SELECT Id FROM (\w+) WHERE (\w+) = '(.*)' ORDER BY CreatedDate LIMIT 1$`)

func (o *org) serve(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/services/data/v62.0/"), "/")
	var sent map[string]any
	_ = json.NewDecoder(r.Body).Decode(&sent) // nothing in a GET
	for name := range sent {
		if !o.fields[name] {
			refuse(w, 400, "INVALID_FIELD", fmt.Sprintf("No such column '%s' on sobject of type %s", name, parts[1]))
			return
		}
	}
	switch {
	case parts[0] == "limits":
		say(w, 200, `{}`)
	case parts[0] == "query":
		m := query.FindStringSubmatch(r.FormValue("q"))
		if m == nil || strings.Contains(strings.ReplaceAll(m[3], `\'`, ""), "'") {
			refuse(w, 400, "MALFORMED_QUERY", "unexpected token")
			return
		}
		if at := o.find(m[1], m[2], strings.ReplaceAll(m[3], `\'`, "'")); at != nil {
			say(w, 200, fmt.Sprintf(`{"totalSize":1,"done":true,"records":[{"Id":"%s"}]}`, at["Id"]))
			return
		}
		say(w, 200, `{"totalSize":0,"done":true,"records":[]}`)
	case len(parts) == 4: // by an external id
		if parts[2] != "Unstuck_Id__c" {
			refuse(w, 404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: "+parts[2])
			return
		}
		o.upsert(w, r, parts[1], parts[2], parts[3], sent)
	case r.Method == http.MethodPatch:
		o.upsert(w, r, parts[1], "Id", parts[2], sent)
	default:
		o.upsert(w, r, parts[1], "", "", sent)
	}
}

func (o *org) find(object, field, value string) map[string]any {
	for _, r := range o.records {
		if r["type"] == object && r[field] == value {
			return r
		}
	}
	return nil
}

// required is what a record of each type must have.
var required = map[string][]string{"Lead": {"LastName", "Company"}, "Contact": {"LastName"}, "Account": {"Name"}}

func (o *org) upsert(w http.ResponseWriter, r *http.Request, object, field, value string, sent map[string]any) {
	at := o.find(object, field, value)
	if at == nil && (field == "Id" || r.FormValue("updateOnly") == "true") {
		refuse(w, 404, "NOT_FOUND", "The requested resource does not exist")
		return
	}
	if at != nil {
		for name, v := range sent {
			at[name] = v
		}
		w.WriteHeader(204)
		return
	}
	var missing []string
	for _, name := range required[object] {
		if sent[name] == nil {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		refuse(w, 400, "REQUIRED_FIELD_MISSING", "Required fields are missing", missing...)
		return
	}
	at = map[string]any{"type": object, "Id": fmt.Sprintf("00Q%015d", len(o.records))}
	if field != "" {
		at[field] = value
	}
	for name, v := range sent {
		at[name] = v
	}
	o.records = append(o.records, at)
	say(w, 201, `{"id":"x","success":true,"errors":[]}`)
}

func refuse(w http.ResponseWriter, status int, code, message string, fields ...string) {
	raw, _ := json.Marshal([]any{map[string]any{"errorCode": code, "message": message, "fields": fields}})
	say(w, status, string(raw))
}

func say(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}
