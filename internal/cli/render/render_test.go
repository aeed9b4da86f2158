package render_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"
	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/cli/render"
)

var layout = render.Layout{Rows: "items", Table: render.Columns("name", "account.name", "note")}

func drawDocument(t *rapid.T) ([]byte, []map[string]any) {
	rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) map[string]any {
		return map[string]any{"name": rapid.String().Draw(t, "name"), "account": map[string]any{"name": rapid.String().Draw(t, "account")}, "note": rapid.String().Draw(t, "note")}
	}), 0, 5).Draw(t, "rows")
	body, err := json.Marshal(map[string]any{"items": rows})
	if err != nil {
		t.Fatal(err)
	}
	return body, rows
}

// TestNothingSteersTheTerminal prints any text in any format and finds no control character but the line's end.
func TestNothingSteersTheTerminal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body, _ := drawDocument(t)
		for _, format := range render.Formats() {
			var out bytes.Buffer
			if err := (render.Printer{W: &out, Format: render.Format(format)}).Print(body, layout); err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			for _, r := range out.String() {
				breaks := r == '\n' || format == "csv" && (r == '\t' || r == '\r')
				if (unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Bidi_Control, r)) && !breaks {
					t.Fatalf("%s prints %U", format, r)
				}
			}
		}
	})
}

// TestTableFits prints any text at any width that can hold three columns.
func TestTableFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body, rows := drawDocument(t)
		width := rapid.IntRange(22, 120).Draw(t, "width")
		var out bytes.Buffer
		if err := (render.Printer{W: &out, Format: render.Table, Width: width}).Print(body, layout); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if want := len(rows) + 1; len(rows) > 0 && len(lines) != want {
			t.Fatalf("%d lines, want %d", len(lines), want)
		}
		for _, line := range lines {
			if w := uniseg.StringWidth(line); w > width {
				t.Fatalf("a line takes %d columns of %d: %q", w, width, line)
			}
		}
	})
}

// TestJSONStaysTheSame proves that what makes JSON harmless does not change what it says.
func TestJSONStaysTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body, _ := drawDocument(t)
		var out bytes.Buffer
		if err := (render.Printer{W: &out, Format: render.JSON}).Print(body, layout); err != nil {
			t.Fatal(err)
		}
		var got, want any
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(body, &want); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
	})
}

// TestNoFormula reads back what a spreadsheet would: no text begins as a formula does, numbers stay numbers.
func TestNoFormula(t *testing.T) {
	body := []byte(`{"items":[{"a":"=1+1","b":"+1","c":"-1","d":"@x","e":"\tx","f":-5,"g":["=1","x"],"h":"a=b","i":null,"j":{"k":1}}]}`)
	var out bytes.Buffer
	names := strings.Split("abcdefghij", "")
	if err := (render.Printer{W: &out, Format: render.CSV}).Print(body, render.Layout{Rows: "items", CSV: render.Columns(names...)}); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{names, {"'=1+1", "'+1", "'-1", "'@x", "'\tx", "-5", "'=1, x", "a=b", "", `{"k":1}`}}
	if d := cmp.Diff(want, rows); d != "" {
		t.Error(d)
	}
}
