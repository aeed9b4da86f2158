package cli

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/cli/render"
	"github.com/unstuckengine/unstuck/internal/insights"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// point is the first measure of one group.
type point struct {
	series string    // what it is keyed by but for time
	at     time.Time // of its bucket; zero when the time is missing
	figure string    // a decimal number; "" when missing
}

// plot draws the first measure of an answer, or prints its table when that is no number.
func (p *program) plot(in, body []byte, l render.Layout) error {
	asked, err := tools.GetInsights.Read(in)
	if err != nil {
		return err
	}
	var answer wire.Insights
	if err := json.Unmarshal(body, &answer); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	label := asked.Asked()[0].Label()
	points, drawable := pointsOf(asked, answer.Groups)
	if !drawable {
		p.say("no chart: %s is not a number", safeLine(label))
		return p.print(body, l)
	}
	if asked.Bucket != nil {
		whole := len(asked.Having) == 0 && asked.Cursor == nil && answer.NextCursor == nil
		points = chronological(points, asked, whole)
	}
	chart := render.Chart{Label: strings.Join(asked.Columns(), ", "), Figure: label, Missing: missing}
	for _, pt := range points {
		chart.Bars = append(chart.Bars, render.Bar{Label: pt.label(asked), Figure: pt.figure})
	}
	return p.printer().Chart(chart)
}

// decimal matches JSON numbers, and averages without their quotation marks.
var decimal = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// pointsOf reads the groups and reports whether every figure is a number or missing.
func pointsOf(asked wire.GetInsights, groups []wire.Group) (points []point, drawable bool) {
	measure := asked.Asked()[0]
	for _, g := range groups {
		var pt point
		if raw := g.Values[measure.Label()]; len(raw) > 0 && string(raw) != "null" {
			pt.figure = string(raw)
			if measure.Fn == wire.Avg {
				pt.figure = strings.Trim(pt.figure, `"`)
			}
			if !decimal.MatchString(pt.figure) {
				return nil, false
			}
		}
		var keys []string
		for _, path := range asked.GroupBy {
			keys = append(keys, keyText(g.Key[path]))
		}
		pt.series = strings.Join(keys, ", ")
		if asked.Bucket != nil {
			_ = json.Unmarshal(g.Key[asked.Bucket.Field], &pt.at) // null leaves it zero
		}
		points = append(points, pt)
	}
	return points, true
}

func keyText(v wire.Value) string {
	if len(v) == 0 || string(v) == "null" {
		return missing
	}
	return render.Text(json.RawMessage(v))
}

// forms spell the start of a bucket as short as its unit allows.
var forms = map[wire.Unit]string{wire.Day: time.DateOnly, wire.Week: time.DateOnly, wire.Month: "2006-01", wire.Year: "2006"}

func (pt point) label(asked wire.GetInsights) string {
	if asked.Bucket == nil {
		if len(asked.GroupBy) == 0 {
			return string(asked.Over)
		}
		return pt.series
	}
	text := missing
	if at := pt.at.In(zoneOf(asked.Bucket)); !pt.at.IsZero() {
		text = at.Format(forms[asked.Bucket.Unit])
		if asked.Bucket.Unit == wire.Quarter {
			text = fmt.Sprintf("%04d-Q%d", at.Year(), (at.Month()+2)/3)
		}
	}
	if len(asked.GroupBy) > 0 {
		text = pt.series + ", " + text
	}
	return text
}

// zoneOf returns the zone that the buckets begin in.
func zoneOf(b *wire.Bucket) *time.Location {
	zone, err := insights.Zone(b.TZ)
	if err != nil { // the API has accepted the name, so its database is a newer one
		return time.UTC
	}
	return zone
}

// chronological puts each series in the order of time, missing times last. Of a whole answer, what has no group is filled in.
func chronological(points []point, asked wire.GetInsights, whole bool) []point {
	var names []string
	series := map[string][]point{}
	for _, pt := range points {
		if _, seen := series[pt.series]; !seen {
			names = append(names, pt.series)
		}
		series[pt.series] = append(series[pt.series], pt)
	}
	var edges []time.Time
	if whole {
		edges = edgesOf(points, asked.Bucket, wire.MaxGroups/max(len(names), 1))
	}
	points = points[:0]
	for _, name := range names {
		points = append(points, fill(series[name], edges, emptyFigure(asked))...)
	}
	return points
}

// fill orders one series and adds a point at each edge that has none.
func fill(list []point, edges []time.Time, empty string) []point {
	for _, at := range edges {
		if !slices.ContainsFunc(list, func(pt point) bool { return pt.at.Equal(at) }) {
			list = append(list, point{series: list[0].series, at: at, figure: empty})
		}
	}
	slices.SortStableFunc(list, func(a, b point) int {
		if a.at.IsZero() != b.at.IsZero() {
			return b.at.Compare(a.at) // the zero time is before any other
		}
		return a.at.Compare(b.at)
	})
	return list
}

// emptyFigure is what the first measure is of no records: nothing can be counted, but no greatest of nothing can be named.
func emptyFigure(asked wire.GetInsights) string {
	switch asked.Asked()[0].Fn {
	case wire.Count, wire.CountDistinct, wire.Sum:
		return "0"
	}
	return ""
}

// strides lead from the start of any bucket into the next one, but not beyond it.
var strides = map[wire.Unit]time.Duration{wire.Day: 26 * time.Hour, wire.Week: 7*day + 2*time.Hour, wire.Month: 32 * day, wire.Quarter: 94 * day, wire.Year: 370 * day}

const day = 24 * time.Hour

// edgesOf returns the starts of all buckets from the first point to the last; none when they are more than most.
func edgesOf(points []point, b *wire.Bucket, most int) (edges []time.Time) {
	var first, last time.Time
	for _, pt := range points {
		if pt.at.IsZero() {
			continue
		}
		if first.IsZero() || pt.at.Before(first) {
			first = pt.at
		}
		if pt.at.After(last) {
			last = pt.at
		}
	}
	zone, stride := zoneOf(b), strides[b.Unit]
	if first.IsZero() || stride == 0 {
		return nil
	}
	for at := first; !at.After(last); at = insights.BucketStart(at.Add(stride), b.Unit, zone) {
		if edges = append(edges, at); len(edges) > most {
			return nil
		}
	}
	return edges
}
