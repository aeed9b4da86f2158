package apiclient_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/credentials"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/wire"
)

const text = "unstuck_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf067pPw_a1b2c3d4"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func secret(t *testing.T) token.Secret {
	t.Helper()
	s, err := token.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// to starts an API that answers by fn, and a client of it.
func to(t *testing.T, fn http.HandlerFunc) *apiclient.Client {
	t.Helper()
	server := httptest.NewServer(fn)
	c, err := apiclient.New(server.URL, "agent/1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); server.Close() })
	return c
}

func reply(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestRequest(t *testing.T) {
	type seen struct{ Method, URI, Body, Key, Prefer, Idempotency, ID, Trace, Agent, Type string }
	var got seen
	c := to(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h := r.Header
		got = seen{r.Method, r.RequestURI, string(body), h.Get("Authorization"), h.Get("Prefer"), h.Get("Idempotency-Key"), h.Get("X-Request-Id"), h.Get("Traceparent"), h.Get("User-Agent"), h.Get("Content-Type")}
		if _, sent := h["X-Idempotency-Key"]; sent || h.Get("Accept-Encoding") != "" {
			t.Errorf("headers: %v", h)
		}
		w.Header().Set("X-Request-Id", "back")
		reply(201, `{"a":1}`)(w, r)
	})
	for _, row := range []struct {
		spec *tools.Spec
		args string
		opt  apiclient.Options
		want seen
	}{
		{tools.GetAccess.Spec, "", apiclient.Options{}, seen{Method: "GET", URI: "/v1/access"}},
		{tools.GetRecord.Spec, `{"email":"a+b@x.example","response_format":"detailed","n":[1,true,"ü"],"none":null}`, apiclient.Options{Prefer: "p", RequestID: "id", Traceparent: "tp"},
			seen{Method: "GET", URI: "/v1/records/lookup?email=a%2Bb%40x.example&n=1&n=true&n=%C3%BC&response_format=detailed", Prefer: "p", ID: "id", Trace: "tp"}},
		{tools.FindLeads.Spec, `{"query": "x"}`, apiclient.Options{}, seen{Method: "POST", URI: "/v1/leads/search", Body: `{"query": "x"}`, Type: "application/json"}},
		{tools.GetEnrichmentJob.Spec, `{"id":"j 1/x","limit":0}`, apiclient.Options{}, seen{Method: "GET", URI: "/v1/enrichment/jobs/j%201%2Fx?limit=0"}},
		{tools.GetEnrichmentJob.Spec, "", apiclient.Options{}, seen{Method: "GET", URI: "/v1/enrichment/jobs/-"}},
		{tools.CancelEnrichmentJob.Spec, `{"id":"j1"}`, apiclient.Options{}, seen{Method: "POST", URI: "/v1/enrichment/jobs/j1/cancel", Body: "{}", Type: "application/json"}},
		{tools.PushSignal.Spec, "", apiclient.Options{IdempotencyKey: "k"}, seen{Method: "POST", URI: "/v1/signals", Body: "{}", Type: "application/json", Idempotency: "k"}},
	} {
		resp, err := c.Do(t.Context(), secret(t), row.spec, json.RawMessage(row.args), row.opt)
		if err != nil || resp.Status != 201 || string(resp.Body) != `{"a":1}` || resp.RequestID != "back" {
			t.Errorf("%s: %+v, %v", row.spec.Name, resp, err)
		}
		row.want.Key, row.want.Agent = "Bearer "+text, "agent/1"
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.spec.Name, diff)
		}
	}
	for _, args := range []string{`{"id":1}`, `{"id":""}`, `{`} {
		if _, err := c.Do(t.Context(), secret(t), tools.GetEnrichmentJob.Spec, json.RawMessage(args), apiclient.Options{}); err == nil {
			t.Errorf("%s was spelt as a path", args)
		}
	}
	if _, err := c.Do(t.Context(), secret(t), tools.GetRecord.Spec, json.RawMessage(`{"a":{"b":1}}`), apiclient.Options{}); err == nil {
		t.Error("an object was spelt as a query")
	}
}

// TestRedirectsAreNotFollowed: the key stays with the origin it was meant for.
func TestRedirectsAreNotFollowed(t *testing.T) {
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		c := to(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, status) })
		_, err := c.Access(t.Context(), secret(t))
		if fault.CodeOf(err) != fault.Internal || !strings.Contains(err.Error(), "UNSTUCK_API_URL") {
			t.Errorf("%d: %v", status, err)
		}
	}
	if n := elsewhere.Load(); n != 0 {
		t.Errorf("%d requests went elsewhere", n)
	}
}

func TestAddressesRefused(t *testing.T) {
	for _, address := range []string{"http://api.example.com", "https://u:p@api.example.com", "ftp://x", ""} {
		if c, err := apiclient.New(address, "a"); err == nil {
			t.Errorf("%q: %v", address, c.Address())
		}
	}
}

