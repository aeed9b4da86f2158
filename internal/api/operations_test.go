package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// inputs are good inputs of each operation: a body, or a query string for the routes without one.
var inputs = map[*tools.Spec]struct{ body, query string }{
	tools.GetAccess.Spec:     {},
	tools.WatchAccess.Spec:   {},
	tools.FindLeads.Spec:     {`{"query":"jo"}`, "query=jo"},
	tools.FindAccounts.Spec:  {`{"query":"jo"}`, "query=jo"},
	tools.GetRecord.Spec:     {"", "domain=example.com"},
	tools.ListSignals.Spec:   {`{"types":["a"]}`, "types=a"},
	tools.GetInsights.Spec:   {`{"over":"leads"}`, ""},
	tools.PushSignal.Spec:    {goodSignal, ""},
	tools.PushSignals.Spec:   {`{"signals":[` + goodSignal + `]}`, ""},
	tools.ImportRecords.Spec: {`{"domain":"example.com"}`, "kind=accounts"},

	tools.EnrichRecord.Spec:        {`{"email":"a@b.example"}`, ""},
	tools.DiscoverContact.Spec:     {`{"first_name":"A","last_name":"B","company_domain":"b.example"}`, ""},
	tools.EnrichAccount.Spec:       {`{"company_domain":"b.example"}`, ""},
	tools.EnrichRecords.Spec:       {`{"ids":["l1"]}`, ""},
	tools.GetEnrichmentJob.Spec:    {},
	tools.CancelEnrichmentJob.Spec: {},
	tools.GetSettings.Spec:         {},
	tools.QualifyRecords.Spec:      {`{"ids":["l1"]}`, ""},
	tools.GetQualificationJob.Spec: {},
	tools.ListAudiences.Spec:       {"", "limit=1"},
	tools.GetAudience.Spec:         {},
	tools.ListAudienceMembers.Spec: {},
	tools.ListAudienceEvents.Spec:  {},
	tools.SaveAudience.Spec:        {`{"name":"Big","over":"accounts","filter":{"field":"id","op":"present"}}`, ""},
	tools.PreviewAudience.Spec:     {`{"over":"accounts","filter":{"field":"id","op":"present"}}`, ""},
	tools.DeleteAudience.Spec:      {},
	tools.ListDestinations.Spec:    {},
	tools.GetDestination.Spec:      {},
	tools.SaveDestination.Spec:     {`{"name":"Hook","kind":"webhook","url":"https://hooks.example.com/in"}`, ""},
	tools.TestDestination.Spec:     {},
	tools.SyncAudience.Spec:        {},
	tools.DeleteDestination.Spec:   {},
	tools.ListDeliveries.Spec:      {},
	tools.DestinationFile.Spec:     {"", "audience=a1"},
	tools.UpdateSettings.Spec:      {`{"enrichment":{"overage":"pause"}}`, ""},
	tools.ListSubscribers.Spec:     {},
	tools.CreateSubscriber.Spec:    {`{"email":"ada@b.example"}`, ""},
}

// call makes a good request for an operation's route.
func TestNullForAnOptionalFieldIsAsIfItWereLeftOut(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	for _, c := range []struct {
		path, body string
		status     int
	}{
		{"/v1/accounts/search", `{"query":null,"domain":null,"founded_from":null,"limit":null,"cursor":null,"response_format":null,"sort":[{"field":"name","dir":null}]}`, 200},
		{"/v1/signals/search", `{"types":null,"since":null,"until":null}`, 200},
		{"/v1/signals", `{"signal_type":"release","source":"s","occurred_at":"2026-08-22T12:00:00Z","identity":{"email":null,"company_domain":"a.com","title":null},"event_name":null,"title":null,"context":null,"external_id":null,"idempotency_key":null}`, 201},
		{"/v1/signals", `{"signal_type":"release","source":null,"occurred_at":"2026-08-22T12:00:00Z","identity":{"company_domain":"a.com"}}`, 422},
	} {
		if got := r.ask("POST", c.path, key, c.body); got.status != c.status {
			t.Errorf("%s %s: %d %s, want %d", c.path, c.body, got.status, got.body, c.status)
		}
	}
}

func (r *rig) call(spec *tools.Spec, route tools.Route, key string) answer {
	r.Helper()
	in, known := inputs[spec]
	if !known {
		r.Fatalf("no input for %s", spec.Name)
	}
	path := strings.Replace(route.Path, "{id}", "a1", 1)
	if in.query != "" && (path == route.Path || route == spec.Route) && (spec.Streamed || route.Method == http.MethodGet) {
		path += "?" + in.query
	}
	switch {
	case spec.Streamed:
		return r.ask(route.Method, path, key, in.body, "Content-Type: application/x-ndjson")
	case route.Method == http.MethodGet:
		return r.ask(route.Method, path, key, "")
	}
	return r.ask(route.Method, path, key, in.body)
}

