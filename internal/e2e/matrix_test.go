package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// credential is one kind of caller.
type credential struct {
	name   string
	key    string
	set    scope.Set  // what it carries while it lives
	state  fault.Code // why it cannot be used; "" for a live key
	header bool       // false: no Authorization header at all
}

// arguments are a valid call of each tool.
var arguments = map[string]string{
	"get_access_status":     `{}`,
	"find_leads":            `{"limit":1}`,
	"find_accounts":         `{"limit":1}`,
	"get_record":            `{"domain":"matrix.example"}`,
	"list_signals":          `{"limit":1}`,
	"get_insights":          `{"over":"accounts"}`,
	"enrich_record":         `{"identity_hint":{"email":"ada@matrix.example"},"channels":["personal_email"]}`,
	"discover_contact":      `{"first_name":"Ada","last_name":"Lovelace","company_domain":"matrix.example","channels":["personal_email"]}`,
	"enrich_account":        `{"company_domain":"matrix.example","dry_run":true}`,
	"enrich_records":        `{"filter":{"field":"work_email","op":"eq","value":"ada@matrix.example"},"channels":["personal_email"]}`,
	"get_enrichment_job":    `{"id":"no-such-id"}`,
	"get_settings":          `{}`,
	"update_settings":       `{"enrichment":{"overage":"top_up_only"}}`,
	"list_subscribers":      `{"id":"wl_none"}`,
	"create_subscriber":     `{"id":"wl_none","email":"ada@matrix.example"}`,
	"list_audiences":        `{"limit":1}`,
	"list_audience_members": `{"id":"no-such-id"}`,
	"save_audience":         `{"name":"Matrix","over":"accounts","filter":{"field":"id","op":"present"},"idempotency_key":"matrix-audience"}`,
	"preview_audience":      `{"over":"accounts","filter":{"field":"id","op":"present"}}`,
	"delete_audience":       `{"id":"no-such-id"}`,
	"list_destinations":     `{}`,
	"save_destination":      `{"name":"Matrix","kind":"csv","idempotency_key":"matrix"}`,
	"test_destination":      `{"id":"no-such-id"}`,
	"sync_audience":         `{"id":"no-such-id"}`,
	"delete_destination":    `{"id":"no-such-id"}`,
	"qualify_records":       `{"ids":["no-such-id"]}`,
	"push_signal":           `{"signal_type":"website_visit","source":"matrix","occurred_at":"2026-01-01T00:00:00Z","identity":{"company_domain":"matrix.example"}}`,
	"push_signals":          `{"signals":[{"signal_type":"website_visit","source":"matrix","occurred_at":"2026-01-01T00:00:00Z","identity":{"company_domain":"matrix.example"}}]}`,
}

// credentials makes every kind of caller on the system.
func credentials(t *testing.T, s *system) []credential {
	ws, poor := s.workspace("Matrix", "team"), s.workspace("Downgraded", "pro")
	var out []credential
	for _, preset := range scope.Presets() {
		_, key := s.key(ws, "--preset", string(preset))
		set, _ := preset.Set()
		out = append(out, credential{name: string(preset), key: key, set: set, header: true})
	}
	custom := scope.Of(scope.SignalsWrite)
	_, key := s.key(ws, "--permissions", custom.String())
	out = append(out, credential{name: "custom", key: key, set: custom, header: true})

	full, _ := scope.Full.Set()
	id, revoked := s.key(ws, "--preset", "full")
	s.admin("key", "revoke", id)
	_, expired := s.key(ws, "--preset", "full", "--expires-at", time.Now().Add(2*time.Second).UTC().Format(time.RFC3339Nano))
	_, downgraded := s.key(poor, "--preset", "full")
	s.admin("workspace", "set", poor, "--plan", "free")
	_, unknown := newSystem(t, "").stranger("full") // well formed, but of another store
	time.Sleep(2100 * time.Millisecond)             // until the short-lived key is over: only the store's clock decides
	return append(out,
		credential{"revoked", revoked, full, fault.KeyRevoked, true},
		credential{"expired", expired, full, fault.KeyExpired, true},
		credential{"unknown", unknown, full, fault.InvalidAPIKey, true},
		credential{"malformed", revoked[:60] + "0000", full, fault.InvalidAPIKey, true},
		credential{"no key", "", full, fault.MissingAPIKey, false},
		credential{"downgraded", downgraded, full, fault.FeatureNotAllowed, true},
	)
}

// stranger makes a key in a workspace of its own.
func (s *system) stranger(preset string) (id, text string) {
	s.t.Helper()
	return s.key(s.workspace("Other", "team"), "--preset", preset)
}

