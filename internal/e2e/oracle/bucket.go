package oracle

import (
	"time"
	_ "time/tzdata" // the zones are part of the questions
)

// Start returns the instant at which the unit (day, week from Monday, month, quarter or year) that t lies in begins in the zone. An unknown unit or
// zone panics.
func Start(t time.Time, unit, zone string) time.Time {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		panic(err)
	}
	t = t.In(loc)
	y, m, d := t.Date()
	switch unit {
	case "day":
	case "week":
		d -= (int(t.Weekday()) + 6) % 7
	case "month":
		d = 1
	case "quarter":
		m, d = (m-1)/3*3+1, 1
	case "year":
		m, d = 1, 1
	default:
		panic("no unit " + unit)
	}
	return time.Date(y, m, d, 0, 0, 0, 0, loc).UTC()
}