func TestAnswers(t *testing.T) {
	problem := func(e *fault.Error) string {
		text, err := json.Marshal(e.Problem("r-1"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	limited := fault.Wrap(fault.RateLimited, nil)
	limited.RetryAfter = 7 * time.Second
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		code   fault.Code
	}{
		"problem":       {reply(429, problem(limited)), fault.RateLimited},
		"gateway":       {reply(502, "<html>"), fault.StoreUnavailable},
		"other status":  {reply(418, "teapot secret"), fault.Internal},
		"wrong status":  {reply(200, "not JSON"), fault.Internal},
		"foreign":       {reply(200, `{}`), ""},
		"another media": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>login</html>") }, fault.Internal},
		"too large":     {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", fmt.Sprint(17<<20)) }, fault.Internal},
		"endless": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for chunk := make([]byte, 1<<20); ; {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}, fault.Internal},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "{")
		}, fault.APIUnreachable},
	} {
		_, err := to(t, c.answer).Access(t.Context(), secret(t))
		if fault.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
		if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "html")) {
			t.Errorf("%s: echoes the answer: %v", name, err)
		}
		if name == "problem" {
			if e := fault.From(err); e.RetryAfter != 7*time.Second || e.RequestID != "r-1" {
				t.Errorf("problem: %+v", e)
			}
		}
	}
}

func TestUnreachable(t *testing.T) {
	c, err := apiclient.New("http://127.0.0.1:1", "a")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Access(t.Context(), secret(t))
	if fault.CodeOf(err) != fault.APIUnreachable || apiclient.Dead(err) {
		t.Errorf("nobody there: %v", err)
	}
	silent := to(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = silent.Access(ctx, secret(t))
	if fault.CodeOf(err) != fault.APIUnreachable || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("no answer in time: %v", err)
	}
}

// TestReadsSurviveAClosedConnection: a kept connection that the API closed costs a reading call nothing.
func TestReadsSurviveAClosedConnection(t *testing.T) {
	var n atomic.Int32
	c := to(t, func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1)%2 == 0 { // every second request dies on a connection that has served one
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_ = conn.Close()
			return
		}
		reply(200, `{"items":[],"total":0,"next_cursor":null}`)(w, r)
	})
	for range 5 {
		if _, err := apiclient.Call(t.Context(), c, secret(t), tools.FindLeads, wire.FindLeads{}, apiclient.Options{}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWatch(t *testing.T) {
	var n atomic.Int32
	c := to(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/access/changes" || r.Header.Get("Authorization") != "Bearer "+text {
			t.Errorf("%s %v", r.URL, r.Header)
		}
		code := fault.KeyRevoked
		switch n.Add(1) {
		case 1:
			w.WriteHeader(http.StatusNoContent)
			return
		case 2:
			code = fault.StoreUnavailable
		case 3:
			code = fault.TooManyStreams
		}
		w.WriteHeader(code.Status())
		_ = json.NewEncoder(w).Encode(fault.Wrap(code, nil).Problem("x"))
	})
	err := c.Watch(t.Context(), secret(t))
	if fault.CodeOf(err) != fault.KeyRevoked || !apiclient.Dead(err) || n.Load() != 4 {
		t.Errorf("%v after %d requests", err, n.Load())
	}
	ctx, cancel := context.WithCancel(t.Context())
	held := to(t, func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	if err := held.Watch(ctx, secret(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestImport(t *testing.T) {
	c := to(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.RequestURI != "/v1/records/import?file=a+b.csv&first_line=3&kind=leads" || string(body) != "lines" || r.Header.Get("Content-Type") != "text/csv" || len(r.TransferEncoding) == 0 {
			t.Errorf("%s %q %v", r.RequestURI, body, r.Header)
		}
		reply(200, `{"read":2,"created":1,"updated":0,"unchanged":0,"rejected":1,"report":[]}`)(w, r)
	})
	in := wire.ImportRecords{Kind: wire.ImportLeads, File: "a b.csv", FirstLine: 3}
	report, err := c.Import(t.Context(), secret(t), in, apiclient.CSV, io.MultiReader(strings.NewReader("lines")))
	if err != nil || report.Read != 2 || report.Rejected != 1 {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestUnusable: every code that can bar a key is put into words.
func TestUnusable(t *testing.T) {
	for _, code := range fault.Codes() {
		got := apiclient.Unusable(fault.Wrap(code, nil))
		if got.Usable == nil || *got.Usable || got.Code != string(code) || got.Reason == "" || got.NextStep == "" {
			t.Errorf("%s: %+v", code, got)
		}
		if status := code.Status(); status == 401 && strings.HasPrefix(got.Reason, "The key could not be checked") {
			t.Errorf("%s has no words of its own", code)
		}
	}
	for detail, want := range map[string][2]string{
		"The file is open to others.":                                                     {"The file is open to others.", "Run `unstuck auth login"},
		"The file is open to others. Run `chmod 600` on it.":                              {"The file is open to others.", "Run `chmod 600` on it."},
		"It is larger than 4 KiB. Remove profiles. Then go on.":                           {"It is larger than 4 KiB.", "Remove profiles. Then go on."},
		"No API key is set. Run `unstuck auth login --with-key`, or set UNSTUCK_API_KEY.": {"No API key is set.", "Run `unstuck auth login"},
	} {
		got := apiclient.Unusable(fault.New(fault.MissingAPIKey, detail))
		if got.Reason != want[0] || !strings.HasPrefix(got.NextStep, want[1]) {
			t.Errorf("%s: %+v", detail, got)
		}
	}
}

// TestUnusableSaysThingsOnce: the advice of the login that is missing is not given twice.
func TestUnusableSaysThingsOnce(t *testing.T) {
	resolver, err := credentials.NewResolver([]string{"UNSTUCK_CONFIG_DIR=" + t.TempDir()}, "")
	if err != nil {
		t.Fatal(err)
	}
	got := apiclient.Unusable(resolver.Current().Err)
	if text := got.Reason + " " + got.NextStep; got.Code != "missing_api_key" || strings.Count(text, "auth login") != 1 || strings.Count(text, "UNSTUCK_API_KEY") != 1 {
		t.Errorf("%+v", got)
	}
}
