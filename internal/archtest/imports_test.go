// Package archtest holds the rules of the structure as tests: who may import whom, and what a binary may link.
package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/unstuckengine/unstuck/"

// pkg is what `go list -json` tells of a package.
type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

// drivers are the ways to a database.
var drivers = []string{"database/sql", "github.com/jackc/pgx/v5", "modernc.org/sqlite", "github.com/pressly/goose/v3", "github.com/riverqueue/river"}

// leafs import nothing of ours but other leafs, so that both ends of the wire can share them.
var leafs = []string{"scope", "fault", "token", "wire", "strictjson", "text", "identity", "tabular"}

// domain packages know neither how they are reached nor where they are kept.
var domain = []string{"keys", "workspaces", "activity", "activity/chain", "search", "filter", "signals", "ingest", "records", "credits", "settings", "enrich", "login", "login/passkeys", "devicelogin", "usage", "waitlists", "audiences", "qualify", "engagement", "destinations", "destinations/mapping"}

// rule forbids imports to packages.
type rule struct {
	name      string
	applies   func(path string) bool // path without the module, such as internal/api
	forbidden []string               // prefixes of import paths; ours begin with internal/
	why       string
}

func in(names []string) func(string) bool {
	return func(path string) bool { return slices.Contains(names, strings.TrimPrefix(path, "internal/")) }
}

func notIn(names ...string) func(string) bool {
	return func(path string) bool {
		return !slices.ContainsFunc(names, func(n string) bool { return path == n || strings.HasPrefix(path, n+"/") })
	}
}

func only(names ...string) func(string) bool {
	return func(path string) bool { return !notIn(names...)(path) }
}

var rules = []rule{
	{"drivers", notIn("internal/store", "internal/pgtest", "bench"), drivers, "SQL lives in the store"},
	{"mcp library", notIn("internal/mcpserver", "bench"), []string{"github.com/mark3labs/mcp-go"}, "one package wraps mcp-go"},
	{"api and store", only("internal/api"), []string{"internal/store", "internal/apirun"}, "handlers speak to interfaces"},
	{"the MCP server and the CLI", only("internal/mcpserver", "internal/mcprun", "internal/cli", "internal/apiclient"),
		[]string{"internal/store", "internal/keys", "internal/api", "internal/apirun"}, "only the API decides"},
	{"domain", in(domain), []string{"net/http", "internal/tools", "internal/store", "internal/api", "internal/mcpserver", "internal/cli"}, "the domain knows no door"},
	{"catalogue", only("internal/tools"), []string{"internal/keys", "internal/store", "internal/api", "internal/mcpserver", "net/http/httptest"}, "the catalogue is shared by both ends"},
	{"browser", func(string) bool { return true }, []string{"github.com/chromedp"}, "tests alone drive a browser"},
	{"test support", func(string) bool { return true }, []string{"internal/pgtest", "internal/store/storetest", "internal/testkit", "internal/login/provider/providertest"}, "tests alone use test support"},
}

// exempt are packages that exist for tests.
var exempt = only("internal/pgtest", "internal/store/storetest", "internal/testkit", "internal/archtest", "bench")

func TestImports(t *testing.T) {
	checked := 0
	for _, p := range list(t, "./...") {
		path := strings.TrimPrefix(p.ImportPath, module)
		for _, r := range rules {
			if !r.applies(path) || (r.name == "test support" && exempt(path)) {
				continue
			}
			for _, imp := range p.Imports {
				checked++
				if bad(strings.TrimPrefix(imp, module), r.forbidden) {
					t.Errorf("%s imports %s: %s (%s)", path, imp, r.name, r.why)
				}
			}
		}
		if in(leafs)(path) {
			for _, imp := range p.Imports {
				if ours, is := strings.CutPrefix(imp, module); is && !in(leafs)(ours) {
					t.Errorf("%s is a leaf and imports %s", path, imp)
				}
			}
		}
	}
	if checked < 200 {
		t.Errorf("only %d imports were looked at", checked)
	}
}

func bad(imp string, forbidden []string) bool {
	return slices.ContainsFunc(forbidden, func(f string) bool { return imp == f || strings.HasPrefix(imp, f+"/") })
}

// TestTheRulesCanFail shows that each rule refuses what it forbids.
func TestTheRulesCanFail(t *testing.T) {
	for _, c := range []struct{ from, to string }{
		{"internal/search", "database/sql"}, {"internal/cli", "internal/store"}, {"internal/api", "internal/store"},
		{"internal/keys", "net/http"}, {"cmd/api", "github.com/mark3labs/mcp-go/server"}, {"internal/apirun", "internal/pgtest"},
	} {
		refused := slices.ContainsFunc(rules, func(r rule) bool { return r.applies(c.from) && bad(c.to, r.forbidden) })
		if !refused {
			t.Errorf("no rule keeps %s from importing %s", c.from, c.to)
		}
	}
}

// TestMCPServerLinksLittle keeps the binary that runs beside every agent small: no store, no exporter, no metrics server.
func TestMCPServerLinksLittle(t *testing.T) {
	for _, p := range list(t, "./cmd/mcp-server") {
		for _, dep := range p.Deps {
			if dep == "database/sql/driver" { // the interfaces alone, which an id type implements
				continue
			}
			if bad(strings.TrimPrefix(dep, module), append([]string{"internal/store", "internal/keys", "internal/api", "internal/apirun",
				"github.com/prometheus", "go.opentelemetry.io", "net/http/pprof"}, drivers...)) {
				t.Errorf("cmd/mcp-server links %s", dep)
			}
		}
	}
}

func list(t *testing.T, pattern string) (out []pkg) {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", pattern)
	cmd.Dir = "../.."
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(stdout); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	if err := cmd.Wait(); err != nil || len(out) == 0 {
		t.Fatalf("go list %s: %v, %d packages", pattern, err, len(out))
	}
	return out
}
