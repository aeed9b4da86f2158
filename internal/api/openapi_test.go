package api_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/api"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/tools"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run the test with -update)", err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got); if it is meant, run the test with -update:\n%s", name, d)
	}
}

func TestOpenAPI(t *testing.T) {
	r := newRig(t, nil)
	got := r.ask("GET", "/openapi.json", "", "")
	if got.status != 200 || got.header.Get("Content-Type") != "application/json" {
		t.Fatalf("%d %v", got.status, got.header)
	}
	golden(t, "openapi.json", got.body+"\n")
	var doc map[string]any
	r.must(json.Unmarshal([]byte(got.body), &doc))
	refs := 0
	walk(doc, func(ref string) {
		refs++
		if !resolves(doc, ref) {
			t.Errorf("%s points nowhere", ref)
		}
	})
	if refs < 50 {
		t.Errorf("only %d references", refs)
	}
}

// TestOpenAPIIsComplete shows that the description names each route, and that each operation has a name of its own.
func TestOpenAPIIsComplete(t *testing.T) {
	r := newRig(t, nil)
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Permission  string `json:"x-permission"`
			RequestBody any    `json:"requestBody"`
			Parameters  []struct{ Name, In string }
			Responses   map[string]any
		}
	}
	r.must(json.Unmarshal([]byte(r.ask("GET", "/openapi.json", "", "").body), &doc))
	seen := map[string]bool{}
	for _, spec := range tools.Operations() {
		for _, route := range spec.Routes() {
			o, ok := doc.Paths[route.Path][strings.ToLower(route.Method)]
			if !ok || o.Permission != string(spec.Permission) || seen[o.OperationID] || o.Responses["401"] == nil {
				t.Errorf("%s: %+v", route, o)
			}
			if hasBody := o.RequestBody != nil; hasBody != (route.Method != "GET" && !route.Placed()) {
				t.Errorf("%s: body %v", route, hasBody)
			}
			seen[o.OperationID] = true
		}
	}
}

// walk calls f with each reference in v.
func walk(v any, f func(ref string)) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if ref, ok := member.(string); ok && name == "$ref" {
				f(ref)
			}
			walk(member, f)
		}
	case []any:
		for _, e := range v {
			walk(e, f)
		}
	}
}

func resolves(doc map[string]any, ref string) bool {
	at := any(doc)
	for _, step := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
		o, ok := at.(map[string]any)
		if !ok || o[step] == nil {
			return false
		}
		at = o[step]
	}
	return strings.HasPrefix(ref, "#/")
}

func TestDocs(t *testing.T) {
	r := newRig(t, nil)
	got := r.ask("GET", "/docs", "", "", "Accept: text/html,application/xhtml+xml,*/*;q=0.8")
	policy := got.header.Get("Content-Security-Policy")
	if got.status != 200 || !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") || got.header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("%d %v", got.status, got.header)
	}
	for _, spec := range tools.Operations() {
		called := strings.Replace(spec.Route.Path, tools.IDMark, "01990a5d-ac96-774b-bcce-b302099a8057", 1)
		for _, part := range []string{spec.Route.Path, `id="` + spec.Name + `"`, "https://api.example.com" + called} {
			if !strings.Contains(got.body, part) {
				t.Errorf("%s: no %s", spec.Name, part)
			}
		}
	}
	if strings.Contains(got.body, "<script") || strings.Contains(got.body, " style=") || strings.Contains(got.body, "ZgotmplZ") {
		t.Error("the page holds what its policy forbids")
	}
	golden(t, "docs.html", got.body)
}

// TestDocsShowTheReadersAddress: where no public address is configured, examples call the one by which the page was asked for.
func TestDocsShowTheReadersAddress(t *testing.T) {
	r := newRig(t, func(c *api.Config) { c.PublicURL = "" })
	page := r.ask("GET", "/docs", "", "").body
	if !strings.Contains(page, r.url+"/v1/leads/search") || strings.Contains(page, "http://127.0.0.1:8080") {
		t.Errorf("the examples do not call %s", r.url)
	}
}

// TestDocsSayEveryOperator holds the page to the parser, and its example too.
func TestDocsSayEveryOperator(t *testing.T) {
	page := newRig(t, nil).ask("GET", "/docs", "", "").body
	_, section, _ := strings.Cut(page, `<h2 id="filter">`)
	for _, name := range append(filter.Operators(), "custom.&lt;name&gt;", "context.&lt;name&gt;", "account.country_code", "signals", "lead") {
		if !strings.Contains(section, "<code>"+name+"</code>") {
			t.Errorf("the section on filters lacks %s", name)
		}
	}
	_, example, _ := strings.Cut(section, "<pre>")
	example, _, _ = strings.Cut(example, "</pre>")
	for _, k := range []filter.Kind{filter.Accounts, filter.Leads} {
		if _, err := filter.Parse(k, json.RawMessage(example), time.Now()); err != nil {
			t.Errorf("%s: %v", example, err)
		}
	}
	if n := strings.Count(page, `<a href="#filter">`); n != 8 {
		t.Errorf("%d operations link to the section, want 8", n)
	}
}

// TestDocsExamplesWork checks the inputs that the page shows.
func TestDocsExamplesWork(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	page := r.ask("GET", "/docs", "", "").body
	tried := 0
	for _, spec := range tools.Operations() {
		_, after, _ := strings.Cut(page, `id="`+spec.Name+`"`)
		_, after, _ = strings.Cut(after, "<pre>")
		line, _, _ := strings.Cut(after, "</pre>")
		line = strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&amp;", "&").Replace(line)
		if _, body, ok := strings.Cut(line, "-d '"); ok {
			body, _, _ = strings.Cut(body, "'")
			if got := r.ask(spec.Route.Method, strings.Replace(spec.Route.Path, tools.IDMark, "a1", 1), key, body); got.status/100 != 2 {
				t.Errorf("%s: %d %s", line, got.status, got.body)
			}
			tried++
		}
	}
	if tried < 5 {
		t.Errorf("%d examples", tried)
	}
}
