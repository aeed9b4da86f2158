package api_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/api"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

func newContext() (context.Context, context.CancelFunc) {
	return context.WithCancel(context.Background())
}

// metric returns the value of an exported metric, given with its labels; "" when it is not there.
func (r *rig) metric(name string) string {
	r.Helper()
	w := httptest.NewRecorder()
	r.server.Metrics().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (\S+)$`).FindStringSubmatch(w.Body.String())
	if m == nil {
		return ""
	}
	return m[1]
}

// TestShutdown shows that a stop lets requests in flight finish, ends watches with a reason, and says that it is coming.
func TestShutdown(t *testing.T) {
	r := newRig(t, func(c *api.Config) { c.WatchHold, c.LameDuck = time.Minute, 200*time.Millisecond })
	key := r.fullKey().Secret.Reveal()
	hold := make(chan struct{})
	r.world.change(func() { r.world.hold = hold })
	slow := make(chan answer, 1)
	go func() { slow <- r.ask("GET", "/v1/accounts", key, "") }()
	watch := r.watch(key)
	r.held("1")
	r.eventually("the slow request runs", func() bool { return r.world.total() == 1 })
	r.stop()
	if got := <-watch; got.code() != fault.ShuttingDown || got.header.Get("Retry-After") == "" {
		t.Errorf("watch: %d %s", got.status, got.body)
	}
	if got := r.ask("GET", "/readyz", "", ""); got.code() != fault.ShuttingDown {
		t.Errorf("/readyz: %d %s", got.status, got.body)
	}
	if got := <-r.watch(key); got.code() != fault.ShuttingDown {
		t.Errorf("a new watch: %d %s", got.status, got.body)
	}
	if got := r.ask("GET", "/livez", "", ""); got.status != 200 {
		t.Errorf("/livez: %d %s", got.status, got.body)
	}
	close(hold)
	if got := <-slow; got.status != 200 {
		t.Errorf("in flight: %d %s", got.status, got.body)
	}
	if err := r.stopped(); err != nil {
		t.Errorf("Serve: %v", err)
	}
	if _, err := http.Get(r.url + "/livez"); err == nil {
		t.Error("it still listens")
	}
}

func TestShutdownDoesNotWaitForEver(t *testing.T) {
	r := newRig(t, func(c *api.Config) { c.DrainTime = 20 * time.Millisecond })
	key := r.fullKey().Secret.Reveal()
	hold := make(chan struct{})
	r.world.change(func() { r.world.hold = hold })
	stuck := make(chan error, 1)
	go func() {
		req, _ := http.NewRequest("GET", r.url+"/v1/accounts", nil)
		req.Header.Set("Authorization", "Bearer "+key)
		resp, err := one.RoundTrip(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		stuck <- err
	}()
	r.eventually("the request runs", func() bool { return r.world.total() == 1 })
	r.stop()
	if err := r.stopped(); err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("Serve: %v", err)
	}
	if err := <-stuck; err == nil {
		t.Error("the stuck request was answered")
	}
	close(hold)
}

func TestPanicsStayInside(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	r.world.change(func() { r.world.panic = "the key is " + key })
	got := r.ask("GET", "/v1/accounts", key, "", "X-Request-Id: req-7")
	if got.code() != fault.Internal || strings.Contains(got.body, "the key is") || got.header.Get("X-Request-Id") != "req-7" {
		t.Errorf("%d %s", got.status, got.body)
	}
	r.world.change(func() { r.world.panic = nil })
	if got := r.ask("GET", "/v1/accounts", key, ""); got.status != 200 {
		t.Errorf("afterwards: %d %s", got.status, got.body)
	}
	if log := r.log.String(); !strings.Contains(log, "the key is unstuck_***_"+key[len(key)-8:]) || !strings.Contains(log, "req-7") {
		t.Errorf("log %s", log)
	}
}

// TestLogsTellNoSecret sends a key in every place that a request has.
func TestLogsTellNoSecret(t *testing.T) {
	r := newRig(t, nil)
	k := r.fullKey()
	key := k.Secret.Reveal()
	r.ask("GET", "/v1/access", key, "")
	r.ask("GET", "/v1/accounts?query="+key, key, "")
	r.ask("GET", "/v1/"+key, key, "")
	r.ask("GET", "/v1/accounts/"+key, key, "")
	r.ask("POST", "/v1/signals", key, `{"`+key+`":"`+key+`"}`, "X-Request-Id: "+key, "User-Agent: "+key, "Referer: "+key, "Idempotency-Key: "+key)
	r.world.change(func() { r.world.err = fault.Wrap(fault.StoreUnavailable, io.ErrUnexpectedEOF) })
	r.ask("GET", "/v1/accounts", key, "")
	r.raw("GET /v1/access HTTP/1.1\r\nHost: localhost\r\nAuthorization Bearer " + key + "\r\n\r\n")
	log := r.log.String()
	for secret := key[len("unstuck_"):][:49]; len(secret) >= 12; secret = secret[1:] {
		if strings.Contains(log, secret[:12]) {
			t.Fatalf("part of the key is in the log: %s", log)
		}
	}
	for _, part := range []string{`"route":"GET /v1/access"`, `"key_id":"` + k.Key.ID + `"`, `"workspace_id":"` + k.Key.WorkspaceID + `"`, `"status":404`,
		`"cause":"unexpected EOF"`, `"code":"validation_failed"`} {
		if !strings.Contains(log, part) {
			t.Errorf("no %s in %s", part, log)
		}
	}
}

func TestStrangersCannotFloodTheLog(t *testing.T) {
	r := newRig(t, nil)
	for range 200 {
		r.ask("GET", "/v1/access", "", "")
	}
	if n := strings.Count(r.log.String(), "missing_api_key"); n == 0 || n > 100 {
		t.Errorf("%d of 200 refusals are in the log", n)
	}
	if n := r.metric(`unstuck_api_auth_failures_total{code="missing_api_key"}`); n != "200" {
		t.Errorf("%s of 200 refusals are counted", n)
	}
}

func TestMetrics(t *testing.T) {
	r := newRig(t, nil)
	k := r.fullKey()
	key := k.Secret.Reveal()
	r.ask("GET", "/v1/accounts", key, "")
	r.ask("GET", "/nothing", "", "")
	one := 1
	r.set(k.Key.WorkspaceID, workspaces.Change{RatePerMinute: &one, Burst: &one})
	r.ask("GET", "/v1/accounts", key, "")
	for name, want := range map[string]string{
		`unstuck_api_requests_total{route="GET /v1/accounts",status="200"}`:    "1",
		`unstuck_api_requests_total{route="GET /v1/accounts",status="429"}`:    "1",
		`unstuck_api_requests_total{route="unknown",status="404"}`:             "1",
		`unstuck_api_request_duration_seconds_count{route="GET /v1/accounts"}`: "2",
		`unstuck_api_rate_limited_total`:                                       "1",
	} {
		if got := r.metric(name); got != want {
			t.Errorf("%s = %q, want %s", name, got, want)
		}
	}
	side := httptest.NewServer(r.server.Metrics())
	defer side.Close()
	for path, status := range map[string]int{"/metrics": 200, "/debug/pprof/": 200, "/v1/access": 404} {
		resp, err := side.Client().Get(side.URL + path)
		r.must(err)
		_ = resp.Body.Close()
		if resp.StatusCode != status {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
}

func TestWrapIsAroundAll(t *testing.T) {
	wrapped := 0
	r := newRig(t, func(c *api.Config) {
		c.Wrap = func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { wrapped++; h.ServeHTTP(w, q) })
		}
	})
	if got := r.ask("GET", "/livez", "", ""); got.status != 200 || wrapped != 1 {
		t.Errorf("%d, wrapped %d", got.status, wrapped)
	}
}

func TestIncompleteConfigsAreRefused(t *testing.T) {
	if _, err := api.New(api.Config{}); err == nil {
		t.Error("an empty Config makes a Server")
	}
}
