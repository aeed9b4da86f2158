package tabular_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/tabular"
)

func TestCell(t *testing.T) {
	for raw, want := range map[string]string{
		``: "", `null`: "", `"plain"`: "plain", `12`: "12", `-5`: "-5", `true`: "true", `1.50`: "1.50",
		`"=1+1"`: "'=1+1", `"+1"`: "'+1", `"-1"`: "'-1", `"@x"`: "'@x", `"\tx"`: "'\tx", `"\nx"`: "'\nx", `"＝1"`: "'＝1", `"a=b"`: "a=b",
		`"\u202e=1"`: "'=1", `"\u0000=1"`: "'=1", `"a\u001b[31mb"`: "a[31mb", `"a\r\nb"`: "a\nb",
		`["=1","x"]`: "'=1, x", `["a","b"]`: "a, b", `[]`: "", `[1,[2]]`: "1, 2", `{"k": 1}`: `{"k":1}`,
		`"-1.500000"`: "-1.500000", `"-1.5"`: "'-1.5", `"-1.500000+1"`: "'-1.500000+1",
	} {
		if got := tabular.Cell(json.RawMessage(raw)); got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}

func TestColumns(t *testing.T) {
	var s jsonschema.Schema
	if err := json.Unmarshal([]byte(`{"properties":{"id":{},"account":{"properties":{"id":{},"name":{}}},"custom":{"type":"object"}}}`), &s); err != nil {
		t.Fatal(err)
	}
	s.PropertyOrder = []string{"id", "account", "custom"}
	s.Properties["account"].PropertyOrder = []string{"name", "id"}
	want := []tabular.Column{{"id", []string{"id"}}, {"account.name", []string{"account", "name"}}, {"account.id", []string{"account", "id"}}, {"custom", []string{"custom"}}}
	if d := cmp.Diff(want, tabular.Columns(&s)); d != "" {
		t.Error(d)
	}
}

// TestFile spells a file byte by byte.
func TestFile(t *testing.T) {
	var out bytes.Buffer
	w, err := tabular.NewWriter(&out, []tabular.Column{{"a", []string{"a"}}, {"=b", []string{"b", "c.d"}}, {"e", []string{"b", "e", "f"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{`{"a":"x","b":{"c.d":1,"e":{"f":"y"}}}`, `{"a":"p,\"q\"\nr","b":7}`, `{"a":" s"}`, `{}`} {
		if err := w.Write(json.RawMessage(row)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	want := "a,'=b,e\r\nx,1,y\r\n\"p,\"\"q\"\"\nr\",,\r\n\" s\",,\r\n,,\r\n"
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Error(d)
	}
}

// TestAnyTextComesBack reads what was written with another reader: the same text, but for what is hidden and the mark
// before a formula, and no cell that begins as a formula does.
func TestAnyTextComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.String(), 1, 4).Draw(t, "texts")
		row, columns := map[string]string{}, []tabular.Column{}
		for i, text := range texts {
			name := string(rune('a' + i))
			row[name] = text
			columns = append(columns, tabular.Column{Name: name, Path: []string{name}})
		}
		raw, err := json.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		w, err := tabular.NewWriter(&out, columns)
		if err := errors.Join(err, w.Write(raw), w.Flush()); err != nil {
			t.Fatal(err)
		}
		r := csv.NewReader(&out)
		r.FieldsPerRecord = len(texts)
		if _, err := r.Read(); err != nil {
			t.Fatal(err)
		}
		got, err := r.Read()
		if len(texts) == 1 && err != nil { // a line that holds one empty cell is none to this reader
			return
		}
		for i, cell := range got {
			if cell != "" && strings.ContainsRune("=+-@\t\n", rune(cell[0])) {
				t.Fatalf("%q begins as a formula", cell)
			}
			visible := strings.Map(func(r rune) rune {
				if unicode.Is(unicode.Cc, r) && r != '\n' && r != '\t' || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' {
					return -1
				}
				return r
			}, texts[i])
			if cell != visible && cell != "'"+visible {
				t.Fatalf("%q became %q", texts[i], cell)
			}
		}
	})
}

var errFull = errors.New("full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestErrors(t *testing.T) {
	w, err := tabular.NewWriter(full{}, []tabular.Column{{"a", []string{"a"}}})
	if err != nil {
		t.Fatalf("the head did not fit into the buffer: %v", err)
	}
	if err := w.Write(json.RawMessage(`[]`)); err == nil {
		t.Error("a list was taken for a row")
	}
	large := json.RawMessage(`{"a":"` + strings.Repeat("x", 10_000) + `"}`)
	if err := w.Write(large); !errors.Is(err, errFull) {
		t.Errorf("writing gave %v", err)
	}
}