// TestMatrix tries every kind of credential at every route of every operation. What is forbidden reaches nobody.
func TestMatrix(t *testing.T) {
	r := newRig(t, nil)
	unlimited := 0 // requests a minute: there are more cells than a burst
	w, poor := r.workspace(workspaces.Change{RatePerMinute: &unlimited}), r.workspace(workspaces.Change{})
	lead := wire.Lead{ID: "l1", Name: "Jo"}
	type credential struct {
		name, key string
		set       scope.Set
		dead      fault.Code
	}
	var all []credential
	for _, p := range scope.Presets() {
		set, _ := p.Set()
		all = append(all, credential{string(p), r.key(w.ID, keys.CreateRequest{Preset: p}).Secret.Reveal(), set, ""})
	}
	for _, i := range scope.All() {
		k := r.key(w.ID, keys.CreateRequest{Permissions: []string{string(i.Permission)}})
		all = append(all, credential{"only " + string(i.Permission), k.Secret.Reveal(), scope.Of(i.Permission), ""})
	}
	revoked, expired := r.key(w.ID, keys.CreateRequest{}), r.key(w.ID, keys.CreateRequest{ExpiresAt: r.clock().Add(time.Second)})
	r.revoke(revoked.Key)
	r.pass(time.Second)
	free := workspaces.Free
	downgraded := r.key(poor.ID, keys.CreateRequest{})
	r.set(poor.ID, workspaces.Change{Plan: &free})
	good := r.fullKey().Secret.Reveal()
	all = append(all,
		credential{"none", "", 0, fault.MissingAPIKey},
		credential{"garbage", "unstuck_x", 0, fault.InvalidAPIKey},
		credential{"wrong checksum", good[:55] + "00" + good[57:], 0, fault.InvalidAPIKey},
		credential{"revoked", revoked.Secret.Reveal(), 0, fault.KeyRevoked},
		credential{"expired", expired.Secret.Reveal(), 0, fault.KeyExpired},
		credential{"plan lost", downgraded.Secret.Reveal(), 0, fault.FeatureNotAllowed},
	)
	cells := 0
	for _, c := range all {
		for _, spec := range tools.Operations() {
			if spec == tools.WatchAccess.Spec && c.dead == "" {
				continue // held; see TestWatch
			}
			for _, route := range spec.Routes() {
				r.world.change(func() {
					if r.world.record.Lead = nil; strings.HasPrefix(route.Path, "/v1/leads/") {
						r.world.record.Lead = &lead
					}
				})
				want := c.dead
				if want == "" && !c.set.Allows(spec.Permission) {
					want = fault.InsufficientScope
				}
				before := r.world.total()
				got := r.call(spec, route, c.key)
				reached := r.world.total() - before
				switch {
				case want == "" && (got.status/100 != 2 || reached == 0 && spec != tools.GetAccess.Spec):
					t.Errorf("%s, %s: %d %s, reached %d", c.name, route, got.status, got.body, reached)
				case want != "" && (got.code() != want || reached != 0):
					t.Errorf("%s, %s: %d %s, reached %d, want %s", c.name, route, got.status, got.body, reached, want)
				}
				cells++
			}
		}
	}
	t.Logf("%d cells", cells)
}

func TestChallenges(t *testing.T) {
	r := newRig(t, nil)
	read := r.key(r.workspace(workspaces.Change{}).ID, keys.CreateRequest{Preset: scope.ReadOnly}).Secret.Reveal()
	for _, c := range []struct{ key, challenge, member string }{
		{"", "Bearer", `"code":"missing_api_key"`},
		{"nonsense", `Bearer error="invalid_token"`, `"code":"invalid_api_key"`},
		{read, `Bearer error="insufficient_scope"`, `"required_scope":"signals:write"`},
	} {
		got := r.ask("POST", "/v1/signals", c.key, goodSignal)
		if got.header.Get("WWW-Authenticate") != c.challenge || !strings.Contains(got.body, c.member) || got.header.Get("Content-Type") != fault.ContentType {
			t.Errorf("%q: %v %s", c.key, got.header, got.body)
		}
	}
	if got := r.ask("GET", "/v1/access?api_key="+read, "", ""); got.code() != fault.MissingAPIKey {
		t.Errorf("a key in the query string: %d %s", got.status, got.body)
	}
	if got := r.ask("GET", "/v1/access", "", "", "Cookie: api_key="+read, "Authorization: Basic "+read); got.code() != fault.MissingAPIKey {
		t.Errorf("a key in a cookie: %d %s", got.status, got.body)
	}
}

