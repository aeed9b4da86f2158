package usagepages

import (
	"fmt"
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/usage"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// view is the page.
type view struct {
	Choice   choice
	Now      time.Time
	Report   usage.Report
	Balance  credits.Balance
	Forecast usage.Forecast
	Keys     []keys.Key
	Limits   workspaces.Limits
}

func (v view) page() ui.Page {
	return ui.Page{Title: "Usage", Lead: "What the API keys of this workspace asked for, and what it cost. Requests of the last ten seconds may be missing.",
		Body: usagePage(v), Chart: true}
}

// name is what people call the key or tool of a series.
func (v view) name(id string, by usage.By) string {
	switch {
	case id == "" && by == usage.ByKey:
		return "No API key"
	case id == "":
		return "Not noted"
	case by == usage.ByTool:
		return id
	}
	for _, k := range v.Keys {
		if k.ID == id {
			return k.Name
		}
	}
	return "Unknown key"
}

// line is the name of a series in a chart: keys that are called alike, as after a rotation, are told apart by their ids.
func (v view) line(id string) string {
	name := v.name(id, v.Choice.By)
	for _, s := range v.Report.Series {
		if s.Name != id && v.name(s.Name, v.Choice.By) == name {
			return name + " (" + id + ")"
		}
	}
	return name
}

// only says to what the page is narrowed; "" when to nothing.
func (v view) only() string {
	switch {
	case v.Choice.Key != "" && v.Choice.Tool != "":
		return "the key " + v.name(v.Choice.Key, usage.ByKey) + " with the tool " + v.Choice.Tool
	case v.Choice.Key != "":
		return "the key " + v.name(v.Choice.Key, usage.ByKey)
	case v.Choice.Tool != "":
		return "the tool " + v.Choice.Tool
	}
	return ""
}

// mostNames is how many keys or tools the table lists.
const mostNames = 200

// shown is the series that the table lists.
func (v view) shown() []usage.Series { return v.Report.Series[:min(len(v.Report.Series), mostNames)] }

// headroom is the least that was left of the burst.
func headroom(c usage.Counts) string {
	if !c.Measured {
		return "–"
	}
	return ui.Number(c.Least)
}

func (v view) burst() string {
	if v.Limits.RatePerMinute == 0 {
		return "The workspace has no rate limit."
	}
	return fmt.Sprintf("The workspace may make %s requests at once and %s a minute; all its keys share them. Shown is the least that was left at once.",
		ui.Number(int64(v.Limits.Burst)), ui.Number(int64(v.Limits.RatePerMinute)))
}

// perDay writes the burn with at most one decimal.
func perDay(f usage.Forecast) string {
	if f.PerDay >= 100 || f.PerDay == float64(int64(f.PerDay)) {
		return ui.Number(int64(f.PerDay + 0.5))
	}
	return strconv.FormatFloat(f.PerDay, 'f', 1, 64)
}

// when writes the beginning of a step.
func (v view) when(at time.Time) string {
	if v.Choice.Span.step == usage.Day {
		return at.Format("2006-01-02")
	}
	return at.Format("2006-01-02 15:04")
}
