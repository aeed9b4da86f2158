package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// engines are the stores that the data goes through.
var engines = []struct {
	name string
	url  func(testing.TB) string
}{
	{"sqlite", func(testing.TB) string { return "" }},
	{"postgres", func(t testing.TB) string { return pgtest.URL(t) }},
}

// The sample data, by its README.
const (
	companies = 9782
	people    = 6760
	events    = 40519
)

// TestSampleData imports the whole sample twice on both engines, then asks over stdio with a read-only key.
func TestSampleData(t *testing.T) {
	files := []string{"--accounts", dataFile(t, "companies.jsonl"), "--leads", dataFile(t, "people.jsonl"), "--signals", dataFile(t, "signals.jsonl")}
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			t.Parallel()
			s := newSystem(t, engine.url(t))
			ws := s.workspace("Data", "team")
			first := s.importFiles(ws, append(files, "--register-types")...)
			if first.Read != companies+people+events || first.Created != first.Read || first.Rejected != 0 {
				t.Errorf("first import: %s", brief(first))
			}
			second := s.importFiles(ws, files...)
			if second.Read != first.Read || second.Unchanged != first.Read {
				t.Errorf("second import: %s", brief(second))
			}
			t.Logf("first: %s; second: %s", brief(first), brief(second))
			s.ask(t, ws)
		})
	}
}

func brief(r wire.ImportReport) string {
	return fmt.Sprintf("read %d, created %d, updated %d, unchanged %d, rejected %d, notes %d", r.Read, r.Created, r.Updated, r.Unchanged, r.Rejected, len(r.Report))
}

func (s *system) importFiles(ws string, flags ...string) (report wire.ImportReport) {
	s.t.Helper()
	stdout, stderr, code := run(s.t, s.environ, "", "api", append([]string{"admin", "import", "--workspace", ws, "-o", "json"}, flags...)...)
	if code != 0 {
		s.t.Fatalf("import: exit %d: %s", code, stderr)
	}
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		s.t.Fatalf("import printed %.200q: %v", stdout, err)
	}
	return report
}

// ask puts questions over stdio, as an agent would.
func (s *system) ask(t *testing.T, ws string) {
	t.Helper()
	_, key := s.key(ws, "--preset", "read_only")
	in := openStdio(t, nil, credential{key: key, header: true}, s.api.url("api_url")).(library)
	for _, q := range []struct {
		tool, args string
		total      int
		first      string // domain of the first hit
	}{
		{"find_accounts", `{"query":"Grafna Labs"}`, -1, "grafana.com"},
		{"find_accounts", `{"country_code":["JP"],"industry":["Machinery"]}`, 16, ""},
		{"find_accounts", `{"country_code":["CN"],"founded_from":2000,"founded_to":2010}`, 118, ""},
		{"find_accounts", `{"country_code":["US"],"state":["CA","California"]}`, 442, ""},
		{"list_signals", `{"since":"2024-01-01T00:00:00Z","until":"2024-02-01T00:00:00Z"}`, 365, ""},
		{"get_record", `{"domain":"HTTPS://WWW.Atlassian.COM/"}`, 0, "co_b02aa6829e51"},
	} {
		total, first := in.answer(q.tool, q.args)
		if q.total >= 0 && total != q.total || q.first != "" && first != q.first {
			t.Errorf("%s %s: total %d, first %q; want %d, %q", q.tool, q.args, total, first, q.total, q.first)
		}
	}
}

// answer returns the total and the first hit's domain, or a record's external id.
func (l library) answer(tool, args string) (int, string) {
	l.t.Helper()
	var r mcp.CallToolRequest
	r.Params.Name, r.Params.Arguments = tool, rawArgs(args)
	got, err := l.client.CallTool(context.Background(), r)
	if err != nil || got.IsError {
		l.t.Fatalf("%s %s: %v %+v", tool, args, err, got)
	}
	text, err := json.Marshal(got.StructuredContent)
	if err != nil {
		l.t.Fatal(err)
	}
	var answer struct {
		Total      int
		ExternalID string `json:"external_id"`
		Items      []struct{ Domain string }
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		l.t.Fatal(err)
	}
	if len(answer.Items) > 0 {
		return answer.Total, answer.Items[0].Domain
	}
	return answer.Total, answer.ExternalID
}

// TestHostileLines imports a file in which most lines are broken: each is reported by number, the rest goes in.
func TestHostileLines(t *testing.T) {
	lines := []string{
		`{"id":"ok1","domain":"Good.Example","name":"Good"}`,
		`{"id":"broken","domain":"broken.example"`,
		"{\"id\":\"utf8\",\"domain\":\"utf8.example\",\"name\":\"\xff\xfe\"}",
		`{"id":"nodomain","name":"Nobody"}`,
		`{"id":"baddomain","domain":"not a domain"}`,
		`{"id":"long","domain":"long.example","description":"` + strings.Repeat("x", 200<<10) + `"}`,
		`{"id":"types","domain":"types.example","founded_year":"soon","tags":"one"}`,
		`{"id":"ok1","domain":"https://www.good.example/path","city":"Oslo"}`,
		`[1,2,3]`,
		`{"id":"ok2","domain":"ok2.example","name":"Ok","unheard_of":{"a":1}}`,
	}
	file := filepath.Join(t.TempDir(), "hostile.jsonl")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			t.Parallel()
			s := newSystem(t, engine.url(t))
			report := s.importFiles(s.workspace("Hostile", "pro"), "--accounts", file)
			got := map[int][]string{}
			for _, e := range report.Report {
				got[e.Line] = append(got[e.Line], e.Code)
				if e.File != "hostile.jsonl" || e.Message == "" {
					t.Errorf("entry %+v", e)
				}
			}
			want := map[int][]string{2: {"invalid_json"}, 3: {"invalid_utf8"}, 4: {"missing_field"}, 5: {"invalid_domain"},
				6: {"too_long"}, 7: {"invalid_field", "invalid_field"}, 8: {"duplicate"}, 9: {"invalid_json"}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
			if report.Read != len(lines) || report.Created+report.Updated+report.Unchanged+report.Rejected != report.Read {
				t.Errorf("counts do not add up: %s", brief(report))
			}
			t.Log(brief(report))
		})
	}
}
