package insights

import (
	"time"
	_ "time/tzdata" // answers must not depend on what zones the machine knows

	"github.com/unstuckengine/unstuck/internal/wire"
)

// BucketStart returns the instant at which the unit that holds t begins in the zone: midnight, or the first instant of the day where there is no
// midnight. Weeks begin on Monday.
func BucketStart(t time.Time, unit wire.Unit, zone *time.Location) time.Time {
	t = t.In(zone)
	year, month, day := t.Date()
	switch unit {
	case wire.Week:
		day -= (int(t.Weekday()) + 6) % 7
	case wire.Month:
		day = 1
	case wire.Quarter:
		month, day = month-(month-1)%3, 1
	case wire.Year:
		month, day = 1, 1
	}
	return startOfDay(year, month, day, zone)
}

// startOfDay returns the first instant of a day in the zone. time.Date alone would not do: where the clocks skip midnight it may give an instant of
// the day before, and where midnight comes twice, the later one.
func startOfDay(year int, month time.Month, day int, zone *time.Location) time.Time {
	midnight := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if zone == time.UTC {
		return midnight
	}
	year, month, day = midnight.Date() // day may have been beyond the month
	var first time.Time
	for _, hours := range []time.Duration{-24, 0, 24} {
		near := midnight.Add(hours * time.Hour).In(zone)
		_, offset := near.Zone()
		begin, end := near.ZoneBounds()
		for _, c := range []time.Time{midnight.Add(-time.Duration(offset) * time.Second), begin, end} {
			y, m, d := c.In(zone).Date()
			if y == year && m == month && d == day && (first.IsZero() || c.Before(first)) {
				first = c
			}
		}
	}
	if first.IsZero() { // the zone left the day out, as islands do that change the side of the date line
		return startOfDay(year, month, day+1, zone)
	}
	return first.In(zone)
}

// Edges returns the starts, in microseconds, of all buckets from that of least to that of most.
func Edges(least, most time.Time, unit wire.Unit, zone *time.Location) (out []int64) {
	for at := BucketStart(least, unit, zone); !at.After(most); at = next(at, unit, zone) {
		out = append(out, at.UnixMicro())
	}
	return out
}

// next returns the start of the bucket after the one that begins at t.
func next(t time.Time, unit wire.Unit, zone *time.Location) time.Time {
	year, month, day := t.Date()
	switch unit {
	case wire.Day:
		day++
	case wire.Week:
		day += 7
	case wire.Month:
		month++
	case wire.Quarter:
		month += 3
	case wire.Year:
		year++
	}
	return startOfDay(year, month, day, zone)
}
