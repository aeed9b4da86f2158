package judge

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/text"
)

// MaxList is the most entries kept of a list.
const MaxList = 100

// runes is how long a text may be, by its field; what goes beyond is cut. Entries of lists have the last.
var runes = map[enrich.Field]int{
	enrich.Name: 200, enrich.Description: 2000, enrich.Industry: 200, enrich.RevenueBand: 100, enrich.HQCity: 200, enrich.FundingStage: 100, enrich.TechStack: 100,
}

// textOf returns the text that a JSON value is, "" when it is none.
func textOf(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// nothing are the texts by which databases say that they have no value.
var nothing = []string{"n/a", "none", "null", "nil", "unknown", "undefined", "not available"}

// prose judges a text: it must say something, and belong to a field that is known.
func prose(f enrich.Field, s string) (any, bool) {
	limit, known := runes[f]
	s = Clean(s, limit)
	return s, known && strings.ContainsFunc(s, text.IsWord) && !slices.Contains(nothing, strings.ToLower(s))
}

// integer judges a JSON number without a fraction. 12.0 and 1.2e1 are 12; a text is no number.
func integer(raw json.RawMessage, least, most int64) (any, bool) {
	var v *float64
	if json.Unmarshal(raw, &v) != nil || v == nil || *v != math.Trunc(*v) || *v < float64(least) || *v > float64(most) {
		return nil, false
	}
	return int64(*v), true
}

// date judges a day, or a time of which the day is kept: not before 1900, and at most a day ahead, since days begin earlier in the east.
func (j *Judge) date(s string) (any, bool) {
	day, err := time.Parse(time.DateOnly, s)
	if err != nil {
		at, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return nil, false
		}
		day = at.UTC()
	}
	return day.Format(time.DateOnly), day.Year() >= 1900 && day.Before(j.now().Add(24*time.Hour))
}

// list judges a list of texts: each is cleaned, those without a letter or digit and those that say the same again are left out.
func list(raw json.RawMessage) (any, bool) {
	var entries []json.RawMessage
	if json.Unmarshal(raw, &entries) != nil {
		return nil, false
	}
	out := []string{}
	seen := map[string]bool{}
	for _, e := range entries {
		s := Clean(textOf(e), runes[enrich.TechStack])
		folded := text.Fold(s)
		if len(out) == MaxList || seen[folded] || !strings.ContainsFunc(s, text.IsWord) {
			continue
		}
		seen[folded] = true
		out = append(out, s)
	}
	return out, len(out) > 0
}
