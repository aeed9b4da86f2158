package cli

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// spelling is a short way to write the object that a field takes; JSON works as well.
type spelling struct {
	usage   string // with the form in backquotes
	example string
	read    func(text string) (any, error)
}

// spellings are the fields whose objects have one. Where a name holds a character that parts, JSON says it.
var spellings = map[string]spelling{
	"sort":         {"order by `field[:asc|desc]`", "created_at:desc", func(text string) (any, error) { by, dir := ordering(text); return wire.Sort{Field: by, Dir: dir}, nil }},
	"ranking":      {"order members by `field[:asc|desc]`", "icp_score:desc", func(text string) (any, error) { by, dir := ordering(text); return wire.Sort{Field: by, Dir: dir}, nil }},
	"destinations": {"attach a destination by its `id`; JSON with id and mapping for a mapping of its own", "ID", func(text string) (any, error) { return wire.AudienceDestination{ID: text}, nil }},
	"order": {"order by a measure or a grouped field, `name[:asc|desc]`", "count:desc", func(text string) (any, error) {
		by, dir := ordering(text)
		return wire.InsightsOrder{By: by, Dir: dir}, nil
	}},
	"measures": {"what to reckon, `[name=]fn[:field]`; fn: count, count_distinct, sum, min, max or avg", "sum:context.amount", readMeasure},
	"bucket":   {"group by time, `field:unit[:zone]`; unit: day, week, month, quarter or year; zone: such as Europe/Berlin", "occurred_at:month:Europe/Berlin", readBucket},
	"having":   {"keep the groups where `measure>=number`, or with > <= < = !=", "count>=3", readHaving},
}

// usages say of fields what their names do not.
var usages = map[string]string{
	"cursor": "next_cursor of the page before",
	"filter": `JSON, @file, or - for stdin: {"field":F,"op":OP,"value":V}, or {"all":[...]}, {"any":[...]}, {"not":{...}} of such` +
		"\nOP: " + strings.Join(filter.Operators(), " ") +
		"\n" + `such as '{"field":"created_at","op":"gte","value":"2026-01-01T00:00:00Z"}'; all of it: docs/answers.md, or /docs#filter of the API`,
	"after":       "id of the last event that is known; only later ones follow",
	"over":        "accounts or leads; signals too for insights, all for qualify",
	"enrich":      "what members should have: channels of leads, fields of accounts",
	"kind":        "webhook, csv, hubspot or salesforce; it never changes",
	"headers":     `JSON, @file, or - for stdin, for each header that a webhook gets: {"name":N,"value":V}, "secret":true beside them to seal the value`,
	"options":     "settings of the kind by name: a JSON object, @file, or - for stdin",
	"secrets":     "secrets of the kind by name, as a JSON object: @file, or - for stdin, since others may read a command line",
	"paused":      "hold what is queued, and queue nothing more; =false goes on",
	"ids":         "ids of records: one, @file or - for stdin with one on each line",
	"outcome":     "only records with this outcome: pending, enriched, missed, failed or skipped",
	"max_credits": "stop before more than so many credits are spent",
	"page":        "number of the page, from 1",
	"q":           "part of an email, or a whole referral code",
	"refresh":     "ask again, and pay again, for what is there",
	"dry_run":     "tell the price; nothing is asked, stored or charged",
	"enrichment":  "what to change of the section: a JSON object, @file, or - for stdin; null removes",
	"version":     "version that was read; another one meanwhile is a conflict",
	"group_by":    "a field such as account.domain; with .folded behind it, spellings that differ in case or accents are one",
	"limit":       "most rows of a page, or records of a job",
	"now":         "a time in RFC 3339 to count from instead of the clock",
}

// ordering parts what is ordered by from the direction behind the last colon.
func ordering(text string) (by string, dir wire.Direction) {
	if i := strings.LastIndexByte(text, ':'); i >= 0 {
		return text[:i], wire.Direction(text[i+1:])
	}
	return text, ""
}

func readMeasure(text string) (any, error) {
	what, field, _ := strings.Cut(text, ":")
	name, fn, named := strings.Cut(what, "=")
	if !named {
		name, fn = "", what
	}
	return wire.Measure{Name: name, Fn: wire.Fn(fn), Field: field}, nil
}

func readBucket(text string) (any, error) {
	field, rest, _ := strings.Cut(text, ":")
	unit, zone, _ := strings.Cut(rest, ":")
	if unit == "" {
		return nil, errors.New("must be a time field and a unit, such as occurred_at:month:Europe/Berlin")
	}
	return wire.Bucket{Field: field, Unit: wire.Unit(unit), TZ: zone}, nil
}

// comparisons are the signs of a condition; the longer of two that begin alike comes first.
var comparisons = []struct {
	sign string
	op   wire.Comparison
}{{">=", wire.AtLeast}, {"<=", wire.AtMost}, {"!=", wire.NotEqual}, {"==", wire.Equal}, {">", wire.Above}, {"<", wire.Below}, {"=", wire.Equal}}

func readHaving(text string) (any, error) {
	if i := strings.IndexAny(text, "<>=!"); i > 0 {
		for _, c := range comparisons {
			value, ok := strings.CutPrefix(text[i:], c.sign)
			if value = strings.TrimSpace(value); ok && isNumber(value) {
				return wire.Having{Measure: strings.TrimSpace(text[:i]), Op: c.op, Value: json.Number(value)}, nil
			}
		}
	}
	return nil, errors.New("must be a measure, one of > >= < <= = != and a number, such as 'n>=3'")
}

// isNumber reports whether the text is a number in JSON.
func isNumber(text string) bool {
	return text != "" && (text[0] == '-' || text[0] >= '0' && text[0] <= '9') && json.Valid([]byte(text))
}
