package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/testkit/internet"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// waitingSystem is a system whose DNS knows two companies, of which one takes mail.
func waitingSystem(t *testing.T) *system {
	t.Helper()
	zone := internet.NewZone(t)
	zone.Add("gmail.com. 60 IN MX 10 mx.gmail.com.", "acme.test. 60 IN MX 10 mx.acme.test.", "silent.test. 60 IN MX 0 .")
	s := &system{t: t, environ: append(storeEnv(t, ""), "UNSTUCK_OUTBOUND_DNS="+zone.Address())}
	s.api = s.serve()
	return s
}

// TestWaitlistsThroughEveryDoor signs people up over HTTP, each transport and the command line, and reads the line there. Of the two permissions neither
// opens the other's door.
func TestWaitlistsThroughEveryDoor(t *testing.T) {
	s := waitingSystem(t)
	ws := s.workspace("Waiting", "team")
	list := s.admin("waitlist", "create", "--workspace", ws, "--name", "Launch")["id"].(string)
	_, full := s.key(ws, "--preset", "full")
	_, reads := s.key(ws, "--permissions", "subscribers:read")
	_, writes := s.key(ws, "--permissions", "subscribers:write")
	path := s.api.url("api_url") + "/v1/waitlists/" + list + "/subscribers"

	var first wire.Subscriber
	status, body := do(t, http.MethodPost, path, writes, "application/json", `{"email":"First@acme.test","ip":"203.0.113.7"}`)
	if err := json.Unmarshal(body, &first); err != nil || status != http.StatusCreated || first.Email != "first@acme.test" || first.Position != 1 {
		t.Fatalf("%d %s, %v", status, body, err)
	}
	m := start(t, append(env(t), "UNSTUCK_API_URL="+s.api.url("api_url")), "mcp-server", "--transport", "http,sse", "--listen", "127.0.0.1:0")
	for i, d := range doors {
		in := d.open(t, m, credential{key: full, header: true}, s.api.url("api_url"))
		args := fmt.Sprintf(`{"id":"%s","email":"p%d@acme.test","referral_code":"%s"}`, list, i, first.ReferralCode)
		if got := resultOf(t, in, "create_subscriber", args); !strings.Contains(got, fmt.Sprintf(`"email":"p%d@acme.test"`, i)) || !strings.Contains(got, `"untrusted":["email"]`) {
			t.Errorf("%s: %s", d.name, got)
		}
		if got := resultOf(t, in, "list_subscribers", `{"id":"`+list+`","limit":1}`); !strings.Contains(got, fmt.Sprintf(`"referral_count":%d`, i+1)) || !strings.Contains(got, fmt.Sprintf(`"total":%d,"page":1,"limit":1`, i+2)) {
			t.Errorf("%s: %s", d.name, got)
		}
	}
	cli := env(t, "UNSTUCK_API_URL="+s.api.url("api_url"), "UNSTUCK_API_KEY="+full)
	if out, stderr, code := run(t, cli, "", "unstuck", "subscribers", "add", list, "--email", "cli@acme.test", "-o", "json"); code != 0 || !strings.Contains(out, "cli@acme.test") {
		t.Errorf("add: exit %d %s %s", code, out, stderr)
	}
	if out, stderr, code := run(t, cli, "", "unstuck", "subscribers", "list", list, "-o", "csv", "--limit", "2"); code != 0 || strings.Count(out, "\n") != 3 || !strings.Contains(out, "first@acme.test") {
		t.Errorf("list: exit %d %s %s", code, out, stderr)
	}
	for _, c := range []struct{ method, key, scope string }{{http.MethodGet, writes, "subscribers:read"}, {http.MethodPost, reads, "subscribers:write"}} {
		if status, body := do(t, c.method, path, c.key, "application/json", `{"email":"eve@acme.test"}`); status != http.StatusForbidden || !strings.Contains(string(body), `"required_scope":"`+c.scope+`"`) {
			t.Errorf("%s: %d %s", c.method, status, body)
		}
	}
	refusals(t, s, ws, list, path, full)
}

// refusals are what sign-ups meet that must not be made.
func refusals(t *testing.T, s *system, ws, list, path, key string) {
	t.Helper()
	for email, want := range map[string]int{"eve@silent.test": 422, "eve@nowhere.test": 422, "eve@mailinator.com": 422, "eve": 422, "eve@acme.test": 201} {
		status, body := do(t, http.MethodPost, path, key, "application/json", `{"email":"`+email+`"}`)
		if status != want || status == 422 && !strings.Contains(string(body), `"errors":[{"field":"email"`) {
			t.Errorf("%s: %d %s", email, status, body)
		}
	}
	limited := 0
	for range 6 {
		status, body := do(t, http.MethodPost, path, key, "application/json", `{"email":"often@acme.test"}`)
		if status == http.StatusTooManyRequests && strings.Contains(string(body), `"retry_after":`) {
			limited++
		} else if status != http.StatusCreated {
			t.Errorf("%d %s", status, body)
		}
	}
	if limited != 1 {
		t.Errorf("%d of 6 sign-ups of one email were refused", limited)
	}
	s.admin("waitlist", "archive", "--workspace", ws, list)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if status, body := do(t, method, path, key, "application/json", `{"email":"late@acme.test"}`); status != http.StatusNotFound {
			t.Errorf("%s of an archived waitlist: %d %s", method, status, body)
		}
	}
}
