package recordpages

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/tabular"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// field is one field of a record with where its value comes from.
type field struct {
	Name  string
	Value string
	Link  string    // "" where the value leads nowhere
	At    time.Time // of a field that is a time; zero otherwise
	From  *wire.Provenance
}

// apart are the members of a record that are shown in places of their own.
var apart = []string{"record_type", "account", "custom", "signal_count", "signals_by_type", "recent_signals", "enrichment", "qualification"}

// fieldsOf returns every field that the record has, in the order of its JSON form: whatever a record may hold one day is shown.
func fieldsOf(rec wire.Record) (out []field, err error) {
	text, err := json.Marshal(rec)
	if err != nil {
		return nil, err
	}
	shown := map[string]bool{}
	strictjson.Members(text, func(name, value []byte) {
		n := string(name)
		if !slices.Contains(apart, n) {
			f := fieldOf(n, value)
			f.Name = ui.Words(n)
			if from, known := rec.Enrichment[n]; known {
				f.From = &from
			}
			shown[n], out = true, append(out, f)
		}
		if n == "custom" {
			strictjson.Members(value, func(name, value []byte) { out = append(out, fieldOf("custom: "+string(name), value)) })
		}
	})
	for _, n := range slices.Sorted(maps.Keys(rec.Enrichment)) {
		if from := rec.Enrichment[n]; !shown[n] { // of what the record has no field for
			f := fieldOf(n, json.RawMessage(from.Value))
			f.Name = ui.Words(n)
			f.From = &from
			out = append(out, f)
		}
	}
	return out, nil
}

func fieldOf(name string, value json.RawMessage) field {
	f := field{Name: name, Value: tabular.Text(value)}
	switch name {
	case "website", "linkedin_url":
		if strings.HasPrefix(f.Value, "https://") || strings.HasPrefix(f.Value, "http://") {
			f.Link = f.Value
		}
	case "created_at", "updated_at", "engagement_as_of":
		f.At, _ = time.Parse(time.RFC3339, f.Value)
	}
	return f
}

func yesNo(holds bool) string {
	if holds {
		return "yes"
	}
	return "no"
}

// points writes what a parameter adds to a score.
func points(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// percent writes a confidence for people.
func percent(c float64) string { return strconv.Itoa(int(c*100+0.5)) + " %" }
