package wire

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// GetInsights asks for figures over the records of one kind: the measures, for each group of records that agree in group_by and bucket.
type GetInsights struct {
	Over     Over            `json:"over"`
	Measures []Measure       `json:"measures,omitempty"`
	GroupBy  []string        `json:"group_by,omitempty"` // field paths; with .folded behind, texts that differ in case or accents are one
	Bucket   *Bucket         `json:"bucket,omitempty"`
	Having   []Having        `json:"having,omitempty"` // all must hold
	Order    []InsightsOrder `json:"order,omitempty"`
	Condition
	Limit  *int    `json:"limit,omitempty"`
	Cursor *string `json:"cursor,omitempty"`
}

// Over is the kind of record that figures are made of.
type Over string

// What there are figures over.
const (
	OverAccounts Over = "accounts"
	OverLeads    Over = "leads"
	OverSignals  Over = "signals"
)

// Fn is what a measure reckons. The zero value is invalid.
type Fn string

// The functions.
const (
	Count         Fn = "count"          // records, or with a field those that have it
	CountDistinct Fn = "count_distinct" // different values
	Sum           Fn = "sum"            // of numbers, exact
	Min           Fn = "min"            // of numbers, times or texts
	Max           Fn = "max"
	Avg           Fn = "avg" // of numbers, a decimal text with six places
)

// Unit is the length of a bucket. The zero value is invalid.
type Unit string

// The units.
const (
	Day     Unit = "day"
	Week    Unit = "week" // from Monday
	Month   Unit = "month"
	Quarter Unit = "quarter"
	Year    Unit = "year"
)

// Comparison is how a Having compares. The zero value is invalid.
type Comparison string

// The comparisons.
const (
	Equal    Comparison = "eq"
	NotEqual Comparison = "ne"
	Above    Comparison = "gt"
	AtLeast  Comparison = "gte"
	Below    Comparison = "lt"
	AtMost   Comparison = "lte"
)

// The bounds of an insights call.
const (
	DefaultGroups = 100
	MaxGroups     = 1000
	MaxMeasures   = 8
	MaxGroupBy    = 4
	MaxHaving     = 8
	MaxOrder      = 4

	// MaxGroupsCursor is the length in bytes of the longest cursor: it holds the keys of a group and what it is ordered by, and a text may have 64 KiB.
	MaxGroupsCursor = 768 << 10
)

// Measure is one figure of a group. Missing values are not counted, and sum, min, max and avg of none are null.
type Measure struct {
	Name  string `json:"name,omitempty"` // "" = the fn, and the field after an underscore
	Fn    Fn     `json:"fn"`
	Field string `json:"field,omitempty"`
}

// Bucket groups by time: each group begins where a unit begins in the zone.
type Bucket struct {
	Field string `json:"field"` // a time
	Unit  Unit   `json:"unit"`
	TZ    string `json:"tz,omitempty"` // IANA name; "" = UTC
}

// Having keeps the groups whose measure compares so. A measure that is null compares with nothing.
type Having struct {
	Measure string      `json:"measure"`
	Op      Comparison  `json:"op"`
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
	Truncated   bool            `json:"truncated,omitempty"` // as of a List: there were more near words for a fuzzy condition than are tried
	Filter      json.RawMessage `json:"filter,omitempty"`    // as it was asked for
	Bucket      *Bucket         `json:"bucket,omitempty"`    // as it was reckoned with, tz always named: keys are instants in UTC
	Window      *Window         `json:"window,omitempty"`    // over signals, what the filter's leaves on occurred_at come to
	Now         time.Time       `json:"now"`
	Note        string          `json:"note,omitempty"`
}

// Group is one row of figures. Values are JSON: texts, numbers, true or false, times as RFC 3339; null where the group's records have none.
type Group struct {
	Key    map[string]Value `json:"key"`
	Values map[string]Value `json:"values"`
}

// Concise returns the group as it is.
func (g Group) Concise([]Sort) Group { return g }

// Shorten returns the group as it is: a key that is cut would be another key.
func (g Group) Shorten(int) Group { return g }

// Value is any JSON value.
type Value json.RawMessage

// MarshalJSON writes the value as it is; none as null.
func (v Value) MarshalJSON() ([]byte, error) { return json.RawMessage(v).MarshalJSON() }

// UnmarshalJSON keeps the value as it is.
func (v *Value) UnmarshalJSON(text []byte) error { *v = slices.Clone(text); return nil }

// Window is the half-open span of time that was looked at; an absent end is open.
type Window struct {
	From *time.Time `json:"from,omitempty"`
	To   *time.Time `json:"to,omitempty"`
}

