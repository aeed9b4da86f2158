package keypages_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/tools"
)

var (
	toolName = regexp.MustCompile(`<small><code>([a-z_]+)</code></small>`)
	weight   = regexp.MustCompile(`<strong>([0-9]+) tokens</strong>`)
)

// TestPreviewIsTheCatalogue compares the preview with what the MCP server lists for every preset and single permission.
func TestPreviewIsTheCatalogue(t *testing.T) {
	b := newBench(t)
	browser := b.admin()
	asks := []url.Values{{"preset": {"custom"}}, {"preset": {"nonsense"}}, {"preset": {"custom"}, "permissions": {"records:read", "settings:write"}}}
	for _, p := range scope.Presets() {
		asks = append(asks, url.Values{"preset": {string(p)}})
	}
	for _, p := range scope.Words() {
		asks = append(asks, url.Values{"preset": {"custom"}, "permissions": {p}})
	}
	for _, ask := range asks {
		set, _ := scope.Preset(ask.Get("preset")).Set()
		for _, p := range ask["permissions"] {
			set |= scope.Of(scope.Permission(p))
		}
		browser.Get("/admin/keys/new")
		status, body := browser.Post("/admin/keys/preview", ask)
		if status != http.StatusOK {
			t.Fatalf("%v: %d", ask, status)
		}
		got, want := []string{}, tools.Allowed(set)
		for _, m := range toolName.FindAllStringSubmatch(body, -1) {
			got = append(got, m[1])
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%v (-want +got):\n%s", ask, d)
		}
		checkWeight(t, ask, body, want)
		checkLacks(t, ask, body, set)
	}
}

func checkWeight(t *testing.T, ask url.Values, body string, names []string) {
	t.Helper()
	sum := 0
	for _, name := range names {
		spec, _ := tools.ByName(name)
		sum += spec.Tokens()
		if !strings.Contains(body, html.EscapeString(spec.Description)) {
			t.Errorf("%v: the preview does not say what %s does", ask, name)
		}
	}
	if m := weight.FindStringSubmatch(body); sum > 0 && (m == nil || m[1] != fmt.Sprint(sum)) {
		t.Errorf("%v: weight %v, want %d", ask, m, sum)
	}
}

func checkLacks(t *testing.T, ask url.Values, body string, set scope.Set) {
	t.Helper()
	if set == 0 {
		if !strings.Contains(body, "Nothing yet") {
			t.Errorf("%v: no word about an empty set", ask)
		}
		return
	}
	for _, m := range tools.Missing(set) {
		spec, _ := tools.ByName(m.Tool)
		if !strings.Contains(body, "<li>"+html.EscapeString(spec.Title)) {
			t.Errorf("%v: the preview hides that %s is missing", ask, m.Tool)
		}
	}
}

// TestPreviewAnswersAPart is how a script asks for it.
func TestPreviewAnswersAPart(t *testing.T) {
	b := newBench(t)
	browser := b.admin()
	browser.Get("/admin/keys/new")
	form := url.Values{"preset": {"full"}, "_token": {tokenOf(browser.Body)}}
	req, _ := http.NewRequest("POST", b.URL+"/admin/keys/preview", strings.NewReader(form.Encode()))
	req.Header = http.Header{"Hx-Request": {"true"}, "Content-Type": {"application/x-www-form-urlencoded"}}
	res, err := browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	part := make([]byte, 64)
	n, _ := res.Body.Read(part)
	if got := string(part[:n]); res.StatusCode != http.StatusOK || !strings.HasPrefix(got, `<section id="preview"`) {
		t.Errorf("%d: %s", res.StatusCode, got)
	}
}

// TestPreviewKeepsTheForm is for browsers without scripts, whose Preview button sends the whole form.
func TestPreviewKeepsTheForm(t *testing.T) {
	b := newBench(t)
	browser := b.admin()
	browser.Get("/admin/keys/new")
	_, body := browser.Post("/admin/keys/preview", url.Values{"name": {"kept"}, "preset": {"custom"}, "permissions": {"signals:write"}, "expires": {"30"}, "spend_limit": {"7"}, "form": {"n"}})
	for _, want := range []string{`value="kept"`, `value="custom" checked`, `value="signals:write" checked`, `value="30" selected`, `value="7"`, `name="form" value="n"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the form lost %s", want)
		}
	}
	if n := strings.Count(body, " checked"); n != 2 {
		t.Errorf("%d fields are ticked, want 2", n)
	}
	if !slices.Contains(tools.Allowed(scope.Of(scope.SignalsWrite)), "push_signal") {
		t.Error("the test asks for a permission without a tool")
	}
}
