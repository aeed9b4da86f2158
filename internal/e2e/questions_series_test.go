package e2e_test

import (
	"time"

	"github.com/unstuckengine/unstuck/internal/e2e/oracle"
)

// by tells in which unit of time a signal lies.
func by(unit, zone string) func(*oracle.Signal) string {
	return func(s *oracle.Signal) string { return oracle.Start(s.OccurredAt, unit, zone).Format(time.RFC3339) }
}

// series counts the signals that fulfil every test by unit of time, oldest first.
func series(unit, zone string, tests ...func(*oracle.Signal) bool) func(*oracle.Data) any {
	return func(d *oracle.Data) any { return tally(by(unit, zone), tests...)(d).Rows() }
}

// seriesQuestions follow events over time.
var seriesQuestions = []question{
	single("series", "How many website visits were there each month?", "get_insights",
		`{"over":"signals","bucket":{"field":"occurred_at","unit":"month"},"measures":[{"name":"n","fn":"count"}],
		"filter":{"field":"signal_type","op":"eq","value":"website_visit"}}`, rows, series("month", "UTC", kind("website_visit"))),
	single("series", "How many releases were there each month from 2023 on, as Berlin's calendar has it?", "get_insights",
		`{"over":"signals","bucket":{"field":"occurred_at","unit":"month","tz":"Europe/Berlin"},"measures":[{"name":"n","fn":"count"}],
		"filter":{"all":[{"field":"signal_type","op":"eq","value":"release"},{"field":"occurred_at","op":"gte","value":"2023-01-01T00:00:00+01:00"}]}}`, rows,
		series("month", "Europe/Berlin", kind("release"), window("2022-12-31T23:00:00Z", "2999-01-01T00:00:00Z"))),
	single("series", "How many maintainers changed jobs each quarter?", "get_insights",
		`{"over":"signals","bucket":{"field":"occurred_at","unit":"quarter"},"measures":[{"name":"n","fn":"count"}],
		"filter":{"field":"signal_type","op":"eq","value":"job_change"},"order":[{"by":"occurred_at"}]}`, rows, series("quarter", "UTC", kind("job_change"))),
	single("series", "How many maintainers were added in each quarter of Berlin's calendar?", "get_insights",
		`{"over":"signals","bucket":{"field":"occurred_at","unit":"quarter","tz":"Europe/Berlin"},"measures":[{"name":"n","fn":"count"}],
		"filter":{"field":"signal_type","op":"eq","value":"maintainer_added"}}`, rows, series("quarter", "Europe/Berlin", kind("maintainer_added"))),
	single("series", "How many visits to /pricing were there each week of New York's calendar from July 2026 on?", "get_insights",
		`{"over":"signals","bucket":{"field":"occurred_at","unit":"week","tz":"America/New_York"},"measures":[{"name":"n","fn":"count"}],
		"filter":{"all":[{"field":"context.page","op":"eq","value":"/pricing"},{"field":"occurred_at","op":"gte","value":"2026-07-01T00:00:00Z"}]}}`, rows,
		series("week", "America/New_York", page("/pricing"), until("2026-07-01T00:00:00Z"))),
	single("series", "On which five days of Berlin's calendar were there most visits?", "get_insights",
		`{"over":"signals","bucket":{"field":"occurred_at","unit":"day","tz":"Europe/Berlin"},"measures":[{"name":"n","fn":"count"}],
		"filter":{"field":"signal_type","op":"eq","value":"website_visit"},"order":[{"by":"n","dir":"desc"}],"limit":5}`, rows,
		func(d *oracle.Data) any { return tally(by("day", "Europe/Berlin"), kind("website_visit"))(d).Top(5) }),
	single("series", "How many exploited vulnerabilities were there each year, by whether ransomware uses them?", "get_insights",
		`{"over":"signals","group_by":["context.ransomware"],"bucket":{"field":"occurred_at","unit":"year"},"measures":[{"name":"n","fn":"count"}],
		"filter":{"field":"signal_type","op":"eq","value":"security_vulnerability"},"order":[{"by":"context.ransomware"},{"by":"occurred_at"}]}`, rows,
		func(d *oracle.Data) any {
			year := by("year", "UTC")
			return tally(func(s *oracle.Signal) string { return s.Text("ransomware") + " | " + year(s) }, kind("security_vulnerability"))(d).Rows()
		}),
	single("future", "How many ends of life are known for each year after this one?", "get_insights",
		`{"over":"signals","bucket":{"field":"occurred_at","unit":"year"},"measures":[{"name":"n","fn":"count"}],
		"filter":{"all":[{"field":"signal_type","op":"eq","value":"end_of_life"},{"field":"occurred_at","op":"gte","value":"2027-01-01T00:00:00Z"}]}}`, rows,
		series("year", "UTC", kind("end_of_life"), window("2027-01-01T00:00:00Z", "2999-01-01T00:00:00Z"))),
}
