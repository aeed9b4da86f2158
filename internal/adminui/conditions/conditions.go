// Package conditions lets people edit conditions of the filter language in a form, a row for each, without writing JSON for the common ones.
//
// A Form is a list of rows under "all of" or "any of"; a Row alone is one condition. From and RowOf read what is set, Read and ReadRow what was posted, and
// JSON gives the condition back: with nothing lost, since whatever fits no row of inputs is a row of JSON. Rows are added and removed by ordinary buttons, so
// that it works without JavaScript. What the service refuses stands beside its row: see Form.Known and Row.Known.
package conditions

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/strictjson"
)

// Shape says by which inputs a row is shown.
type Shape string

// The shapes.
const (
	Leaf    Shape = "field"   // a field, an operator and a value
	Signals Shape = "signals" // how many signals of some types there are
	Tree    Shape = "json"    // any condition, written as JSON
)

// Row is one condition as its inputs have it.
type Row struct {
	Shape Shape

	Field, Op string // of a Leaf
	Value     string // where the operator takes a list: one a line

	Types       string // of Signals: names, parted by spaces, commas or lines; none for all
	Days        string // how far back they are counted; "" for always
	Least, Most string // how many there must be

	JSON string // of a Tree
}

// members returns what the row says as a JSON object; false for a Tree.
func (r Row) members(over filter.Kind) (map[string]any, bool) {
	switch r.Shape {
	case Leaf:
		return r.leaf(over), true
	case Signals:
		return map[string]any{"signals": r.signals()}, true
	}
	return nil, false
}

// Condition returns the condition on records of the kind as canonical JSON; nil for a row that says nothing. It need not be a condition that the filter
// language knows; the error is validation_failed with the path "" for a Tree that is no JSON.
func (r Row) Condition(over filter.Kind) (json.RawMessage, error) {
	if r.blank() {
		return nil, nil
	}
	if m, ok := r.members(over); ok {
		return strictjson.CanonicalValue(m)
	}
	out, err := strictjson.Canonical([]byte(r.JSON))
	if err != nil {
		return nil, fault.Invalid("", "must be a condition as JSON: "+fault.From(err).Detail)
	}
	return out, nil
}

// blank reports whether nothing was typed.
func (r Row) blank() bool {
	switch r.Shape {
	case Signals:
		return false // says: any signal at all
	case Tree:
		return strings.TrimSpace(r.JSON) == ""
	}
	return r.Field == "" && r.Value == ""
}

// RowOf returns the row of a condition on records of the kind, which must be JSON.
func RowOf(over filter.Kind, condition json.RawMessage) Row {
	want, err := strictjson.Canonical(condition)
	for _, read := range []func(filter.Kind, json.RawMessage) Row{leafOf, signalsOf} {
		r := read(over, condition)
		if got, e := r.typed().Condition(over); err == nil && e == nil && bytes.Equal(got, want) { // else the inputs would lose something
			return r
		}
	}
	return Row{Shape: Tree, JSON: indented(condition)}
}

// typed is the row as it comes back when it was shown in a page.
func (r Row) typed() Row {
	form := url.Values{}
	for name, text := range r.inputs() {
		form.Set("."+name, *text)
	}
	out, _ := ReadRow(form, "")
	return out
}

// inputs returns the texts of the row by the names of its inputs.
func (r *Row) inputs() map[string]*string {
	return map[string]*string{"shape": (*string)(&r.Shape), "field": &r.Field, "op": &r.Op, "value": &r.Value,
		"types": &r.Types, "days": &r.Days, "least": &r.Least, "most": &r.Most, "json": &r.JSON}
}

// ReadRow reads the row whose inputs are named name and a dot; false when the form has none.
func ReadRow(form url.Values, name string) (r Row, found bool) {
	for input, text := range r.inputs() {
		*text = readable(form.Get(name + "." + input))
	}
	if r.Shape != Signals && r.Shape != Tree {
		r.Shape = Leaf
	}
	return r, form.Has(name + ".shape")
}

// readable is a posted text with its lines as they are kept, and without what no input shows.
func readable(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && c != '\n' && c != '\t' {
			return -1
		}
		return c
	}, text))
}

// indented is JSON for readers; what no input shows, which can stand in its texts alone, is escaped.
func indented(raw json.RawMessage) string {
	var out, safe bytes.Buffer
	if json.Indent(&out, raw, "", "  ") != nil {
		return string(raw)
	}
	for _, c := range out.String() {
		if unicode.IsControl(c) && c != '\n' {
			fmt.Fprintf(&safe, `\u%04x`, c)
		} else {
			safe.WriteRune(c)
		}
	}
	return safe.String()
}

// number is a typed whole number as JSON; what is none stays a text, which the filter language refuses where it stands.
func number(text string) any {
	if _, err := strconv.ParseInt(text, 10, 64); err != nil {
		return text
	}
	return json.Number(text)
}
