package cli_test

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// fakeAPI is an API that knows three keys and answers with fixed records, some of them hostile.
type fakeAPI struct {
	*httptest.Server
	full, readOnly, revoked token.Secret
	device                  device

	mu     sync.Mutex
	last   []byte // body or query of the last request
	busy   int    // how many more imports and exports are told to come back later
	broken bool   // exports break off within their second row
	parts  int    // imports that went in
	done   int64  // records of the job
}

func mustKey(t testing.TB) token.Secret {
	t.Helper()
	key, err := token.Mint(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func startAPI(t testing.TB) *fakeAPI {
	t.Helper()
	a := &fakeAPI{full: mustKey(t), readOnly: mustKey(t), revoked: mustKey(t)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {})
	mux.HandleFunc("GET /v1/access", a.keyed(a.access))
	mux.HandleFunc("POST /v1/accounts/search", a.exported(a.keyed(a.accounts)))
	mux.HandleFunc("POST /v1/leads/search", a.keyed(a.leads))
	mux.HandleFunc("POST /v1/signals/search", a.keyed(func(*http.Request, []byte) (any, *fault.Error) {
		return wire.List[wire.Signal]{Items: []wire.Signal{}}, nil
	}))
	mux.HandleFunc("POST /v1/insights", a.keyed(a.insights))
	mux.HandleFunc("GET /v1/records/lookup", a.keyed(a.lookup))
	mux.HandleFunc("POST /v1/signals", a.keyed(a.push))
	mux.HandleFunc("POST /v1/records/import", a.keyed(a.imports))
	a.enriches(mux)
	a.qualifies(mux)
	a.tells(mux)
	a.device.serve(mux, a)
	a.Server = httptest.NewServer(mux)
	t.Cleanup(a.Close)
	return a
}

type handler func(r *http.Request, body []byte) (any, *fault.Error)

func (a *fakeAPI) keyed(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		_, _ = body.ReadFrom(r.Body)
		out, refusal := any(nil), a.authenticate(r)
		if refusal == nil {
			out, refusal = h(r, body.Bytes())
		}
		if refusal != nil {
			w.Header().Set("Content-Type", fault.ContentType)
			w.WriteHeader(refusal.Code.Status())
			_ = json.NewEncoder(w).Encode(refusal.Problem("req-1"))
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(out)
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.last = body.Bytes(); r.Method == http.MethodGet {
			a.last = []byte(r.URL.RawQuery)
		}
	}
}

func (a *fakeAPI) authenticate(r *http.Request) *fault.Error {
	switch strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") {
	case a.full.Reveal(), a.readOnly.Reveal():
		return nil
	case a.revoked.Reveal():
		return fault.New(fault.KeyRevoked, fault.KeyRevoked.Detail())
	}
	return fault.New(fault.InvalidAPIKey, fault.InvalidAPIKey.Detail())
}

func (a *fakeAPI) readsOnly(r *http.Request) bool {
	return strings.HasSuffix(r.Header.Get("Authorization"), a.readOnly.Reveal())
}

func (a *fakeAPI) access(r *http.Request, _ []byte) (any, *fault.Error) {
	expires := time.Date(2027, 1, 2, 0, 0, 0, 0, time.UTC)
	out := wire.Access{
		Workspace: &wire.Workspace{ID: "w-1", Slug: "acme", Name: "Acme", Plan: "team"}, Plan: "team",
		Key:   &wire.Key{ID: "k-1", Name: "laptop", Preset: "full", Permissions: []string{"records:read", "signals:write"}, ExpiresAt: &expires},
		Tools: []string{"get_access_status", "find_leads", "push_signal"}, Quota: &wire.Quota{PerMinute: 3000, Burst: 500, Remaining: 499},
	}
	if a.readsOnly(r) {
		out.Key.Preset, out.Key.Permissions, out.Key.ExpiresAt = "read_only", []string{"records:read"}, nil
		out.Tools = []string{"get_access_status", "find_leads"}
		out.Missing = []wire.MissingTool{{Tool: "push_signal", Permission: "signals:write", Preset: "write_signals"}}
	}
	return out, nil
}

var hostile = []wire.Account{
	{ID: "a-1", Domain: "kestrel.example", Name: "Kestrel \x1b[31mRed\x1b[0m\u202e", Industry: "Software", Size: "small", CountryCode: "DE", Tags: []string{"b2b", "saas"}},
	{ID: "a-2", Domain: "zuerich.example", Name: "Zürich 数据 Labs", Industry: "Data, \"quoted\"", Description: "two\nlines", FoundedYear: ptr(int64(-5))},
	{ID: "a-3", Domain: "evil.example", Name: "=HYPERLINK(\"http://evil.example\")", Aliases: []string{"@SUM(A1)"}},
}

func ptr[T any](v T) *T { return &v }

// accounts answers two on the first page and one on the second.
func (a *fakeAPI) accounts(_ *http.Request, body []byte) (any, *fault.Error) {
	var in wire.FindAccounts
	if json.Unmarshal(body, &in) != nil {
		return nil, fault.New(fault.InvalidJSON, fault.InvalidJSON.Detail())
	}
	if in.Cursor != nil {
		return wire.List[wire.Account]{Items: hostile[2:], Total: 3, Truncated: bytes.Contains(in.Filter, []byte(`"fuzzy"`))}, nil
	}
	return wire.List[wire.Account]{Items: hostile[:2], Total: 3, NextCursor: ptr("c2"), Truncated: bytes.Contains(in.Filter, []byte(`"fuzzy"`))}, nil
}

// leads are always over the limit.
func (a *fakeAPI) leads(*http.Request, []byte) (any, *fault.Error) {
	return nil, &fault.Error{Code: fault.RateLimited, Detail: fault.RateLimited.Detail(), RetryAfter: 3 * time.Second}
}

func (a *fakeAPI) lookup(r *http.Request, _ []byte) (any, *fault.Error) {
	if r.URL.Query().Get("domain") != "kestrel.example" {
		return nil, fault.New(fault.NotFound, "No record has that hint. Check it, or search with find_leads or find_accounts.")
	}
	return wire.Record{Account: &hostile[0], SignalCount: 1, RecentSignals: []wire.Signal{
		{ID: "s-1", SignalType: "hiring", Source: "jobs", OccurredAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Title: "Kestrel hires"}}}, nil
}

func (a *fakeAPI) push(r *http.Request, _ []byte) (any, *fault.Error) {
	if a.readsOnly(r) {
		return nil, &fault.Error{Code: fault.InsufficientScope, Detail: fault.InsufficientScope.Detail(), RequiredScope: "signals:write"}
	}
	return wire.Pushed{SignalCaptureID: "s-9"}, nil
}

// beBusy lets the next n imports come back later.
func (a *fakeAPI) beBusy(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.busy = n
}

// imports takes each line that is JSON, and each row of a CSV under a head.
func (a *fakeAPI) imports(r *http.Request, body []byte) (any, *fault.Error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.busy > 0 {
		a.busy--
		return nil, &fault.Error{Code: fault.StoreUnavailable, Detail: fault.StoreUnavailable.Detail()}
	}
	a.parts++
	q := r.URL.Query()
	line, _ := strconv.Atoi(q.Get("first_line"))
	report := wire.ImportReport{Report: []wire.LineError{}}
	isCSV := r.Header.Get("Content-Type") == "text/csv"
	for s, first := bufio.NewScanner(bytes.NewReader(body)), true; s.Scan(); line, first = line+1, false {
		if isCSV && first {
			continue
		}
		report.Read++
		if isCSV || json.Valid(s.Bytes()) {
			report.Created++
			continue
		}
		report.Rejected++
		report.Report = append(report.Report, wire.LineError{File: q.Get("file"), Line: line, Code: wire.CodeInvalidJSON, Message: fmt.Sprintf("not JSON, kind %s", q.Get("kind"))})
	}
	return report, nil
}
