package conditions

import (
	"encoding/json"
	"strings"

	"github.com/unstuckengine/unstuck/internal/filter"
)

// signals returns the condition on signals that the row says.
func (r Row) signals() map[string]any {
	out := map[string]any{}
	if types := words(r.Types); len(types) > 0 {
		out["types"] = types
	}
	for name, text := range map[string]string{"last_days": r.Days, "min": r.Least, "max": r.Most} {
		if text != "" {
			out[name] = number(text)
		}
	}
	return out
}

// words parts names, which hold neither spaces nor commas.
func words(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ' ' || c == '\n' || c == '\t' })
}

// signalsOf returns the row of a condition on signals; what it cannot show is missing from it.
func signalsOf(_ filter.Kind, condition json.RawMessage) Row {
	var m struct {
		Signals struct {
			Types    []string
			LastDays json.Number `json:"last_days"`
			Min, Max json.Number
		}
	}
	_ = json.Unmarshal(condition, &m)
	s := m.Signals
	return Row{Shape: Signals, Types: strings.Join(s.Types, ", "), Days: s.LastDays.String(), Least: s.Min.String(), Most: s.Max.String()}
}
