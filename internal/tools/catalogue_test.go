package tools_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/tools"
)

var update = flag.Bool("update", false, "rewrite the golden file")

var toolName = regexp.MustCompile(`^[a-z0-9_]{1,40}$`)

func TestOperationsAreWholeAndDistinct(t *testing.T) {
	names, routes, commands := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, s := range tools.Operations() {
		if !toolName.MatchString(s.Name) || names[s.Name] {
			t.Errorf("name %q is not allowed or taken", s.Name)
		}
		names[s.Name] = true
		for _, r := range s.Routes() {
			if routes[r.String()] || !strings.HasPrefix(r.Path, "/v1/") {
				t.Errorf("%s: route %s is taken or not under /v1", s.Name, r)
			}
			routes[r.String()] = true
		}
		command := strings.Join(s.Command, " ")
		if !s.NoTool && (command == "" || commands[command]) {
			t.Errorf("%s: command %q is missing or taken", s.Name, command)
		}
		commands[command] = true
		if !s.Permission.Valid() || s.Title == "" || s.Description == "" {
			t.Errorf("%s lacks a permission, title or description", s.Name)
		}
	}
}

// TestEveryOperationIsListed reads the source, so that an operation that was declared but forgotten in the list is found.
func TestEveryOperationIsListed(t *testing.T) {
	declared := map[string]bool{}
	for _, file := range sourceFiles(t) {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if v, ok := n.(*ast.KeyValueExpr); ok {
				if key, ok := v.Key.(*ast.Ident); ok && key.Name == "Name" {
					if lit, ok := v.Value.(*ast.BasicLit); ok {
						declared[strings.Trim(lit.Value, `"`)] = true
					}
				}
			}
			return true
		})
	}
	listed := map[string]bool{}
	for _, s := range tools.Operations() {
		listed[s.Name] = true
	}
	if d := cmp.Diff(declared, listed); d != "" || len(listed) < 9 {
		t.Errorf("declared and listed operations differ (-declared +listed):\n%s", d)
	}
}

func sourceFiles(t *testing.T) (out []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f, "_test.go") && f != "schema.go" {
			out = append(out, f)
		}
	}
	return out
}

func TestAnnotationsFollowTheEffect(t *testing.T) {
	for _, s := range tools.All() {
		a := s.Annotations()
		if a.ReadOnly != (s.Effect == tools.Read) || a.ReadOnly && (a.Destructive || !a.Idempotent) {
			t.Errorf("%s: %+v for effect %d", s.Name, a, s.Effect)
		}
		if s.Changes() == a.ReadOnly {
			t.Errorf("%s changes: %t, read-only: %t", s.Name, s.Changes(), a.ReadOnly)
		}
	}
}

// TestSchemasCompile resolves every schema, and shows that one that cannot be resolved is found.
func TestSchemasCompile(t *testing.T) {
	for _, s := range tools.Operations() {
		for side, schema := range map[string]*tools.Schema{"input": s.Input(), "output": s.Output()} {
			if _, err := schema.Resolve(nil); err != nil || schema.Type != "object" {
				t.Errorf("%s: the %s schema of type %q does not compile: %v", s.Name, side, schema.Type, err)
			}
		}
	}
	broken := &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{"x": {Ref: "#/$defs/nowhere"}}}
	if _, err := broken.Resolve(nil); err == nil {
		t.Error("a schema with a dangling reference compiles")
	}
}