func TestBodiesAreReadStrictly(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	for _, c := range []struct {
		body   string
		code   fault.Code
		fields string
	}{
		{``, fault.InvalidJSON, ""},
		{`{`, fault.InvalidJSON, ""},
		{`{} {}`, fault.InvalidJSON, ""},
		{`{}x`, fault.InvalidJSON, ""},
		{`[]`, fault.ValidationFailed, "$"},
		{`null`, fault.ValidationFailed, "$"},
		{`{"limit":1,"limit":2}`, fault.InvalidJSON, "limit"},
		{`{"limit":1,"l\u0069mit":2}`, fault.InvalidJSON, "limit"},
		{"{\"query\":\"\xff\"}", fault.InvalidJSON, ""},
		{`{"query":"\ud800"}`, fault.InvalidJSON, "query"},
		{`{"Limit":1}`, fault.ValidationFailed, "Limit"},
		{`{"nothing":1}`, fault.ValidationFailed, "nothing"},
		{`{"limit":"1"}`, fault.ValidationFailed, "limit"},
		{`{"limit":101}`, fault.ValidationFailed, "limit"},
		{`{"sort":[{"field":"name","dir":"up"}]}`, fault.ValidationFailed, "sort[0].dir"},
		{`{"sort":[{"field":"name","way":"asc"}]}`, fault.ValidationFailed, "sort[0].way"},
		{strings.Repeat("[", 70) + strings.Repeat("]", 70), fault.InvalidJSON, ""},
	} {
		before := r.world.total()
		got := r.ask("POST", "/v1/accounts/search", key, c.body)
		if got.code() != c.code || c.fields != "" && got.fields() != c.fields || r.world.total() != before {
			t.Errorf("%.60q: %d %s, want %s at %q", c.body, got.status, got.body, c.code, c.fields)
		}
	}
	secret := `{"signal_type":"` + key + `","` + key + `":1}`
	if got := r.ask("POST", "/v1/signals", key, secret); got.code() != fault.ValidationFailed || strings.Contains(got.body, key[:20]) {
		t.Errorf("a key in a body: %s", got.body)
	}
}

func TestQueryStringsSayTheSameAsBodies(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	five, founded := 5, int64(2015)
	since := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		path string
		want any
	}{
		{"/v1/accounts", wire.FindAccounts{}},
		{"/v1/accounts?query=a+b%26c&country=DE&country=France&founded_from=2015&limit=5&sort=name:desc&sort=domain",
			wire.FindAccounts{Query: "a b&c", Country: []string{"DE", "France"}, FoundedFrom: &founded,
				Page: wire.Page{Limit: &five, Sort: []wire.Sort{{Field: "name", Dir: "desc"}, {Field: "domain"}}}}},
		{"/v1/signals?since=2026-01-01T01:00:00%2B01:00&response_format=concise", wire.ListSignals{Since: &since, Page: wire.Page{ResponseFormat: wire.Concise}}},
		{"/v1/records/lookup?email=jo%40example.com", wire.GetRecord{Email: "jo@example.com"}},
		{"/v1/accounts/a1?response_format=concise", wire.GetRecord{ID: "a1", ResponseFormat: wire.Concise}},
	} {
		got := r.ask("GET", c.path, key, "")
		if got.status != 200 {
			t.Errorf("%s: %d %s", c.path, got.status, got.body)
		} else if d := cmp.Diff(c.want, r.world.input(), cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.path, d)
		}
	}
	for _, c := range []struct {
		path   string
		code   fault.Code
		fields string
	}{
		{"/v1/accounts?limit=1&limit=2", fault.ValidationFailed, "limit"},
		{"/v1/accounts?limit=x", fault.ValidationFailed, "limit"},
		{"/v1/accounts?limit=01", fault.ValidationFailed, "limit"},
		{"/v1/accounts?limit=0", fault.ValidationFailed, "limit"},
		{"/v1/accounts?Limit=1", fault.ValidationFailed, "Limit"},
		{"/v1/accounts?what=1", fault.ValidationFailed, "what"},
		{"/v1/accounts?sort=name:up", fault.ValidationFailed, "sort[0].dir"},
		{"/v1/accounts?query=%ff", fault.InvalidRequest, ""},
		{"/v1/accounts?query=%zz", fault.InvalidRequest, ""},
		{"/v1/accounts?query=a;limit=2", fault.InvalidRequest, ""},
		{"/v1/signals?since=2026-01-01T00:00:00", fault.ValidationFailed, "since"},
		{"/v1/records/lookup", fault.ValidationFailed, "$"},
		{"/v1/records/lookup?id=a&domain=b.example", fault.ValidationFailed, "$"},
		{"/v1/accounts/a1?id=a2", fault.ValidationFailed, "id"},
		{"/v1/access?x=1", fault.ValidationFailed, "x"},
		{"/v1/accounts?" + key + "=1", fault.ValidationFailed, "***"},
	} {
		if got := r.ask("GET", c.path, key, ""); got.code() != c.code || c.fields != "" && got.fields() != c.fields {
			t.Errorf("%s: %d %s, want %s at %q", c.path, got.status, got.body, c.code, c.fields)
		}
	}
}

