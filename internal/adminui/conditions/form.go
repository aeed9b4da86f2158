package conditions

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/strictjson"
)

// The ways in which rows go together.
const (
	All = "all" // every one must hold
	Any = "any" // one must hold
)

// The inputs of a Form.
const (
	matchInput = "match"
	rowPrefix  = "c"  // before the number of a row
	doInput    = "do" // the button that was pressed: add-<shape> or remove-<row>
	addWord    = "add-"
	removeWord = "remove-"
)

// Form is a filter as rows. The zero value of Match is All.
type Form struct {
	Over  filter.Kind
	Match string
	Rows  []Row
}

// From returns the form of a filter on records of the kind; without rows for an empty one.
func From(over filter.Kind, tree json.RawMessage) Form {
	f := Form{Over: over, Match: All}
	if len(tree) == 0 {
		return f
	}
	var m map[string]json.RawMessage
	_ = json.Unmarshal(tree, &m)
	parts := []json.RawMessage{tree}
	for _, match := range []string{All, Any} {
		var list []json.RawMessage
		if len(m) == 1 && json.Unmarshal(m[match], &list) == nil && len(list) > 0 {
			f.Match, parts = match, list
		}
	}
	for _, part := range parts {
		f.Rows = append(f.Rows, RowOf(over, part))
	}
	return f
}

// Read returns the form that was posted, and whether it was posted to be shown again with another row or without one, rather than to be saved. Rows in
// which nothing was typed are left out.
func Read(over filter.Kind, posted url.Values) (f Form, again bool) {
	f = Form{Over: over, Match: All}
	if posted.Get(matchInput) == Any {
		f.Match = Any
	}
	do := posted.Get(doInput)
	for i := 0; ; i++ {
		name := rowPrefix + strconv.Itoa(i)
		r, found := ReadRow(posted, name)
		if !found {
			break
		}
		if !r.blank() && do != removeWord+name {
			f.Rows = append(f.Rows, r)
		}
	}
	if shape := Shape(strings.TrimPrefix(do, addWord)); slices.Contains(shapes, shape) {
		f.Rows = append(f.Rows, Row{Shape: shape})
	}
	return f, strings.HasPrefix(do, addWord) || strings.HasPrefix(do, removeWord)
}

var shapes = []Shape{Leaf, Signals, Tree}

// Filter returns the filter as canonical JSON; nil without rows. The error is validation_failed, with paths that begin with "filter", for a row that is
// no JSON; whether it is a filter is for filter.Parse to tell.
func (f Form) Filter() (json.RawMessage, error) {
	var parts []json.RawMessage
	var wrong []fault.Field
	for i, r := range f.Rows {
		part, err := r.Condition(f.Over)
		if err != nil {
			wrong = append(wrong, fault.Field{Path: "filter." + f.path(i), Message: fault.From(err).Fields[0].Message})
		}
		if part != nil {
			parts = append(parts, part)
		}
	}
	if len(wrong) > 0 {
		return nil, fault.InvalidFields(wrong...)
	}
	if len(parts) == 0 {
		return nil, nil
	}
	return strictjson.CanonicalValue(map[string]any{f.match(): parts})
}

func (f Form) match() string {
	if f.Match == Any {
		return Any
	}
	return All
}

// path is where a row stands in the filter.
func (f Form) path(i int) string { return f.match() + "[" + strconv.Itoa(i) + "]" }

// Known returns the names under which Editor looks for what is wrong, for forms.Of with the prefix "filter.".
func (f Form) Known() (names []string) {
	for i, r := range f.Rows {
		names = append(names, r.Known(f.path(i))...)
	}
	return names
}

// places are the paths within a condition by the inputs that they are about.
var places = map[Shape][]struct{ input, path string }{
	Leaf:    {{"field", "field"}, {"op", "op"}, {"value", "value"}},
	Signals: {{"types", "signals.types"}, {"days", "signals.last_days"}, {"least", "signals.min"}, {"most", "signals.max"}},
}

// Known returns the names under which Inputs looks for what is wrong with the row, whose condition stands at the path.
func (r Row) Known(path string) (names []string) {
	for _, p := range places[r.Shape] {
		names = append(names, path+"."+p.path)
	}
	return append(names, path)
}
