package e2e_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/wire"
)

// TestAudiencesThroughEveryDoor makes an audience, and sees by each door how it follows what is pushed.
func TestAudiencesThroughEveryDoor(t *testing.T) {
	s := newSystem(t, "")
	ws := s.workspace("Gathering", "team")
	_, full := s.key(ws, "--preset", "full")
	_, reads := s.key(ws, "--preset", "read_only")
	api := s.api.url("api_url") + "/v1/"
	status, body := do(t, http.MethodPost, api+"audiences", full, "application/json",
		`{"name":"Visitors","over":"accounts","filter":{"signals":{"types":["website_visit"],"last_days":7,"min":2}},"ranking":[{"field":"domain"}]}`)
	var a wire.Audience
	if err := json.Unmarshal(body, &a); err != nil || status != http.StatusCreated || a.State != "scanning" {
		t.Fatalf("%d %s, %v", status, body, err)
	}
	visit := func(domain string) {
		t.Helper()
		at := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339Nano)
		status, body := do(t, http.MethodPost, api+"signals", full, "application/json",
			`{"signal_type":"website_visit","source":"site","occurred_at":"`+at+`","identity":{"company_domain":"`+domain+`"}}`)
		if status != http.StatusCreated {
			t.Fatalf("push: %d %s", status, body)
		}
	}
	for _, domain := range []string{"once.example", "twice.example", "twice.example", "again.example", "again.example"} {
		visit(domain)
	}
	members := func() (m wire.List[struct{ Domain string }]) {
		_, body := do(t, http.MethodGet, api+"audiences/"+a.ID+"/members", reads, "", "")
		if err := json.Unmarshal(body, &m); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		return m
	}
	for deadline := time.Now().Add(time.Minute); members().Total != 2 && time.Now().Before(deadline); { // the keeper is behind the writers; how far is not judged
		time.Sleep(50 * time.Millisecond)
	}
	if got := members(); got.Total != 2 || got.Items[0].Domain != "again.example" || got.Items[1].Domain != "twice.example" {
		t.Errorf("members: %+v", got)
	}
	m := start(t, append(env(t), "UNSTUCK_API_URL="+s.api.url("api_url")), "mcp-server", "--transport", "http,sse", "--listen", "127.0.0.1:0")
	for _, d := range doors {
		in := d.open(t, m, credential{key: full, header: true}, s.api.url("api_url"))
		if got := resultOf(t, in, "list_audiences", `{}`); !strings.Contains(got, `"name":"Visitors"`) || !strings.Contains(got, `"members":2`) || strings.Contains(got, `"filter"`) {
			t.Errorf("%s: %s", d.name, got)
		}
		if got := resultOf(t, in, "list_audience_members", `{"id":"`+a.ID+`","limit":1}`); !strings.Contains(got, `"position":1`) || !strings.Contains(got, "again.example") || !strings.Contains(got, `"total":2`) {
			t.Errorf("%s: %s", d.name, got)
		}
		if got := resultOf(t, in, "preview_audience", `{"id":"`+a.ID+`","filter":{"signals":{"types":["website_visit"]}}}`); !strings.Contains(got, `"count":3`) {
			t.Errorf("%s: %s", d.name, got)
		}
	}
	cli := env(t, "UNSTUCK_API_URL="+s.api.url("api_url"), "UNSTUCK_API_KEY="+full)
	if out, stderr, code := run(t, cli, "", "unstuck", "audiences", "save", "--id", a.ID, "--ranking", "domain:desc", "--version", "1", "-o", "json"); code != 0 || !strings.Contains(out, `"version":2`) {
		t.Errorf("save: exit %d %s %s", code, out, stderr)
	}
	if out, _, code := run(t, cli, "", "unstuck", "audiences", "members", a.ID, "--all", "-o", "csv"); code != 0 || strings.Count(out, "\n") != 3 || !strings.Contains(out, "\r\n1,") {
		t.Errorf("members: exit %d %s", code, out)
	}
	if out, _, code := run(t, cli, "", "unstuck", "audiences", "events", a.ID, "-o", "json"); code != 0 || strings.Count(out, `"added"`) != 2 {
		t.Errorf("events: exit %d %s", code, out)
	}
	if status, body := do(t, http.MethodDelete, api+"audiences/"+a.ID, reads, "", ""); status != http.StatusForbidden || !strings.Contains(string(body), `"required_scope":"audiences:write"`) {
		t.Errorf("delete with a key that reads: %d %s", status, body)
	}
	if out, stderr, code := run(t, cli, "", "unstuck", "audiences", "delete", a.ID, "-o", "json"); code != 0 || !strings.Contains(out, `"deleted":true`) {
		t.Errorf("delete: exit %d %s %s", code, out, stderr)
	}
	if status, _ := do(t, http.MethodGet, api+"audiences/"+a.ID+"/members", reads, "", ""); status != http.StatusNotFound {
		t.Errorf("members of what is gone: %d", status)
	}
}
