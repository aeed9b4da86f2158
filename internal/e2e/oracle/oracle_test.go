package oracle_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/e2e/oracle"
)

func TestFoldAndWords(t *testing.T) {
	for in, want := range map[string][]string{
		"José García": {"jose", "garcia"}, " Supply-CHAIN ": {"supply", "chain"}, "Straße": {"strasse"}, "Płotka": {"płotka"}, "ﬁne 3½": {"fine", "31", "2"}, "": {},
	} {
		if diff := cmp.Diff(want, oracle.Words(in)); diff != "" {
			t.Errorf("Words(%q) (-want +got):\n%s", in, diff)
		}
	}
	if got := oracle.Fold("\u00a0DÜSSELDORF "); got != "dusseldorf" {
		t.Errorf("Fold = %q", got)
	}
}

func TestPhrase(t *testing.T) {
	for text, want := range map[string]bool{
		"the Supply  Chain.": true, "supply-chain": false, "supply chains": false, "oversupply chain": false, "(supply\u00a0chain)": true, "supply chain": true, "": false,
	} {
		if got := oracle.Phrase("supply chain")(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestNear(t *testing.T) {
	for _, c := range []struct {
		word, query string
		want        bool
	}{
		{"abc", "abd", false}, {"abc", "abc", true}, {"grafana", "grafna", true}, {"grafana", "grfna", false}, {"elastic", "elastik", true},
		{"hashicorp", "hashicrop", true}, {"kubernetes", "kubernts", true}, {"kubernetes", "kubernt", false}, {"abcd", "badc", false}, {"acme", "acem", true},
	} {
		if got := oracle.Near(c.word, c.query); got != c.want {
			t.Errorf("Near(%q, %q) = %v", c.word, c.query, got)
		}
	}
}

func TestFinds(t *testing.T) {
	for _, c := range []struct {
		query string
		want  bool
	}{{"grafna", true}, {"labs graf", true}, {"l", false}, {"la", true}, {"dashbords labs", true}, {"labs missing", false}} {
		if got := oracle.Finds(c.query)("Grafana Labs", "Dashboards for all"); got != c.want {
			t.Errorf("%q: %v", c.query, got)
		}
	}
}

func TestCounts(t *testing.T) {
	words := strings.Fields("b a c b a -")
	value := func(w string) string { return strings.Trim(w, "-") }
	tally := oracle.Tally(words, value)
	for name, c := range map[string]struct{ got, want []string }{
		"rows":     {tally.Rows(), []string{"a: 2", "b: 2", "c: 1", "(none): 1"}},
		"top":      {tally.Top(1), []string{"a: 2"}},
		"cut":      {tally.Cut(1), []string{"a: 2"}},
		"no tie":   {tally.Cut(2), nil},
		"past end": {tally.Cut(4), nil},
		"at least": {tally.AtLeast(2).Rows(), []string{"a: 2", "b: 2"}},
		"each":     {oracle.TallyEach(words, func(w string) []string { return []string{w, w + w} }).AtLeast(2).Rows(), []string{"a: 2", "aa: 2", "b: 2", "bb: 2"}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	keys, groups := oracle.Group(words, value)
	if oracle.Distinct(words, value) != 3 || len(tally) != 4 || strings.Join(keys, "") != "abc"+oracle.None || len(groups["b"]) != 2 {
		t.Errorf("distinct %d, tally %v, keys %v", oracle.Distinct(words, value), tally, keys)
	}
}

func TestStart(t *testing.T) {
	at := oracle.Time("2024-03-31T22:30:00Z") // Sunday; in Berlin already Monday, 1 April, in summer time
	for _, c := range []struct{ unit, zone, want string }{
		{"day", "UTC", "2024-03-31T00:00:00Z"}, {"day", "Europe/Berlin", "2024-03-31T22:00:00Z"}, {"week", "UTC", "2024-03-25T00:00:00Z"},
		{"week", "Europe/Berlin", "2024-03-31T22:00:00Z"}, {"month", "Europe/Berlin", "2024-03-31T22:00:00Z"}, {"quarter", "UTC", "2024-01-01T00:00:00Z"},
		{"year", "Europe/Berlin", "2023-12-31T23:00:00Z"},
	} {
		if got := oracle.Start(at, c.unit, c.zone).Format(time.RFC3339); got != c.want {
			t.Errorf("%s in %s begins at %s, want %s", c.unit, c.zone, got, c.want)
		}
	}
}

// TestLoad joins what belongs together and refuses what dangles.
func TestLoad(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("companies.jsonl", `{"id":"c1","domain":"a.example","founded_year":1999}`+"\n")
	write("people.jsonl", `{"id":"p1","handle":"github:Ann","company_domain":"a.example"}`+"\n"+`{"id":"p2","email":"b@a.example","company_domain":null}`+"\n")
	write("signals.jsonl", `{"id":"s1","type":"x","company_domain":"a.example","person_handle":"github:ann","occurred_at":"2024-01-01T00:00:00Z","payload":{"n":2,"l":["v"],"t":"w"}}`+"\n"+
		`{"id":"s2","company_domain":"a.example","person_handle":"github:gone","occurred_at":"2024-02-01T00:00:00Z"}`+"\n")
	d, err := oracle.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	ann, first := d.People[0], d.Signals[0]
	if ann.At != d.Companies[0] || d.People[1].At != nil || first.By != ann || d.Signals[1].By != nil || len(d.Companies[0].Signals) != 2 || len(ann.Signals) != 1 {
		t.Errorf("joined wrongly: %+v", d)
	}
	if n, ok := first.Number("n"); n != 2 || !ok || first.Text("t") != "w" || first.Text("n") != "" || len(first.Lists("l")) != 1 {
		t.Errorf("payload %v", first.Payload)
	}
	if !first.In("2024-01-01T00:00:00Z", "2024-01-01T00:00:01Z") || first.In("2023-01-01T00:00:00Z", "2024-01-01T00:00:00Z") {
		t.Error("the window is not half-open")
	}
	write("people.jsonl", `{"id":"p1","company_domain":"nowhere.example"}`+"\n")
	if _, err := oracle.Load(dir); err == nil {
		t.Error("a dangling domain was taken")
	}
	write("people.jsonl", "{\n")
	if _, err := oracle.Load(dir); err == nil || !strings.Contains(err.Error(), "people.jsonl:1") {
		t.Errorf("a broken line: %v", err)
	}
}