// TestMatrixDirect calls every route of every operation with every kind of key.
func TestMatrixDirect(t *testing.T) {
	s := newSystem(t, "")
	cells := 0
	for _, c := range credentials(t, s) {
		for _, op := range tools.Operations() {
			for _, route := range op.Routes() {
				cells++
				status, code := callRoute(t, s.api.url("api_url"), c, op, route)
				want := wantDirect(c, op)
				if got := string(code); got != string(want) {
					t.Errorf("%s %s: %d %q, want %q", c.name, route, status, got, want)
				}
			}
		}
	}
	t.Logf("matrix, direct API: %d cells", cells)
}

// wantDirect is the code of the refusal; "" when the call must go through.
func wantDirect(c credential, op *tools.Spec) fault.Code {
	switch {
	case c.state != "":
		return c.state
	case !c.set.Allows(op.Permission):
		return fault.InsufficientScope
	}
	return ""
}

// held are operations that answer only when something happens; a live key's call is given up after a moment.
const held = "watch_access"

func callRoute(t *testing.T, api string, c credential, op *tools.Spec, route tools.Route) (int, fault.Code) {
	t.Helper()
	path, body, contentType := strings.Replace(route.Path, "{id}", "no-such-id", 1), "", ""
	switch {
	case op.Streamed:
		path, body, contentType = path+"?kind=accounts", `{"domain":"matrix.example"}`+"\n", "application/x-ndjson"
	case route.Method != http.MethodGet && route.Placed():
		body, contentType = placedBody(arguments[op.Name]), "application/json"
	case route.Method != http.MethodGet:
		body, contentType = arguments[op.Name], "application/json"
	case op.Name == "get_record" && !strings.Contains(route.Path, "{id}"):
		path += "?domain=matrix.example"
	case op.Name == "get_destination_file":
		path += "?audience=no-such-id"
	}
	r, err := http.NewRequest(route.Method, api+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body == "" {
		r.Body, r.ContentLength = nil, 0
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if c.header {
		r.Header.Set("Authorization", "Bearer "+c.key)
	}
	client := http.Client{}
	if op.Name == held {
		client.Timeout = 300 * time.Millisecond
	}
	resp, err := client.Do(r)
	if err != nil && op.Name == held {
		return 0, "" // held: the key is alive
	}
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode < 400 {
		return resp.StatusCode, ""
	}
	var p fault.Problem
	if err := json.NewDecoder(resp.Body).Decode(&p); err != nil {
		t.Errorf("%s %s: %d without a problem document: %v", c.name, route, resp.StatusCode, err)
	}
	if p.Code == fault.NotFound { // past every wall: there is nothing under that id
		return resp.StatusCode, ""
	}
	return resp.StatusCode, p.Code
}

// placedBody is a call without what stands in the path, and without the key that makes it another route's repeat.
func placedBody(arguments string) string {
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(arguments), &members) != nil {
		return ""
	}
	delete(members, "id")
	delete(members, "idempotency_key")
	body, _ := json.Marshal(members)
	return string(body)
}

// door is one way for a model to reach the tools.
type door struct {
	name string
	open func(t *testing.T, mcp *server, c credential, apiURL string) session
}

// session is an open connection of one caller.
type session interface {
	list() listing
	call(tool, args string) outcome
}

// listing is what tools/list answered.
type listing struct {
	tools  []string
	status int // of the HTTP refusal; 0 when there was a list
}

// outcome is what tools/call answered.
type outcome struct {
	status int    // of an HTTP refusal
	rpc    int    // code of a JSON-RPC error
	code   string // of an isError result
	usable *bool  // of get_access_status
}

// TestMatrixMCP lists and calls every tool through every door with every kind of key.
func TestMatrixMCP(t *testing.T) {
	for _, op := range tools.All() {
		if arguments[op.Name] == "" {
			t.Errorf("no arguments for %s: add a valid call of it to the table", op.Name)
		}
	}
	s := newSystem(t, "")
	mcp := start(t, append(env(t), "UNSTUCK_API_URL="+s.api.url("api_url")), "mcp-server", "--transport", "http,sse", "--listen", "127.0.0.1:0")
	callers := credentials(t, s)
	cells := 0
	for _, d := range doors {
		for _, c := range callers {
			t.Run(d.name+"/"+c.name, func(t *testing.T) {
				in := d.open(t, mcp, c, s.api.url("api_url"))
				want := wantListing(d, c)
				got := in.list()
				if diff := cmp.Diff(want, got, cmp.AllowUnexported(listing{})); diff != "" {
					t.Errorf("list (-want +got):\n%s", diff)
				}
				for _, op := range append(tools.All(), &tools.Spec{Name: "no_such_tool"}) {
					cells++
					if want, got := wantOutcome(d, c, op), in.call(op.Name, arguments[op.Name]).String(); got != want {
						t.Errorf("call %s: %s, want %s", op.Name, got, want)
					}
				}
			})
		}
	}
	t.Logf("matrix, MCP: %d cells over %d doors", cells, len(doors))
}

func wantListing(d door, c credential) listing {
	switch {
	case c.state == "":
		return listing{tools: tools.Allowed(c.set)}
	case c.state == fault.FeatureNotAllowed || d.name == "stdio":
		return listing{tools: []string{"get_access_status"}}
	}
	return listing{status: http.StatusUnauthorized}
}

func wantOutcome(d door, c credential, op *tools.Spec) string {
	dead := c.state != "" && c.state != fault.FeatureNotAllowed
	known := op.Permission != ""
	switch {
	case dead && d.name != "stdio":
		return "http 401"
	case op.Name == "get_access_status" && c.state != "":
		return "unusable"
	case op.Name == "get_access_status":
		return "ok"
	case dead, !known, !c.set.Allows(op.Permission):
		return "rpc -32602"
	case c.state != "":
		return "error " + string(c.state)
	}
	return "ok"
}

// String names the outcome as wantOutcome does.
func (o outcome) String() string {
	switch {
	case o.status != 0:
		return fmt.Sprintf("http %d", o.status)
	case o.rpc != 0:
		return fmt.Sprintf("rpc %d", o.rpc)
	case o.usable != nil && !*o.usable:
		return "unusable"
	case o.code != "" && o.code != string(fault.NotFound): // not found is past every wall
		return "error " + o.code
	}
	return "ok"
}

// TestForeignIDsAreAbsent asks with one workspace's key for another's records.
func TestForeignIDsAreAbsent(t *testing.T) {
	s := newSystem(t, "")
	mine, theirs := s.workspace("Mine", "team"), s.workspace("Theirs", "team")
	_, key := s.key(mine, "--preset", "full")
	_, other := s.key(theirs, "--preset", "full")
	api := s.api.url("api_url")
	_, pushed := do(t, http.MethodPost, api+"/v1/signals", other, "application/json",
		`{"signal_type":"form_fill","source":"x","occurred_at":"2026-01-01T00:00:00Z","identity":{"email":"ann@secret.example","company_domain":"secret.example"}}`)
	var made struct {
		Record string `json:"matched_record_id"`
	}
	if err := json.Unmarshal(pushed, &made); err != nil || made.Record == "" {
		t.Fatalf("push: %s", pushed)
	}
	_, whole := do(t, http.MethodGet, api+"/v1/records/lookup?domain=secret.example", other, "", "")
	var account struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(whole, &account); err != nil || account.ID == "" {
		t.Fatalf("lookup: %s", whole)
	}
	for _, path := range []string{"/v1/leads/" + made.Record, "/v1/accounts/" + account.ID, "/v1/records/lookup?id=" + made.Record,
		"/v1/records/lookup?domain=secret.example", "/v1/records/lookup?email=ann@secret.example"} {
		if status, _ := do(t, http.MethodGet, api+path, other, "", ""); status != http.StatusOK {
			t.Errorf("the owner gets %d for %s", status, path)
		}
		foreign, body := do(t, http.MethodGet, api+path, key, "", "")
		absent, none := do(t, http.MethodGet, api+strings.NewReplacer(made.Record, "nothing", account.ID, "nothing", "secret", "absent").Replace(path), key, "", "")
		if foreign != http.StatusNotFound || absent != foreign || withoutID(t, body) != withoutID(t, none) {
			t.Errorf("%s: %d %s, an absent one: %d %s", path, foreign, body, absent, none)
		}
	}
	for _, path := range []string{"/v1/accounts", "/v1/leads", "/v1/signals"} {
		status, body := do(t, http.MethodGet, api+path, key, "", "")
		if status != http.StatusOK || !strings.Contains(string(body), `"total":0`) || strings.Contains(string(body), "secret") {
			t.Errorf("%s shows another's records: %d %s", path, status, body)
		}
	}
}

// withoutID drops the request id, the only part of a refusal that may differ.
func withoutID(t *testing.T, body []byte) string {
	t.Helper()
	var p map[string]any
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatalf("no problem document: %s", body)
	}
	delete(p, "request_id")
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
