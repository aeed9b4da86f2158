package browsertest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/unstuckengine/unstuck/internal/adminui"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
)

// TestEveryPage walks through all pages that links lead to, in a workspace whose every text is hostile, and inspects each kind of page.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	workspace := s.hostileWorkspace()
	b := newTab(t)
	b.look(views[0])
	s.signUp(b, workspace, "admin@example.com", "admin")
	c := crawl{tab: b, base: s.base, seen: map[string]int{}}
	c.walk(ui.Home)
	for _, a := range adminui.Areas(adminui.Config{}) {
		if a.Path != "" && c.seen[kind(a.Path)] == 0 {
			t.Errorf("no link leads to %s (%s)", a.Name, a.Path)
		}
	}
	t.Logf("%d kinds of pages", len(c.seen))
}

// crawl visits each kind of page up to twice, since two of a kind may differ in their state.
type crawl struct {
	*tab
	base string
	seen map[string]int
}

var (
	idInPath   = regexp.MustCompile(`/((?:[a-z]+_)?[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{8}|[a-z]+_[0-9a-z]{6,}|[0-9]+)(/|$)`)
	nameInPath = regexp.MustCompile(`/(signal-types|icps|personas)/[^/]+`)
)

// kind is the path without the ids, and the names that people choose, in it.
func kind(path string) string {
	return idInPath.ReplaceAllString(nameInPath.ReplaceAllString(path, "/$1/NAME"), "/ID$2")
}

func (c *crawl) walk(first string) {
	c.t.Helper()
	visited := map[string]bool{}
	for queue := []string{first}; len(queue) > 0; queue = queue[1:] {
		at, err := url.Parse(queue[0])
		if err != nil || visited[queue[0]] || c.seen[kind(at.Path)] >= 2 {
			continue
		}
		visited[queue[0]] = true
		c.seen[kind(at.Path)]++
		if !c.page(queue[0]) {
			continue
		}
		name := "pages/" + strings.Trim(strings.ReplaceAll(kind(at.Path), "/", "-"), "-")
		if c.seen[kind(at.Path)] == 1 {
			c.inspect(name, views...)
		} else {
			c.inspect(name+"-other", views[0])
		}
		queue = append(queue, c.links()...)
	}
}

// page loads a page; false when the address is that of a download.
func (c *crawl) page(path string) bool {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	answer, err := chromedp.Run(ctx, chromedp.NavigateResponse(c.base+path))
	if err != nil && strings.Contains(err.Error(), "ERR_ABORTED") {
		return false
	}
	if err != nil {
		c.t.Fatalf("%s: %v", path, err)
	}
	if answer.Status != 200 {
		c.t.Errorf("%s: %d\n%s", path, answer.Status, c.where())
	}
	return true
}

// links returns the addresses of our own pages that the page leads to.
func (c *crawl) links() (out []string) {
	c.t.Helper()
	for _, link := range eval[[]string](c.tab, `[...document.querySelectorAll("a[href]:not([download])")].filter((a) => a.origin === location.origin).map((a) => a.pathname + a.search)`) {
		if strings.HasPrefix(link, "/admin") || strings.HasPrefix(link, "/device") {
			out = append(out, link)
		}
	}
	return out
}

// hostileWorkspace returns the id of a workspace with two keys and some records, hostile in every text that its makers may choose.
func (s *system) hostileWorkspace() string {
	s.t.Helper()
	id := s.admin("workspace", "create", "--name", ui.Hostile[1], "--plan", "team")["id"].(string)
	var key string
	for _, name := range ui.Hostile[:3] {
		key = s.admin("key", "create", "--workspace", id, "--name", name, "--preset", "full")["key"].(string)
	}
	h := ui.Hostile
	s.importLines(id, "accounts", map[string]any{"id": "co_1", "domain": "hostile.example", "name": h[0], "aliases": h, "industry": h[1], "description": strings.Join(h, " "),
		"tags": h, "city": h[2], "state": h[3], "ownership": h[4], "custom_note": h[5]})
	s.importLines(id, "leads", map[string]any{"id": "pe_1", "name": h[0], "title": h[1], "department": h[2], "company": h[3], "company_domain": "hostile.example", "email": "a@hostile.example"})
	s.importLines(id, "signals", map[string]any{"id": "sg_1", "type": "website_visit", "company_domain": "hostile.example", "person_email": "a@hostile.example", "source": h[0],
		"occurred_at": "2026-08-01T00:00:00Z", "title": h[1], "payload": map[string]any{"page": h[2], h[3]: h[4]}})
	asks := []any{map[string]any{"name": h[1], "mode": "score", "weight": 5, "condition": map[string]any{"any": []any{map[string]any{"field": "name", "op": "phrase", "value": h[0]}, map[string]any{"field": "custom." + h[4], "op": "present"}}}}}
	s.call(key, "PATCH", "/v1/settings", map[string]any{"signal_types": map[string]any{"own": map[string]any{"about": h[0]}}, "engagement": map[string]any{"source_weights": map[string]any{h[0]: 150}},
		"icps": map[string]any{"hostile": map[string]any{"name": h[0], "parameters": asks, "personas": map[string]any{"hostile": map[string]any{"name": h[2], "parameters": asks}}}}})
	s.call(key, "POST", "/v1/destinations", map[string]any{"name": h[0], "kind": "hubspot", "secrets": map[string]any{"token": "pat-na1-11111111"}})
	s.call(key, "POST", "/v1/destinations", map[string]any{"name": h[1], "kind": "csv", "mapping": map[string]any{"leads": map[string]any{h[0]: "custom." + h[4]}}})
	list := s.admin("waitlist", "create", "--workspace", id, "--name", h[0])["id"].(string)
	s.call(key, "POST", "/v1/waitlists/"+list+"/subscribers", map[string]any{"email": "ann@gmail.com"})
	return id
}

// call sends a request to the API, which must succeed.
func (s *system) call(key, method, path string, body any) {
	s.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	r, err := http.NewRequest(method, s.apiURL+path, bytes.NewReader(text))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	if answer, _ := io.ReadAll(res.Body); res.StatusCode >= 300 {
		s.t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, answer)
	}
}

// importLines imports one record.
func (s *system) importLines(workspace, kind string, record map[string]any) {
	s.t.Helper()
	line, err := json.Marshal(record)
	if err != nil {
		s.t.Fatal(err)
	}
	file := filepath.Join(s.t.TempDir(), kind+".jsonl")
	if err := os.WriteFile(file, append(line, '\n'), 0o600); err != nil {
		s.t.Fatal(err)
	}
	if out := s.admin("import", "--workspace", workspace, "--"+kind, file, "--register-types"); out["created"] != 1.0 {
		s.t.Fatalf("import of %s: %v", kind, out)
	}
}