func TestImport(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	large := strings.Repeat(`{"domain":"example.com"}`+"\n", 100_000) // more than any other body may be
	got := r.ask("POST", "/v1/records/import?kind=leads&file=l.jsonl&register_types=true&first_line=7", key, large, "Content-Type: application/jsonl")
	if got.status != 200 || !strings.HasPrefix(got.body, `{"read":2500000,`) || r.world.body != large {
		t.Errorf("JSON Lines: %d %s", got.status, got.body)
	}
	got = r.ask("POST", "/v1/records/import?kind=accounts", key, "domain\nexample.com\n", "Content-Type: text/csv; charset=utf-8")
	if got.status != 200 {
		t.Errorf("CSV: %d %s", got.status, got.body)
	}
	for path, code := range map[string]fault.Code{
		"/v1/records/import": fault.ValidationFailed, "/v1/records/import?kind=people": fault.ValidationFailed,
		"/v1/records/import?kind=leads&register_types=yes": fault.ValidationFailed, "/v1/records/import?kind=leads&first_line=x": fault.ValidationFailed,
	} {
		if got := r.ask("POST", path, key, "{}", "Content-Type: text/csv"); got.code() != code {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	if got := r.ask("POST", "/v1/records/import?kind=leads", key, "{}"); got.code() != fault.UnsupportedMediaType {
		t.Errorf("JSON: %d %s", got.status, got.body)
	}
}

func TestRecords(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	got := r.ask("GET", "/v1/accounts/a1", key, "")
	tag := got.header.Get("ETag")
	if got.status != 200 || tag == "" || got.header.Get("Cache-Control") != "no-store" || got.header.Get("Content-Type") != "application/json" {
		t.Fatalf("%d %v %s", got.status, got.header, got.body)
	}
	if !strings.Contains(got.body, `"name":"Example <&> Co"`) || !strings.HasPrefix(got.body, `{"record_type":"account"`) {
		t.Errorf("body %s", got.body)
	}
	for known, status := range map[string]int{tag: 304, `"x", ` + tag: 304, "W/" + tag: 304, "*": 304, `"x"`: 200} {
		if again := r.ask("GET", "/v1/accounts/a1", key, "", "If-None-Match: "+known); again.status != status || status == 304 && again.body != "" {
			t.Errorf("If-None-Match %s: %d %s", known, again.status, again.body)
		}
	}
	other := r.ask("GET", "/v1/leads/a1", key, "", "X-Request-Id: r")
	if absent := r.ask("GET", "/v1/leads/nobody", key, "", "X-Request-Id: r"); other.status != 404 || other.body != absent.body {
		t.Errorf("an account asked for as a lead: %s, an absent one: %s", other.body, absent.body)
	}
}

func TestCreatedIsSaid(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	body := strings.Replace(goodSignal, `{`, `{"external_id":"e1",`, 1)
	if got := r.ask("POST", "/v1/signals", key, body); got.status != 201 || !strings.Contains(got.body, `"duplicate":false`) {
		t.Errorf("first: %d %s", got.status, got.body)
	}
	if got := r.ask("POST", "/v1/signals", key, body); got.status != 200 || !strings.Contains(got.body, `"duplicate":true`) {
		t.Errorf("again: %d %s", got.status, got.body)
	}
}

func TestAccess(t *testing.T) {
	r := newRig(t, nil)
	w := r.workspace(workspaces.Change{})
	k := r.key(w.ID, keys.CreateRequest{Preset: scope.WriteSignals})
	got := r.ask("GET", "/v1/access", k.Secret.Reveal(), "")
	for _, part := range []string{
		`"workspace":{"id":"` + w.ID + `","slug":"` + w.Slug + `","name":"Acme","plan":"team"}`,
		`"key":{"id":"` + k.Key.ID + `","name":"agent","preset":"write_signals","permissions":["records:read","subscribers:read","signals:write"],"expires_at":"2028-02-27T23:59:58Z"}`,
		`"tools":["get_access_status","find_leads",`, `"plan":"team"`, `"quota":{"per_minute":3000,"burst":500,"remaining":500,"reset_seconds":0}`,
		`"credits":{"balance":50000,"monthly":50000,"resets_at":"`,
	} {
		if !strings.Contains(got.body, part) {
			t.Errorf("no %s in %s", part, got.body)
		}
	}
	if got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", got.header)
	}
}
