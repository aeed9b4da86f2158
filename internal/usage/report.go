package usage

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// Step is the length of one point of a series. The zero value is invalid.
type Step time.Duration

// The steps; days are those of UTC.
const (
	Hour = Step(time.Hour)
	Day  = Step(24 * time.Hour)
)

// By is what a report tells apart. The zero value tells nothing apart.
type By string

// What can be told apart.
const (
	ByKey  By = "key"
	ByTool By = "tool"
)

// maxSteps bounds a report: 400 days by day, 16 days by hour.
const maxSteps = 400

// Query asks for a report. From and To are widened to whole steps.
type Query struct {
	From time.Time // included
	To   time.Time // not included
	Step Step
	By   By
	Key  string // of this key alone; "" for all
	Tool string // of this tool alone; "" for all
}

// whole returns the query over whole steps; validation_failed when it cannot be answered.
func (q Query) whole() (Query, error) {
	if q.Step != Hour && q.Step != Day {
		return q, fault.Invalid("step", "must be an hour or a day")
	}
	if q.By != "" && q.By != ByKey && q.By != ByTool {
		return q, fault.Invalid("by", "must be key or tool")
	}
	step := time.Duration(q.Step)
	from, to := q.From.UTC().Truncate(step), q.To.UTC().Truncate(step)
	if to.Before(q.To) {
		to = to.Add(step)
	}
	if !from.Before(to) || to.Sub(from)/step > maxSteps {
		return q, fault.Invalid("from", "must be before to, by at most 400 steps")
	}
	q.From, q.To = from, to
	return q, nil
}

// Series is the counts under one name.
type Series struct {
	Name   string // id of the key, or name of the tool; "" when nothing is told apart, and for credits of a time before tools were noted
	Total  Counts
	Points []Counts // one for each step of the report
}

// Report is what was counted.
type Report struct {
	Query              // over whole steps
	Starts []time.Time // of the steps, the oldest first
	Total  Counts
	Points []Counts // of all series together, one for each step
	Series []Series // with anything to tell, the most requests first, then the most credits, then by name
}

// Report adds up what the workspace did. It is exact over what was flushed: the requests of the last seconds, up to the interval of a Counter, may be
// missing. Errors: validation_failed, store_unavailable.
func (s *Service) Report(ctx context.Context, workspaceID string, q Query) (Report, error) {
	q, err := q.whole()
	if err != nil {
		return Report{}, err
	}
	sums, err := s.store.UsageSums(ctx, workspaceID, q)
	if err != nil {
		return Report{}, err
	}
	return newReport(q, sums), nil
}

func newReport(q Query, sums []Sum) Report {
	r := Report{Query: q}
	for at := q.From; at.Before(q.To); at = at.Add(time.Duration(q.Step)) {
		r.Starts = append(r.Starts, at)
	}
	r.Points = make([]Counts, len(r.Starts))
	byName := map[string]int{}
	for _, sum := range sums {
		i, known := byName[sum.Name]
		if !known {
			i = len(r.Series)
			byName[sum.Name] = i
			r.Series = append(r.Series, Series{Name: sum.Name, Points: make([]Counts, len(r.Starts))})
		}
		at := int(sum.At.Sub(q.From) / time.Duration(q.Step))
		for _, c := range []*Counts{&r.Series[i].Points[at], &r.Series[i].Total, &r.Points[at], &r.Total} {
			c.Add(sum.Counts)
		}
	}
	slices.SortFunc(r.Series, compareSeries)
	return r
}

func compareSeries(a, b Series) int {
	return cmp.Or(cmp.Compare(b.Total.Requests, a.Total.Requests), cmp.Compare(b.Total.Credits, a.Total.Credits), strings.Compare(a.Name, b.Name))
}
