package mcpserver_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// fakeAPI speaks the API's routes over real HTTP. It tells the truth on /v1/access and, unlike the real one, runs every
// tool for every living key, so that what the MCP server lets through is seen.
type fakeAPI struct {
	*httptest.Server

	mu     sync.Mutex
	keys   map[string]*fakeKey // by text
	asked  int                 // requests for /v1/access
	calls  map[string]int      // by tool
	bodies []string            // of calls
	before func(r *http.Request, tool string)
	answer map[string]string // body by tool, instead of the default
	down   bool

	followFor time.Duration // of servers before this API
}

type fakeKey struct {
	secret    token.Secret
	set       scope.Set
	workspace string
	state     fault.Code // "" while it lives
	limited   bool       // its quota is spent, which /v1/access does not tell
	changed   chan struct{}
}

func newAPI(t *testing.T) *fakeAPI {
	a := &fakeAPI{keys: map[string]*fakeKey{}, calls: map[string]int{}, answer: map[string]string{}}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	return a
}

func (a *fakeAPI) key(t *testing.T, set scope.Set) *fakeKey {
	t.Helper()
	secret, err := token.Mint(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k := &fakeKey{secret: secret, set: set, workspace: "ws-1", changed: make(chan struct{})}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.keys[secret.Reveal()] = k
	return k
}

func preset(p scope.Preset) scope.Set { set, _ := p.Set(); return set }

// set changes a key's state and tells those who watch it.
func (a *fakeAPI) set(k *fakeKey, state fault.Code) {
	a.mu.Lock()
	defer a.mu.Unlock()
	k.state = state
	close(k.changed)
	k.changed = make(chan struct{})
}

func (a *fakeAPI) limit(k *fakeKey, spent bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	k.limited = spent
}

func (a *fakeAPI) count(tool string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.calls[tool]
}

func (a *fakeAPI) accessCount() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asked
}

func (a *fakeAPI) setDown(down bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.down = down
}

func (a *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	text, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	a.mu.Lock()
	k, down, before := a.keys[text], a.down, a.before
	state, limited, changed := fault.InvalidAPIKey, false, make(chan struct{})
	if k != nil {
		state, limited, changed = k.state, k.limited, k.changed
	}
	a.mu.Unlock()
	switch {
	case down:
		refuse(w, fault.StoreUnavailable)
	case state != "":
		a.note(r)
		refuse(w, state)
	case r.URL.Path == tools.GetAccess.Route.Path:
		a.note(r)
		a.access(w, k)
	case r.URL.Path == tools.WatchAccess.Route.Path:
		a.watch(w, r, k, changed)
	case limited:
		refuse(w, fault.RateLimited)
	default:
		a.tool(w, r, body, before)
	}
}

func (a *fakeAPI) note(r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if r.URL.Path == tools.GetAccess.Route.Path {
		a.asked++
	}
}

func (a *fakeAPI) access(w http.ResponseWriter, k *fakeKey) {
	var words []string
	for _, p := range k.set.Permissions() {
		words = append(words, string(p))
	}
	write(w, 200, wire.Access{
		Workspace: &wire.Workspace{ID: k.workspace, Slug: "acme", Name: "Acme", Plan: "team"}, Plan: "team",
		Key:   &wire.Key{ID: k.secret.ID(), Name: "test", Preset: "custom", Permissions: words},
		Tools: tools.Allowed(k.set), Missing: tools.Missing(k.set), Quota: &wire.Quota{PerMinute: 600}, Credits: &wire.Credits{},
	})
}

func (a *fakeAPI) watch(w http.ResponseWriter, r *http.Request, k *fakeKey, changed chan struct{}) {
	select {
	case <-changed:
		a.mu.Lock()
		state := k.state
		a.mu.Unlock()
		if state != "" {
			refuse(w, state)
			return
		}
	case <-r.Context().Done():
	case <-time.After(25 * time.Second):
	}
	w.WriteHeader(http.StatusNoContent)
}

func (a *fakeAPI) tool(w http.ResponseWriter, r *http.Request, body []byte, before func(*http.Request, string)) {
	for _, spec := range tools.All() {
		if !routed(spec, r) {
			continue
		}
		if before != nil {
			before(r, spec.Name)
		}
		a.mu.Lock()
		a.calls[spec.Name]++
		a.bodies = append(a.bodies, string(body))
		answer, fixed := a.answer[spec.Name]
		a.mu.Unlock()
		if err := spec.Check(inputOf(r, body)); err != nil {
			refuseWith(w, fault.From(err))
			return
		}
		if !fixed {
			answer = defaultAnswer(spec)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answer)
		return
	}
	refuse(w, fault.NotFound)
}

// routed reports whether the request calls the tool; an id in its path is put into the query string, where inputOf looks.
func routed(spec *tools.Spec, r *http.Request) bool {
	before, after, placed := strings.Cut(spec.Route.Path, tools.IDMark)
	id, ok := strings.CutPrefix(r.URL.Path, before)
	id, tail := strings.CutSuffix(id, after)
	if !placed || r.Method != spec.Route.Method || !ok || !tail || strings.Contains(id, "/") {
		return !placed && r.Method == spec.Route.Method && r.URL.Path == spec.Route.Path
	}
	query := r.URL.Query()
	query.Set("id", id)
	r.URL.RawQuery = query.Encode()
	return true
}

