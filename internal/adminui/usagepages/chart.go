package usagepages

import (
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/usage"
)

// missing stands in a chart where nothing was measured.
const missing = -1

// mostLines is how many names a chart tells apart; the others are one line together.
const mostLines = 6

// chart is a figure and the table with the same numbers.
type chart struct {
	ID      string // of the page's element
	Caption string
	Lines   []string // names of the columns
	Rows    []row
	Daily   bool
}

type row struct {
	At     time.Time
	Values []int64 // one for each line
}

func (v view) newChart(id, caption string, lines ...string) chart {
	c := chart{ID: id, Caption: caption, Lines: lines, Daily: v.Choice.Span.step == usage.Day}
	for _, at := range v.Report.Starts {
		c.Rows = append(c.Rows, row{At: at, Values: make([]int64, len(lines))})
	}
	return c
}

// requests is requests over time, by outcome or by name.
func (v view) requests() chart {
	if v.Choice.By != "" {
		return v.byName("requests", "Requests by "+string(v.Choice.By), func(c usage.Counts) int64 { return c.Requests })
	}
	c := v.newChart("requests", "Requests by outcome", "Answered", "Refused", "Over the limit", "Errors")
	for i, p := range v.Report.Points {
		c.Rows[i].Values = []int64{p.Answered(), p.Refusals, p.Limited, p.Errors}
	}
	return c
}

// spent is credits over time.
func (v view) spent() chart {
	if v.Choice.By != "" {
		return v.byName("credits", "Credits by "+string(v.Choice.By), func(c usage.Counts) int64 { return c.Credits })
	}
	c := v.newChart("credits", "Credits", "Credits")
	for i, p := range v.Report.Points {
		c.Rows[i].Values[0] = p.Credits
	}
	return c
}

// headroom is the least that was left of the burst over time.
func (v view) headroom() chart {
	c := v.newChart("headroom", "Least requests left at once", "Least left")
	for i, p := range v.Report.Points {
		if c.Rows[i].Values[0] = missing; p.Measured {
			c.Rows[i].Values[0] = p.Least
		}
	}
	return c
}

// byName draws a line for each of the names that have most of it, and one for all others.
func (v view) byName(id, caption string, of func(usage.Counts) int64) chart {
	var lines []string
	var shown, rest []usage.Series
	for _, s := range largest(v.Report.Series, of) {
		switch {
		case of(s.Total) == 0:
		case len(shown) < mostLines:
			shown, lines = append(shown, s), append(lines, v.line(s.Name))
		default:
			rest = append(rest, s)
		}
	}
	if len(rest) > 0 {
		lines = append(lines, "All others")
	}
	c := v.newChart(id, caption, lines...)
	for i := range c.Rows {
		for n, s := range shown {
			c.Rows[i].Values[n] = of(s.Points[i])
		}
		for _, s := range rest {
			c.Rows[i].Values[len(shown)] += of(s.Points[i])
		}
	}
	return c
}

// empty reports whether there is nothing to draw.
func (c chart) empty() bool {
	for _, r := range c.Rows {
		for _, v := range r.Values {
			if v > 0 || v == 0 && c.ID == "headroom" {
				return false
			}
		}
	}
	return true
}

// figure writes a value of the table.
func figure(v int64) string {
	if v == missing {
		return "–"
	}
	return ui.Number(v)
}

// unix is the time for the script that draws.
func (r row) unix() string { return strconv.FormatInt(r.At.Unix(), 10) }
