package conditions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/adminui/conditions"
	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/uitest"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/strictjson"
)

// browser returns what a browser would send of the form.
func browser(t rapid.TB, c templ.Component) url.Values {
	var page strings.Builder
	if err := c.Render(context.Background(), &page); err != nil {
		t.Fatal(err)
	}
	return uitest.Form(t, page.String(), "")
}

// odd are texts that inputs, lines or JSON could mistake for something else.
var odd = []string{"DE", " padded ", "", "two\nlines", "cr\r\nlf", "\n", "tab\there", "5", "5.0", "true", `"quoted"`, "null", "[1]", "{}", "a,b", "\x00", "<b>", "é", `\`, "1e3", "a b", "5 6"}

func values() *rapid.Generator[any] {
	text := rapid.OneOf(rapid.SampledFrom(odd), rapid.String())
	return rapid.OneOf(rapid.Map(text, func(s string) any { return s }), rapid.Map(rapid.Int64(), func(n int64) any { return n }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }), rapid.Map(rapid.Float64Range(-1e6, 1e6), func(f float64) any { return f }))
}

// trees are conditions, not all of which the language knows.
func trees(over filter.Kind, depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		pick := rapid.IntRange(0, 9).Draw(t, "form")
		switch {
		case pick < 5 || depth == 0:
			return leaf(t, over)
		case pick < 7:
			return map[string]any{"signals": signals(t)}
		case pick == 7:
			return map[string]any{"not": trees(over, depth-1).Draw(t, "inner")}
		}
		match := rapid.SampledFrom([]string{"all", "any"}).Draw(t, "match")
		return map[string]any{match: rapid.SliceOfN(trees(over, depth-1), 1, 4).Draw(t, "parts")}
	})
}

func leaf(t *rapid.T, over filter.Kind) any {
	out := map[string]any{"field": rapid.SampledFrom(append(filter.Paths(over), "custom.a", "nothing", "")).Draw(t, "field"),
		"op": rapid.SampledFrom(append(filter.Operators(), "like")).Draw(t, "op")}
	switch rapid.IntRange(0, 4).Draw(t, "value") {
	case 0:
	case 1, 2:
		out["value"] = rapid.SliceOfN(values(), 0, 4).Draw(t, "list")
	default:
		out["value"] = values().Draw(t, "one")
	}
	return out
}

func signals(t *rapid.T) any {
	out := map[string]any{}
	types := rapid.SliceOfN(rapid.SampledFrom([]string{"hiring", "funding", "a b", ""}), 0, 3)
	for _, m := range []struct {
		name string
		is   *rapid.Generator[any]
	}{
		{"types", rapid.Map(types, func(l []string) any { return l })}, {"last_days", values()}, {"min", rapid.Map(rapid.Int64(), func(n int64) any { return n })},
		{"max", values()}, {"where", rapid.Just[any](map[string]any{"field": "title", "op": "present"})},
	} {
		if rapid.Bool().Draw(t, m.name) {
			out[m.name] = m.is.Draw(t, m.name+" is")
		}
	}
	return out
}

// TestNothingIsLost sends random conditions through the inputs of a page and a browser: they come back as they were, under "all" when they were a
// condition alone.
func TestNothingIsLost(t *testing.T) {
	for _, over := range []filter.Kind{filter.Accounts, filter.Leads} {
		rapid.Check(t, func(t *rapid.T) {
			tree, err := strictjson.CanonicalValue(trees(over, 3).Draw(t, "tree"))
			if err != nil {
				t.Fatal(err)
			}
			shown := conditions.From(over, tree)
			sent := browser(t, conditions.Editor(shown, nil))
			back, again := conditions.Read(over, sent)
			got, err := back.Filter()
			want := string(tree)
			if !strings.HasPrefix(want, `{"all":`) && !strings.HasPrefix(want, `{"any":`) {
				want = `{"all":[` + want + `]}`
			}
			if again || err != nil || string(got) != want {
				t.Fatalf("%v %v\nwant %s\ngot  %s\nsent %q", again, err, want, got, sent)
			}
		})
	}
}

// TestRowsStayRows: what people typed comes back as they typed it, once it was kept.
func TestRowsStayRows(t *testing.T) {
	for _, r := range []conditions.Row{
		{Shape: conditions.Leaf, Field: "country_code", Op: "in", Value: "DE\nFR"}, {Shape: conditions.Leaf, Field: "employee_count", Op: "gte", Value: "50"},
		{Shape: conditions.Leaf, Field: "custom.seats", Op: "eq", Value: "5"}, {Shape: conditions.Leaf, Field: "custom.seats", Op: "eq", Value: `"5"`},
		{Shape: conditions.Leaf, Field: "custom.on", Op: "in", Value: "true\nyes"}, {Shape: conditions.Leaf, Field: "name", Op: "present"},
		{Shape: conditions.Leaf, Field: "name", Op: "eq", Value: "5"}, {Shape: conditions.Leaf, Field: "name", Op: "phrase", Value: `"big" <b>data</b>`},
		{Shape: conditions.Signals, Types: "hiring, funding", Days: "30", Least: "2", Most: "9"}, {Shape: conditions.Signals},
	} {
		c, err := r.Condition(filter.Accounts)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := filter.Parse(filter.Accounts, c, time.Now()); err != nil {
			t.Errorf("%s: %v", c, fault.From(err).Fields)
		}
		if d := cmp.Diff(r, conditions.RowOf(filter.Accounts, c)); d != "" {
			t.Errorf("%s:\n%s", c, d)
		}
	}
	r := conditions.RowOf(filter.Accounts, json.RawMessage(`{"not":{"field":"name","op":"present"}}`))
	if r.Shape != conditions.Tree || !strings.Contains(r.JSON, "\n  \"not\"") {
		t.Errorf("%+v", r)
	}
}

func TestButtons(t *testing.T) {
	f := conditions.From(filter.Leads, json.RawMessage(`{"any":[{"field":"title","op":"word","value":"cto"},{"signals":{}},{"not":{"field":"title","op":"present"}}]}`))
	press := func(button string) conditions.Form {
		t.Helper()
		sent := browser(t, conditions.Editor(f, nil))
		sent.Set("do", button)
		out, again := conditions.Read(filter.Leads, sent)
		if !again || out.Match != conditions.Any {
			t.Errorf("%s: again %v, match %s", button, again, out.Match)
		}
		return out
	}
	if got := press("remove-c1"); len(got.Rows) != 2 || got.Rows[1].Shape != conditions.Tree {
		t.Errorf("removed: %+v", got.Rows)
	}
	for _, shape := range []conditions.Shape{conditions.Leaf, conditions.Signals, conditions.Tree} {
		if got := press("add-" + string(shape)); len(got.Rows) != 4 || got.Rows[3] != (conditions.Row{Shape: shape}) {
			t.Errorf("added: %+v", got.Rows)
		}
	}
	if got := press("add-nonsense"); len(got.Rows) != 3 {
		t.Errorf("nonsense: %+v", got.Rows)
	}
	f.Rows = append(f.Rows, conditions.Row{Shape: conditions.Leaf}, conditions.Row{Shape: conditions.Tree, JSON: " "})
	if got, again := conditions.Read(filter.Leads, browser(t, conditions.Editor(f, nil))); again || len(got.Rows) != 3 {
		t.Errorf("empty rows stay: %v, %+v", again, got.Rows)
	}
	if got, err := (conditions.Form{Over: filter.Leads}).Filter(); got != nil || err != nil {
		t.Errorf("without rows: %s, %v", got, err)
	}
}

// TestRefusalsStandBesideTheirRow goes from what filter.Parse refuses to the input that it is about.
func TestRefusalsStandBesideTheirRow(t *testing.T) {
	f := conditions.Form{Over: filter.Accounts, Match: conditions.Any, Rows: []conditions.Row{
		{Shape: conditions.Leaf, Field: "name", Op: "present"}, {Shape: conditions.Leaf, Field: "nothing", Op: "like"}, {Shape: conditions.Leaf, Field: "employee_count", Op: "gt", Value: "many"},
		{Shape: conditions.Leaf, Field: "industry", Op: "eq"}, {Shape: conditions.Signals, Days: "soon", Least: "3", Most: "1"}, {Shape: conditions.Tree, JSON: `{"not":{"nothing":1}}`},
	}}
	raw, err := f.Filter()
	if err != nil {
		t.Fatal(err)
	}
	_, err = filter.Parse(filter.Accounts, raw, time.Now())
	p, err := forms.Of(err, "filter.", f.Known()...)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"any[1].field", "any[1].op", "any[2].value", "any[3].value", "any[4].signals.last_days", "any[4].signals.max", "any[5]"} {
		if p.Fields[name] == "" {
			t.Errorf("nothing about %s in %v", name, p.Fields)
		}
	}
	var page strings.Builder
	if err := conditions.Editor(f, p.Fields).Render(context.Background(), &page); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"c1.field", "c1.op", "c2.value", "c3.value", "c4.days", "c4.most", "c5.json"} {
		if !strings.Contains(page.String(), fmt.Sprintf(`id="h-%s" class="error"`, id)) {
			t.Errorf("nothing stands beside %s", id)
		}
	}
	if strings.Contains(page.String(), `id="h-c0.`) {
		t.Error("a row that is right is blamed")
	}
	f.Rows[5].JSON = `{"not":`
	if _, err = f.Filter(); fault.From(err).Fields[0].Path != "filter.any[5]" {
		t.Errorf("no JSON: %v", err)
	}
}