func defaultAnswer(spec *tools.Spec) string {
	switch spec.Name {
	case "push_signal":
		return `{"signal_capture_id":"s1","matched_record_id":null,"qualification":null,"duplicate":false}`
	case "push_signals":
		return `{"results":[],"created":0,"duplicates":0,"rejected":0}`
	case "get_insights":
		return `{"groups":[],"total_groups":0,"next_cursor":null,"now":"2026-01-02T03:04:05Z"}`
	case "enrich_record", "discover_contact":
		return `{"record_id":"l1","channels":{"phone":{"value":null,"tried_providers":["acme"]}},"credits_used":0,"credits_balance":9}`
	case "enrich_account":
		return `{"account_id":"a1","fields":{"industry":{"value":"Software","source":"website"}},"credits_used":0,"credits_balance":9}`
	case "get_settings", "update_settings":
		return `{"version":1,"enrichment":{"overage":"pause","order":{"phone":["workspace"]},"providers":{}}}`
	case "enrich_records", "get_enrichment_job":
		return `{"id":"j1","state":"done","record_type":"lead","total":2,"enriched":1,"missed":1,"failed":0,"remaining":0,"credits_used":2,"credits_balance":7}`
	case "list_subscribers":
		return `{"items":[],"total":0,"page":1,"limit":25}`
	case "create_subscriber":
		return `{"id":"s1","email":"ada@acme.example","joined_at":"2026-01-02T03:04:05Z","position":1,"referral_code":"7QK2MX","referral_count":0,"priority":0}`
	case "save_audience":
		return `{"id":"a1","name":"Big","over":"accounts","state":"scanning","version":1,"members":0}`
	case "preview_audience":
		return `{"over":"accounts","count":0,"sample":[],"enrichment":{"missing":{},"credits_at_most":0},"now":"2026-01-02T03:04:05Z"}`
	case "delete_audience", "delete_destination":
		return `{"id":"a1","deleted":true}`
	case "save_destination":
		return `{"id":"d1","name":"Hook","kind":"webhook","status":"pending"}`
	case "test_destination":
		return `{"id":"m1","destination_id":"d1","type":"ping","state":"delivered","attempts":1,"status":204,"created_at":"2026-01-02T03:04:05Z"}`
	case "sync_audience":
		return `{"audience_id":"a1","destinations":["d1"],"members":1}`
	case "list_audience_members":
		return `{"items":[],"total":0,"next_cursor":null,"state":"current"}`
	case "get_record":
		return `{"record_type":"account","id":"a1","domain":"acme.example","signal_count":0,"signals_by_type":{},"recent_signals":[]}`
	}
	return `{"items":[],"total":0,"next_cursor":null}`
}

// inputOf is the body with the id of the path or, on routes without one, the query string as an object of texts and numbers.
func inputOf(r *http.Request, body []byte) []byte {
	input := map[string]any{}
	if r.Method != http.MethodGet && (!r.URL.Query().Has("id") || json.Unmarshal(body, &input) != nil && len(body) > 0) {
		return body
	}
	for name, values := range r.URL.Query() {
		input[name] = values[0]
		if n, err := strconv.Atoi(values[0]); err == nil {
			input[name] = n
		}
	}
	text, _ := json.Marshal(input)
	return text
}

func refuse(w http.ResponseWriter, code fault.Code) { refuseWith(w, fault.Wrap(code, nil)) }

func refuseWith(w http.ResponseWriter, e *fault.Error) {
	p := e.Problem("api-request")
	w.Header().Set("Content-Type", fault.ContentType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// arguments are valid ones for each tool.
func arguments(tool string) string {
	switch tool {
	case "enrich_record":
		return `{"identity_hint":{"email":"ada@acme.example"}}`
	case "discover_contact":
		return `{"first_name":"Ada","last_name":"Lovelace","company_domain":"acme.example"}`
	case "enrich_account":
		return `{"company_domain":"acme.example"}`
	case "enrich_records":
		return `{"ids":["l1","l2"]}`
	case "get_enrichment_job":
		return `{"id":"j1"}`
	case "update_settings":
		return `{"enrichment":{"overage":"pause"}}`
	case "list_subscribers":
		return `{"id":"wl_1"}`
	case "create_subscriber":
		return `{"id":"wl_1","email":"ada@acme.example"}`
	case "list_audience_members", "delete_audience", "test_destination", "sync_audience", "delete_destination":
		return `{"id":"a1"}`
	case "save_audience":
		return `{"name":"Big","over":"accounts","filter":{"field":"id","op":"present"}}`
	case "preview_audience":
		return `{"over":"accounts","filter":{"field":"id","op":"present"}}`
	case "save_destination":
		return `{"name":"Files","kind":"csv"}`
	case "get_insights":
		return `{"over":"accounts"}`
	case "get_record":
		return `{"domain":"acme.example"}`
	case "push_signal":
		return `{"signal_type":"visit","source":"web","occurred_at":"2026-01-02T03:04:05Z","identity":{"handle":"octo"}}`
	case "push_signals":
		return `{"signals":[{}]}`
	}
	return `{}`
}

// eventually waits for a condition; how long it takes is not judged.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("never: %s", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}
