package usagepages

import (
	"cmp"
	"net/url"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/usage"
)

// span is a range of time that can be chosen.
type span struct {
	name, label string
	length      time.Duration
	step        usage.Step
}

const day = 24 * time.Hour

var spans = []span{
	{"24h", "Last 24 hours", day, usage.Hour}, {"7d", "Last 7 days", 7 * day, usage.Hour},
	{"30d", "Last 30 days", 30 * day, usage.Day}, {"90d", "Last 90 days", 90 * day, usage.Day},
}

// choice is what a reader asked for.
type choice struct {
	Span span
	By   usage.By
	Key  string // id; "" for all
	Tool string // "" for all
}

// choiceOf reads the query of the page; what it does not know, it passes over.
func choiceOf(q url.Values) choice {
	c := choice{Span: spans[0], By: usage.ByKey, Key: q.Get("key"), Tool: q.Get("tool")}
	for _, s := range spans {
		if s.name == q.Get("range") {
			c.Span = s
		}
	}
	switch q.Get("by") {
	case string(usage.ByTool):
		c.By = usage.ByTool
	case "outcome":
		c.By = ""
	}
	return c
}

func (c choice) query(now time.Time) usage.Query {
	return usage.Query{From: now.Add(-c.Span.length), To: now, Step: c.Span.step, By: c.By, Key: c.Key, Tool: c.Tool}
}

// path leads to the page with the choice.
func (c choice) path() string {
	q := url.Values{"range": {c.Span.name}, "by": {cmp.Or(string(c.By), "outcome")}}
	for name, value := range map[string]string{"key": c.Key, "tool": c.Tool} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return Path + "?" + q.Encode()
}

// narrowed is the choice for one name of the table alone, seen from the other side.
func (c choice) narrowed(name string) choice {
	if c.By == usage.ByKey {
		c.By, c.Key = usage.ByTool, name
	} else {
		c.By, c.Tool = usage.ByKey, name
	}
	return c
}

func (c choice) spanOptions() (out []ui.Option) {
	for _, s := range spans {
		out = append(out, ui.Option{Value: s.name, Label: s.label, Chosen: s.name == c.Span.name})
	}
	return out
}

func (c choice) byOptions() []ui.Option {
	return []ui.Option{
		{Value: "key", Label: "API key", Chosen: c.By == usage.ByKey}, {Value: "tool", Label: "Tool", Chosen: c.By == usage.ByTool},
		{Value: "outcome", Label: "Outcome", Chosen: c.By == ""},
	}
}
