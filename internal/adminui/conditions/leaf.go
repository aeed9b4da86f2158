package conditions

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/unstuckengine/unstuck/internal/filter"
)

// leaf returns the comparison that the row says. A value that is needed and was not typed is left out, which the filter language tells.
func (r Row) leaf(over filter.Kind) map[string]any {
	out := map[string]any{"field": r.Field, "op": r.Op}
	takes, list := filter.Takes(r.Op)
	_, f, _ := filter.Lookup(over, r.Field)
	switch {
	case !takes || r.Value == "":
	case list:
		var values []any
		for line := range strings.Lines(r.Value) {
			if line = strings.TrimSpace(line); line != "" {
				values = append(values, valueOf(f.Type, line))
			}
		}
		out["value"] = values
	default:
		out["value"] = valueOf(f.Type, r.Value)
	}
	return out
}

// valueOf reads a typed value as the type of its field wants it. A member of the workspace's own is what its spelling says: 5 is a number, true is true,
// "5" in quotes a text. What does not fit stays a text.
func valueOf(t filter.Type, text string) any {
	switch v := scalar(text).(type) {
	case json.Number:
		if t == filter.Int || t == filter.JSON {
			return v
		}
	case bool:
		if t == filter.Bool || t == filter.JSON {
			return v
		}
	case string:
		if t == filter.JSON {
			return v
		}
	}
	return text
}

// scalar returns the JSON text, number, true or false that the text is; nil when it is none.
func scalar(text string) (v any) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if dec.Decode(&v) != nil || dec.More() || int(dec.InputOffset()) != len(text) {
		return nil
	}
	return v
}

// leafOf returns the row of a comparison; what it cannot show is missing from it.
func leafOf(over filter.Kind, condition json.RawMessage) Row {
	var m struct {
		Field, Op string
		Value     json.RawMessage
	}
	_ = json.Unmarshal(condition, &m)
	r := Row{Shape: Leaf, Field: m.Field, Op: m.Op}
	_, f, _ := filter.Lookup(over, m.Field)
	values := []json.RawMessage{m.Value}
	if _, list := filter.Takes(m.Op); list {
		values = nil
		_ = json.Unmarshal(m.Value, &values)
	}
	var lines []string
	for _, v := range values {
		lines = append(lines, shown(f.Type, v))
	}
	r.Value = strings.Join(lines, "\n")
	return r
}

// shown spells a value so that valueOf reads it back.
func shown(t filter.Type, raw json.RawMessage) string {
	raw = bytes.TrimSpace(raw)
	var text string
	if json.Unmarshal(raw, &text) != nil || valueOf(t, text) != text {
		return string(raw)
	}
	return text
}
