package usagepages

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/usage"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

var storyNow = time.Date(2026, 11, 29, 14, 30, 0, 0, time.UTC)

func stories() []ui.Story {
	hostile := storyView("range=24h&by=key", storyNames(ui.Hostile))
	tools := storyView("range=24h&by=tool&key=00000000", []string{"Nightly sync"})
	for i := range tools.Report.Series {
		tools.Report.Series[i].Name = ui.Hostile[i%len(ui.Hostile)]
	}
	unlimited := storyView("range=7d&by=outcome", []string{"Nightly sync"})
	unlimited.Limits = workspaces.Limits{}
	unlimited.Report.Points = withoutLimit(unlimited.Report.Points)
	short := storyView("range=30d&by=key", storyNames(nil))
	short.Forecast = usage.Forecast{PerDay: 420.5, Empty: storyNow.AddDate(0, 0, 1)}
	hour := storyView("range=24h&by=outcome", []string{"Nightly sync"})
	for i := range hour.Report.Points[1:] {
		hour.Report.Points[i] = usage.Counts{}
	}
	story := func(name string, v view) ui.Story { return ui.Story{Name: "usage/" + name, Page: v.page()} }
	return []ui.Story{
		story("full", storyView("range=24h&by=key", storyNames(nil))), story("empty", storyView("range=24h&by=key", nil)),
		story("rotated", storyView("range=24h&by=key", []string{"Nightly sync", "Nightly sync"})), story("one-hour", hour), story("hostile", hostile), story("tools-hostile", tools), story("no-limit", unlimited), story("credits-end", short),
		story("narrowed", storyView("range=90d&by=key&tool=find_leads&key=00000001", storyNames(nil))),
	}
}

func storyNames(first []string) []string {
	return append(slices.Clone(first), "Nightly sync", "Claude of Ann", "Cursor", strings.Repeat("A key with a very long name ", 3), "Zapier", "CRM", "Backfill", "Old", "Test")
}

// storyView is the page over keys of the names, each with some requests.
func storyView(query string, names []string) view {
	q, _ := url.ParseQuery(query) // canned
	v := view{Choice: choiceOf(q), Now: storyNow, Limits: workspaces.Team.Limits(),
		Balance: credits.Balance{Left: 3_200, Monthly: 10_000, TopUp: 500, ResetsAt: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)}}
	v.Forecast = usage.Project(v.Balance.Left, 2_100, v.Now, v.Balance.ResetsAt)
	asked := v.Choice.query(v.Now)
	v.Report = usage.Report{Query: asked}
	for at := asked.From.Truncate(time.Duration(asked.Step)); at.Before(asked.To); at = at.Add(time.Duration(asked.Step)) {
		v.Report.Starts, v.Report.Points = append(v.Report.Starts, at), append(v.Report.Points, usage.Counts{})
	}
	for n, name := range names {
		id := fmt.Sprintf("%08d", n)
		v.Keys = append(v.Keys, keys.Key{ID: id, Name: name})
		v.Report.Series = append(v.Report.Series, storySeries(&v.Report, id, int64(40*(len(names)-n))))
	}
	return v
}

func storySeries(r *usage.Report, name string, size int64) usage.Series {
	s := usage.Series{Name: name, Points: make([]usage.Counts, len(r.Starts))}
	for i := range r.Starts {
		n := size * int64(2+i%5) / 3
		s.Points[i] = usage.Counts{Requests: n, Errors: n / 90, Refusals: n / 30, Limited: n / 50, Credits: n / 7, Least: 500 - min(500, n), Measured: true}
		for _, c := range []*usage.Counts{&s.Total, &r.Points[i], &r.Total} {
			c.Add(s.Points[i])
		}
	}
	return s
}

func withoutLimit(points []usage.Counts) []usage.Counts {
	for i := range points {
		points[i].Measured = false
	}
	return points
}
