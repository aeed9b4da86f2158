package render_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"
	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/cli/render"
)

// TestChart draws any figures at any width: a line for each, which fits, shows the exact figure and steers no terminal; what
// is not zero has a bar, and of two bars on one side the longer is never that of the smaller figure.
func TestChart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		chart := render.Chart{Label: "key", Figure: "n", Missing: "-"}
		for range rapid.IntRange(1, 8).Draw(t, "bars") {
			figure := rapid.OneOf(rapid.Just(""), rapid.Just("0"), rapid.StringMatching(`-?[1-9][0-9]{0,9}`), rapid.StringMatching(`-?[0-9]\.[0-9]{6}`)).Draw(t, "figure")
			chart.Bars = append(chart.Bars, render.Bar{Label: rapid.String().Draw(t, "label"), Figure: figure})
		}
		p := render.Printer{Width: rapid.IntRange(40, 120).Draw(t, "width"), ASCII: rapid.Bool().Draw(t, "ascii")}
		lines := draw(t, p, chart)[1:]
		if len(lines) != len(chart.Bars) {
			t.Fatalf("%d lines, want %d", len(lines), len(chart.Bars))
		}
		longest := map[bool]map[float64]int{true: {}, false: {}}
		for i, line := range lines {
			if w := uniseg.StringWidth(line); w > p.Width {
				t.Fatalf("a line takes %d columns of %d: %q", w, p.Width, line)
			}
			figure := chart.Bars[i].Figure
			if figure == "" {
				figure = "-"
			}
			bar := strings.TrimLeft(line[strings.LastIndex(line, figure)+len(figure):], " ")
			size, _ := strconv.ParseFloat(figure, 64)
			if (bar == "") != (size == 0) {
				t.Fatalf("%s has the bar %q", figure, bar)
			}
			longest[size < 0][size] = uniseg.StringWidth(bar)
		}
		for _, side := range longest {
			for a, wide := range side {
				for b, narrow := range side {
					if a*a > b*b && wide < narrow {
						t.Fatalf("%v has %d columns, %v has %d", a, wide, b, narrow)
					}
				}
			}
		}
	})
}

func draw(t rapid.TB, p render.Printer, c render.Chart) []string {
	var out bytes.Buffer
	p.W = &out
	if err := p.Chart(c); err != nil {
		t.Fatal(err)
	}
	for _, r := range out.String() {
		if r != '\n' && (unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Bidi_Control, r)) {
			t.Fatalf("the chart prints %U", r)
		}
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

// TestChartOfExtremes draws what no float holds exactly, and nothing at all.
func TestChartOfExtremes(t *testing.T) {
	huge := strings.Repeat("9", 40)
	endless := "1" + strings.Repeat("0", 400)
	for _, c := range []struct {
		figures []string
		want    []string
	}{
		{[]string{huge, "1"}, []string{"a  " + huge + "  " + strings.Repeat("#", 35), "a  " + strings.Repeat(" ", 39) + "1  #"}},
		{[]string{"0", "0.000000"}, []string{"a         0", "a  0.000000"}},
		{[]string{"-1", "-2"}, []string{"a  -1" + strings.Repeat(" ", 38) + strings.Repeat("#", 37), "a  -2  " + strings.Repeat("#", 73)}},
	} {
		chart := render.Chart{Label: "k", Figure: "n"}
		for _, f := range c.figures {
			chart.Bars = append(chart.Bars, render.Bar{Label: "a", Figure: f})
		}
		if d := cmp.Diff(c.want, draw(t, render.Printer{ASCII: true}, chart)[1:]); d != "" {
			t.Error(d)
		}
	}
	lines := draw(t, render.Printer{ASCII: true}, render.Chart{Bars: []render.Bar{{"a", endless}, {"b", "-" + endless}}})
	for _, line := range lines[1:] {
		if !strings.Contains(line, "#####") {
			t.Errorf("no bar: %s", line)
		}
	}
}

// TestSafeInPieces writes any bytes in pieces of any size: a terminal is steered by none of them, and JSON stays the same.
func TestSafeInPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		for _, format := range []render.Format{render.NDJSON, render.CSV} {
			var whole, pieces bytes.Buffer
			_, _ = render.Safe(&whole, format).Write([]byte(text + "\n"))
			w := render.Safe(&pieces, format)
			for rest := []byte(text + "\n"); len(rest) > 0; {
				n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
				if got, err := w.Write(rest[:n]); got != n || err != nil {
					t.Fatal(got, err)
				}
				rest = rest[n:]
			}
			if whole.String() != pieces.String() {
				t.Fatalf("%s: %q in pieces is %q", format, whole.String(), pieces.String())
			}
			for _, r := range pieces.String() {
				if r == '\n' || format == render.CSV && (r == '\t' || r == '\r') {
					continue
				}
				if unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Bidi_Control, r) {
					t.Fatalf("%s prints %U", format, r)
				}
			}
		}
	})
}

// TestNamesAreNeverCut prints ids and domains of any length at any width, whole, with what else there is beside or above them.
func TestNamesAreNeverCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`[0-9a-f]{1,40}`).Draw(t, "id")
		domain := rapid.StringMatching(`[a-z]{1,60}\.example`).Draw(t, "domain")
		name := rapid.StringMatching(`[A-Z]{1,60}`).Draw(t, "name")
		var out bytes.Buffer
		p := render.Printer{W: &out, Format: render.Table, Width: rapid.IntRange(1, 120).Draw(t, "width")}
		body := `{"items":[{"name":"` + name + `","account":{"domain":"` + domain + `"},"lead_id":"` + id + `"}]}`
		if err := p.Print([]byte(body), render.Layout{Rows: "items", Table: render.Columns("name", "account.domain", "lead_id")}); err != nil {
			t.Fatal(err)
		}
		words := strings.Fields(out.String())
		for _, want := range []string{id, domain} {
			if !strings.Contains(out.String(), want) {
				t.Fatalf("%s is cut: %v", want, words)
			}
		}
		if lines := strings.Count(out.String(), "\n"); lines != 2 && lines != 4 {
			t.Fatalf("%d lines", lines)
		}
	})
}