// TestGoldenCatalogue pins what outsiders read. Review the diff of the golden file: it is what models and users see.
func TestGoldenCatalogue(t *testing.T) {
	type entry struct {
		Name        string            `json:"name"`
		Title       string            `json:"title"`
		Description string            `json:"description"`
		Permission  scope.Permission  `json:"permission"`
		Tool        bool              `json:"tool"`
		Annotations tools.Annotations `json:"annotations"`
		Routes      []string          `json:"routes"`
		Command     string            `json:"command"`
		Untrusted   []string          `json:"untrusted,omitempty"`
		Input       json.RawMessage   `json:"input"`
		Output      json.RawMessage   `json:"output"`
	}
	var all []entry
	for _, s := range tools.Operations() {
		e := entry{Name: s.Name, Title: s.Title, Description: s.Description, Permission: s.Permission, Tool: !s.NoTool, Annotations: s.Annotations(),
			Command: strings.Join(s.Command, " "), Untrusted: s.Untrusted, Input: s.Input().Text(), Output: s.Output().Text()}
		for _, r := range s.Routes() {
			e.Routes = append(e.Routes, r.String())
		}
		all = append(all, e)
	}
	var got bytes.Buffer
	enc := json.NewEncoder(&got)
	enc.SetIndent("", "  ")
	if err := enc.Encode(all); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/catalogue.golden.json"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatalf("%v; run with -update", err)
	}
	if d := cmp.Diff(string(want), got.String()); d != "" {
		t.Errorf("the catalogue changed (-golden +now); if that is meant, run with -update and read the diff:\n%s", d)
	}
}

func TestAllowedAndMissingShareTheCatalogue(t *testing.T) {
	for _, p := range scope.Presets() {
		set, _ := p.Set()
		allowed, missing := tools.Allowed(set), tools.Missing(set)
		if len(allowed)+len(missing) != len(tools.All()) {
			t.Errorf("%s: %d allowed + %d missing tools", p, len(allowed), len(missing))
		}
		for _, m := range missing {
			gives, ok := scope.Preset(m.Preset).Set()
			if !ok || !gives.Allows(scope.Permission(m.Permission)) || gives&set != set {
				t.Errorf("%s: %s would not give %s and keep what it has", p, m.Preset, m.Tool)
			}
		}
	}
	if got := tools.Allowed(0); len(got) != 0 {
		t.Errorf("an empty set unlocks %v", got)
	}
	if _, known := tools.ByName("no_such_tool"); known {
		t.Error("an unknown tool is known")
	}
}

// TestCheckRefusesStrictly shows that the one check names the field and never the value.
func TestCheckRefusesStrictly(t *testing.T) {
	for _, c := range []struct{ op, args, wants string }{
		{"find_accounts", `{"limit":0}`, "limit"},
		{"find_accounts", `{"limit":101}`, "limit"},
		{"find_accounts", `{"Limit":5}`, "Limit"},
		{"find_accounts", `{"limit":5,"limit":6}`, "invalid_json"},
		{"find_accounts", `{"unheard":1}`, "unheard"},
		{"find_accounts", `{"country":"DE"}`, "country"},
		{"find_accounts", `{"country":[]}`, "country"},
		{"find_accounts", `{"sort":[{"field":"name","dir":"up"}]}`, "sort[0].dir"},
		{"find_leads", `{"response_format":"huge"}`, "response_format"},
		{"list_signals", `{"since":"2024-01-01T00:00:00"}`, "since"},
		{"list_signals", `{"since":"2024-02-01T00:00:00Z","until":"2024-01-01T00:00:00Z"}`, "until"},
		{"get_record", `{}`, "exactly one"},
		{"get_record", `{"id":"a","email":"b@example.com"}`, "exactly one"},
		{"push_signal", `{"signal_type":"x","source":"s","occurred_at":"2024-01-01T00:00:00Z","identity":{}}`, "identity"},
		{"push_signal", `{"signal_type":"x","source":"s","occurred_at":"2024-01-01T00:00:00Z","identity":{"email":"a@b.example"},"context":[1]}`, "context"},
		{"push_signals", `{"signals":[]}`, "signals"},
		{"get_access_status", `{"x":1}`, "x"},
	} {
		s, ok := tools.ByName(c.op)
		if !ok {
			t.Fatalf("no tool %s", c.op)
		}
		if err := s.Check(json.RawMessage(c.args)); err == nil || !strings.Contains(err.Error(), c.wants) {
			t.Errorf("%s %s: %v, want %q in it", c.op, c.args, err, c.wants)
		}
	}
}
