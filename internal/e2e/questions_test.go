package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/e2e/oracle"
)

// question is something that a person would have an agent find out from the sample, in at most two calls.
type question struct {
	family, text string
	calls        []call
	got          func(...answer) any
	want         func(*oracle.Data) any
}

// call names a tool and its arguments. In the second call, {{path}} stands for the text at that place of the first answer, its steps parted by
// slashes.
type call struct{ tool, args string }

// single is a question that takes one call.
func single(family, text, tool, args string, got func(...answer) any, want func(*oracle.Data) any) question {
	return question{family, text, []call{{tool, args}}, got, want}
}

// questions returns all of them.
func questions() []question {
	return slices.Concat(sampleQuestions, accountQuestions, facetQuestions, peopleQuestions, textQuestions, lookupQuestions, signalQuestions,
		seriesQuestions, joinQuestions, figureQuestions)
}

var sample struct {
	once sync.Once
	data *oracle.Data
	err  error
}

// load reads the sample, once for all tests.
func load(t *testing.T) *oracle.Data {
	t.Helper()
	dir := filepath.Dir(dataFile(t, "signals.jsonl"))
	sample.once.Do(func() { sample.data, sample.err = oracle.Load(dir) })
	if sample.err != nil {
		t.Fatal(sample.err)
	}
	return sample.data
}

// expected holds what the oracle says to each question, by its text.
var expected = struct {
	once    sync.Once
	answers map[string]any
}{answers: map[string]any{}}

// answersTo asks the oracle, once for all tests.
func answersTo(t *testing.T, d *oracle.Data) map[string]any {
	t.Helper()
	expected.once.Do(func() {
		for _, q := range questions() {
			expected.answers[q.text] = normal(t, q.want(d))
		}
	})
	return expected.answers
}

// normal brings a value to the form that JSON gives it, so that numbers and maps of any type compare.
func normal(t *testing.T, v any) (out any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

var printed = regexp.MustCompile("(?m)^- \\*\\*(.+?)\\*\\* .*-> `(.+)`$")

// TestQuestionsArePrintedAlike holds the oracle to the answers that come with the sample, word for word.
func TestQuestionsArePrintedAlike(t *testing.T) {
	page, err := os.ReadFile(dataFile(t, "questions.md"))
	if err != nil {
		t.Fatal(err)
	}
	d := load(t)
	rows := printed.FindAllSubmatch(page, -1)
	if n := strings.Count(string(page), "\n- **"); len(rows) != n || n != len(sampleQuestions) {
		t.Fatalf("%d questions were read of %d; the table has %d", len(rows), n, len(sampleQuestions))
	}
	for i, row := range rows {
		q := sampleQuestions[i]
		var want any
		if err := json.Unmarshal(row[2], &want); err != nil || q.text != string(row[1]) {
			t.Fatalf("question %d is %q in the table, %q as printed: %v", i, q.text, row[1], err)
		}
		if diff := cmp.Diff(want, normal(t, q.want(d))); diff != "" {
			t.Errorf("%s (-printed +oracle):\n%s", q.text, diff)
		}
	}
}

// TestQuestionsAreWorthAsking finds questions whose answer is nothing, so that a broken filter could pass, and those that are there twice.
func TestQuestionsAreWorthAsking(t *testing.T) {
	want, seen, families := answersTo(t, load(t)), map[string]bool{}, map[string]int{}
	for _, q := range questions() {
		switch v := want[q.text].(type) {
		case nil:
			t.Errorf("%s: nothing is the answer", q.text)
		case float64:
			if v == 0 && q.family != "absence" {
				t.Errorf("%s: 0 is the answer", q.text)
			}
		case []any:
			if len(v) == 0 {
				t.Errorf("%s: an empty list is the answer", q.text)
			}
		}
		if seen[q.text] || len(q.calls) > 2 {
			t.Errorf("%s: asked twice, or takes %d calls", q.text, len(q.calls))
		}
		seen[q.text] = true
		families[q.family]++
	}
	if len(seen) < len(sampleQuestions)+60 {
		t.Errorf("%d questions are too few", len(seen))
	}
	t.Logf("questions: %d, by family: %v", len(seen), families)
}

// TestQuestions asks everything through every door of the programs, on both engines.
func TestQuestions(t *testing.T) {
	d := load(t)
	want := answersTo(t, d)
	files := []string{"--accounts", dataFile(t, "companies.jsonl"), "--leads", dataFile(t, "people.jsonl"), "--signals", dataFile(t, "signals.jsonl")}
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			t.Parallel()
			s := newSystem(t, engine.url(t))
			ws := s.workspace("Questions", "team")
			if r := s.importFiles(ws, append(files, "--register-types")...); r.Created != r.Read || r.Rejected != 0 {
				t.Fatalf("import: %s", brief(r))
			}
			_, key := s.key(ws, "--preset", "read_only")
			t.Run("hostile filters", func(t *testing.T) {
				t.Parallel()
				hostileFilters(t, s.api.url("api_url"), key)
			})
			for _, door := range askers {
				t.Run(door.name, func(t *testing.T) {
					t.Parallel()
					session := door.open(t, s.api.url("api_url"), key)
					putAll(t, want, session)
					walk(t, d, session)
				})
			}
		})
	}
}

// putAll asks every question and compares what comes back.
func putAll(t *testing.T, want map[string]any, door asker) {
	t.Helper()
	var calls [3]int
	var missed []string
	for _, q := range questions() {
		answers, err := put(q, door)
		if err != nil {
			missed = append(missed, q.text)
			t.Errorf("%s\n%v\n%v", q.text, q.calls, err)
			continue
		}
		if diff := cmp.Diff(want[q.text], normal(t, q.got(answers...))); diff != "" {
			missed = append(missed, q.text)
			t.Errorf("%s\n%v\n(-want +got):\n%s", q.text, q.calls, diff)
			continue
		}
		calls[len(q.calls)]++
	}
	n := len(questions())
	t.Logf("questions: %d asked, %d exact, calls: %d one, %d two", n, n-len(missed), calls[1], calls[2])
	if len(missed) > 0 {
		t.Logf("missed:\n%s", strings.Join(missed, "\n"))
	}
}

// put makes the calls of one question.
func put(q question, door asker) (answers []answer, err error) {
	for i, c := range q.calls {
		args := c.args
		if i > 0 {
			args = answers[0].fill(args)
		}
		doc, err := door.ask(c.tool, args)
		if err != nil {
			return nil, err
		}
		a, err := read(args, doc)
		if err != nil {
			return nil, err
		}
		answers = append(answers, a)
	}
	return answers, nil
}