// Label returns the measure's name: its own, or one made of what it does.
func (m Measure) Label() string {
	switch {
	case m.Name != "":
		return m.Name
	case m.Field == "":
		return string(m.Fn)
	}
	return string(m.Fn) + "_" + m.Field
}

// Size returns the number of groups asked for.
func (g GetInsights) Size() int {
	if g.Limit == nil {
		return DefaultGroups
	}
	return *g.Limit
}

// Asked returns the measures, which are one count when none is named.
func (g GetInsights) Asked() []Measure {
	if len(g.Measures) == 0 {
		return []Measure{{Fn: Count}}
	}
	return g.Measures
}

// Columns returns what a group is keyed by, in order: the paths of group_by, then the field of the bucket.
func (g GetInsights) Columns() []string {
	columns := slices.Clone(g.GroupBy)
	if g.Bucket != nil {
		columns = append(columns, g.Bucket.Field)
	}
	return columns
}

// Wrong checks the words and bounds of every part, and that having and order speak of what is asked for. Whether the fields exist is not looked at
// here, but by who answers, so that both are told at once: therefore it is no Validate. Without ok the parts cannot be looked at any further.
func (g GetInsights) Wrong() (wrong []fault.Field, ok bool) {
	var c checker
	c.required("over", string(g.Over), string(OverAccounts), string(OverLeads), string(OverSignals))
	c.refuse(len(g.Measures) > MaxMeasures, "measures", "at most "+strconv.Itoa(MaxMeasures))
	c.refuse(len(g.GroupBy) > MaxGroupBy, "group_by", "at most "+strconv.Itoa(MaxGroupBy)+" fields")
	c.refuse(len(g.Having) > MaxHaving, "having", "at most "+strconv.Itoa(MaxHaving)+" conditions")
	c.refuse(len(g.Order) > MaxOrder, "order", "at most "+strconv.Itoa(MaxOrder)+" fields")
	ok = len(c.fields) == 0
	c.refuse(g.Limit != nil && (*g.Limit < 1 || *g.Limit > MaxGroups), "limit", "must be from 1 to "+strconv.Itoa(MaxGroups))
	c.refuse(g.Cursor != nil && len(*g.Cursor) > MaxGroupsCursor, "cursor", "must be a next_cursor of an earlier page")
	if ok {
		c.parts(g)
	}
	return c.fields, ok
}

// parts checks each part of a question whose lists are short.
func (c *checker) parts(g GetInsights) {
	labels := c.measures(g.Asked())
	columns := g.Columns()
	for i, column := range columns {
		c.refuse(slices.Contains(columns[:i], column), "group_by", "names a field twice, or that of the bucket")
	}
	if b := g.Bucket; b != nil {
		c.required("bucket.unit", string(b.Unit), string(Day), string(Week), string(Month), string(Quarter), string(Year))
	}
	for i, h := range g.Having {
		path := "having[" + strconv.Itoa(i) + "]"
		c.required(path+".measure", h.Measure, labels...)
		c.required(path+".op", string(h.Op), string(Equal), string(NotEqual), string(Above), string(AtLeast), string(Below), string(AtMost))
		c.refuse(h.Value == "", path+".value", "must be a number")
	}
	for i, o := range g.Order {
		path := "order[" + strconv.Itoa(i) + "]"
		c.required(path+".by", o.By, append(slices.Clone(labels), columns...)...)
		c.enum(path+".dir", string(o.Dir), string(Ascending), string(Descending))
	}
}

// measures checks each measure and returns their names.
func (c *checker) measures(list []Measure) (labels []string) {
	for i, m := range list {
		path := "measures[" + strconv.Itoa(i) + "]"
		fns := []string{string(Count), string(CountDistinct), string(Sum), string(Min), string(Max), string(Avg)}
		c.required(path+".fn", string(m.Fn), fns...)
		c.refuse(m.Field == "" && m.Fn != Count && slices.Contains(fns, string(m.Fn)), path+".field", "is missing; "+string(m.Fn)+" needs one")
		c.refuse(len(m.Name) > 100, path+".name", "at most 100 bytes")
		c.refuse(slices.Contains(labels, m.Label()), path+".name", "is the name of an earlier measure")
		labels = append(labels, m.Label())
	}
	return labels
}

// required is enum of a value that must be there.
func (c *checker) required(path, value string, allowed ...string) {
	c.refuse(!slices.Contains(allowed, value), path, "is not one of the allowed values", allowed...)
}
