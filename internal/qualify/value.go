package qualify

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
)

// fieldsOf returns the paths of the record's own fields, and of its account's, that a condition looks at; not those of its signals or leads.
func fieldsOf(n filter.Node) (paths []string) {
	gather(n, "", &paths)
	slices.Sort(paths)
	return slices.Compact(paths)
}

func gather(n filter.Node, prefix string, paths *[]string) {
	switch n := n.(type) {
	case filter.All:
		for _, part := range n {
			gather(part, prefix, paths)
		}
	case filter.Any:
		for _, part := range n {
			gather(part, prefix, paths)
		}
	case filter.Not:
		gather(n.Node, prefix, paths)
	case filter.Via:
		gather(n.Node, string(n.To)+".", paths)
	case filter.Leaf:
		*paths = append(*paths, prefix+n.Field.Name)
	}
}

// showValues gives each row the values that the record has at the fields of its condition: of one field the value, of several an object by path.
func (f *Fit) showValues(record any, fields [][]string) error {
	text, err := json.Marshal(record)
	if err != nil {
		return fault.Wrap(fault.Internal, err)
	}
	known := members(text)
	for i, paths := range fields {
		values := map[string]json.RawMessage{}
		for _, path := range paths {
			if v := lookUp(known, path); v != nil {
				values[path] = shortened(v)
			}
		}
		switch {
		case len(values) == 0:
		case len(paths) == 1:
			f.Rows[i].Value = values[paths[0]]
		default:
			if f.Rows[i].Value, err = json.Marshal(values); err != nil {
				return fault.Wrap(fault.Internal, err)
			}
		}
	}
	return nil
}

// members returns the members of an object; nil of anything else.
func members(object json.RawMessage) (out map[string]json.RawMessage) {
	if json.Unmarshal(object, &out) != nil {
		return nil
	}
	return out
}

// lookUp returns the value at a path through objects; nil when there is none. A name may itself have dots in it.
func lookUp(object map[string]json.RawMessage, path string) json.RawMessage {
	if v, ok := object[path]; ok {
		return v
	}
	for at := range len(path) {
		if path[at] != '.' {
			continue
		}
		if inner, ok := object[path[:at]]; ok {
			if v := lookUp(members(inner), path[at+1:]); v != nil {
				return v
			}
		}
	}
	return nil
}

// maxValue bounds a value that is shown, in bytes: it is there to be recognised.
const maxValue = 200

// shortened returns the value; of a longer text its beginning, and nothing of another value that is longer.
func shortened(v json.RawMessage) json.RawMessage {
	if len(v) <= maxValue {
		return bytes.Clone(v)
	}
	var s string
	if json.Unmarshal(v, &s) != nil {
		return json.RawMessage(`"…"`)
	}
	for len(s) > maxValue {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	out, _ := json.Marshal(strings.TrimSpace(s) + "…") // a text always has a JSON form
	return out
}
