package hubspot_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/unstuckengine/unstuck/internal/destinations/hubspot"
	"github.com/unstuckengine/unstuck/internal/outbound"
	"github.com/unstuckengine/unstuck/internal/testkit/internet"
)

const goodToken = "pat-na1-11111111-2222"

// account is a HubSpot account as its documentation says it answers: contacts are unique by email and by unstuck_id, companies by unstuck_id alone.
type account struct {
	mu         sync.Mutex
	properties map[string]bool
	contacts   map[string]map[string]string // by email
	companies  []map[string]string
	calls      []string
	answer     func(w http.ResponseWriter, r *http.Request) bool // answers instead; nil never does
}

func start(t *testing.T) (*account, *hubspot.Sender) {
	t.Helper()
	a := &account{properties: map[string]bool{}, contacts: map[string]map[string]string{}}
	for _, p := range strings.Fields("email firstname lastname company jobtitle phone city state country domain name description numberofemployees founded_year unstuck_id icp_code icp_score " +
		"persona_code persona_score engagement_score engagement_stage last_signal_type last_signal_at in_audience") {
		a.properties[p] = true
	}
	n := internet.New(t)
	n.Site("api.hubapi.com", a)
	return a, hubspot.New(n.Client(t, outbound.Config{}))
}

func (a *account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls = append(a.calls, r.Method+" "+r.URL.Path)
	if a.answer != nil && a.answer(w, r) {
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+goodToken {
		say(w, 401, `{"status":"error","message":"Authentication credentials not found.","correlationId":"c","category":"INVALID_AUTHENTICATION"}`)
		return
	}
	var body struct {
		Inputs []struct {
			ID, IDProperty string
			Properties     map[string]string
		}
		Properties   json.RawMessage
		FilterGroups []struct {
			Filters []struct{ PropertyName, Operator, Value string }
		}
	}
	if r.Method != http.MethodGet {
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			say(w, 400, `{"status":"error","message":"Invalid input JSON","category":"VALIDATION_ERROR"}`)
			return
		}
	}
	var single map[string]string
	_ = json.Unmarshal(body.Properties, &single) // a list in a search
	for _, in := range body.Inputs {
		single = in.Properties
	}
	if unknown := a.unknown(single); unknown != "" {
		inner := fmt.Sprintf(`[{"isValid":false,"message":"Property \"%[1]s\" does not exist","error":"PROPERTY_DOESNT_EXIST","name":"%[1]s"}]`, unknown)
		message, _ := json.Marshal("Property values were not valid: " + inner)
		say(w, 400, fmt.Sprintf(`{"status":"error","message":%s,"correlationId":"c","category":"VALIDATION_ERROR"}`, message))
		return
	}
	object, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/crm/v3/objects/"), "/")
	switch {
	case rest == "batch/upsert" || rest == "batch/update":
		a.batch(w, object, rest == "batch/update", body.Inputs[0].IDProperty, body.Inputs[0].ID, single)
	case rest == "search":
		f := body.FilterGroups[0].Filters[0]
		for i, c := range a.companies {
			if c[f.PropertyName] == f.Value {
				say(w, 200, fmt.Sprintf(`{"total":1,"results":[{"id":"%d"}]}`, i))
				return
			}
		}
		say(w, 200, `{"total":0,"results":[]}`)
	case r.Method == http.MethodGet:
		say(w, 200, `{"results":[]}`)
	case r.Method == http.MethodPatch:
		var at int
		_, _ = fmt.Sscan(rest, &at)
		merge(a.companies[at], single)
		say(w, 200, `{"id":"`+rest+`"}`)
	default:
		a.companies = append(a.companies, single)
		say(w, 201, fmt.Sprintf(`{"id":"%d"}`, len(a.companies)-1))
	}
}

func (a *account) unknown(properties map[string]string) string {
	for name := range properties {
		if !a.properties[name] {
			return name
		}
	}
	return ""
}

func (a *account) batch(w http.ResponseWriter, object string, only bool, by, id string, properties map[string]string) {
	if object == "companies" && by != "unstuck_id" {
		say(w, 400, `{"status":"error","message":"The property is not unique","category":"VALIDATION_ERROR"}`)
		return
	}
	if a.contacts[id] == nil {
		if only {
			say(w, 207, `{"status":"COMPLETE","results":[],"numErrors":1,"errors":[{"status":"error","category":"OBJECT_NOT_FOUND","message":"Could not get some CONTACT objects","context":{"ids":["x"]}}]}`)
			return
		}
		a.contacts[id] = map[string]string{by: id}
	}
	merge(a.contacts[id], properties)
	say(w, 200, `{"status":"COMPLETE","results":[{"id":"512","new":true,"properties":{}}]}`)
}

func merge(into, from map[string]string) {
	for name, value := range from {
		into[name] = value
	}
}

func say(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}
