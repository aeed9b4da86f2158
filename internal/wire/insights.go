package wire

import (
	"encoding/json"
	"time"
)

// GetInsights asks for figures over the records of one kind: the measures, for each group of records that agree in group_by and bucket.
type GetInsights struct {
	Over     string          `json:"over"` // accounts, leads or signals
	Measures []Measure       `json:"measures,omitempty"`
	GroupBy  []string        `json:"group_by,omitempty"` // field paths; with .folded behind, texts that differ in case or accents are one
	Bucket   *Bucket         `json:"bucket,omitempty"`
	Having   []Having        `json:"having,omitempty"` // all must hold
	Order    []InsightsOrder `json:"order,omitempty"`
	Condition
	Limit          *int    `json:"limit,omitempty"`
	Cursor         *string `json:"cursor,omitempty"`
	ResponseFormat Format  `json:"response_format,omitempty"`
}

// Measure is one figure of a group. Missing values are not counted, and sum, min, max and avg of none are null.
type Measure struct {
	Name  string `json:"name,omitempty"` // "" = the fn, and the field after an underscore
	Fn    string `json:"fn"`             // count, count_distinct, sum, min, max or avg
	Field string `json:"field,omitempty"`
}

// Bucket groups by time: each group begins where a unit begins in the zone.
type Bucket struct {
	Field string `json:"field"`        // a time
	Unit  string `json:"unit"`         // day, week (from Monday), month, quarter or year
	TZ    string `json:"tz,omitempty"` // IANA name; "" = UTC
}

// Having keeps the groups whose measure compares so. A measure that is null compares with nothing.
type Having struct {
	Measure string      `json:"measure"`
	Op      string      `json:"op"` // eq, ne, gt, gte, lt or lte
	Value   json.Number `json:"value"`
}

// InsightsOrder sorts groups by a measure or a grouped field.
type InsightsOrder struct {
	By  string    `json:"by"`
	Dir Direction `json:"dir,omitempty"`
}

// Insights is the answer of get_insights.
type Insights struct {
	Groups      []Group         `json:"groups"`
	TotalGroups int             `json:"total_groups"` // exact, after having
	NextCursor  *string         `json:"next_cursor"`
	Filter      json.RawMessage `json:"filter,omitempty"` // as it was asked for
	Window      *Window         `json:"window,omitempty"` // over signals, what the filter's leaves on occurred_at come to
	Now         time.Time       `json:"now"`
	Note        string          `json:"note,omitempty"`
}

// Group is one row of figures. Values are JSON: texts, numbers, true or false, times as RFC 3339; null where the group's records have none.
type Group struct {
	Key    map[string]json.RawMessage `json:"key"`
	Values map[string]json.RawMessage `json:"values"`
}

// Window is the half-open span of time that was looked at; an absent end is open.
type Window struct {
	From *time.Time `json:"from,omitempty"`
	To   *time.Time `json:"to,omitempty"`
}
