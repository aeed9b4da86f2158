package jobpages

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// tone marks an outcome.
func tone(outcome string) string {
	return map[string]string{enrich.Enriched: "good", enrich.Failed: "bad", enrich.Skipped: "warn"}[outcome]
}

// name is what people call the record of an item.
func (v jobView) name(i wire.JobItem) string {
	if name := v.Names[i.RecordID]; name != "" {
		return name
	}
	return i.RecordID
}

// found is one value of a record.
type found struct{ Field, Value, Source string }

// values returns what the record has now of what was looked for, by field.
func values(i wire.JobItem) (out []found) {
	for field, f := range i.Values {
		if text := text(f.Value); text != "" {
			out = append(out, found{plain(field), text, f.Source})
		}
	}
	slices.SortFunc(out, func(a, b found) int { return strings.Compare(a.Field, b.Field) })
	return out
}

// text is a JSON value as people read it; "" for none.
func text(raw []byte) string {
	var one any
	if json.Unmarshal(raw, &one) != nil {
		return ""
	}
	switch value := one.(type) {
	case nil:
		return ""
	case string:
		return value
	case []any:
		var parts []string
		for _, p := range value {
			if s, ok := p.(string); ok {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, ", ")
	}
	return string(raw)
}
