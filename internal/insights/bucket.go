package insights

import (
	"slices"
	"time"

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
	if offset, ok := steady(midnight.In(zone)); ok {
		return midnight.Add(-offset).In(zone)
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

// steady returns how far the zone's clocks are ahead of UTC, if they are not turned within a day and a half of t: offsets are shorter.
func steady(t time.Time) (offset time.Duration, ok bool) {
	const around = 36 * time.Hour
	begin, end := t.ZoneBounds()
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second, (begin.IsZero() || t.Sub(begin) > around) && (end.IsZero() || end.Sub(t) > around)
}

// Day is the length of a day in microseconds.
const Day = int64(24 * time.Hour / time.Microsecond)

// Edges returns the starts, in microseconds and ascending, of the buckets that have a part in one of the UTC days, which are counted from 1970:
// the bucket of an instant in one of them begins at the last edge that is not after it. It is never empty.
func Edges(days []int64, unit wire.Unit, zone *time.Location) []int64 {
	out := []int64{0}
	for _, day := range days {
		end := time.UnixMicro((day + 1) * Day)
		for at := BucketStart(time.UnixMicro(day*Day), unit, zone); at.Before(end); at = next(at, unit, zone) {
			out = append(out, at.UnixMicro())
		}
	}
	if len(out) > 1 {
		out = out[1:]
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// next returns the start of the bucket after the one that begins at t, which is not the unit's first day where the zone left that out.
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
	return BucketStart(startOfDay(year, month, day, zone), unit, zone)
}
