package insights_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/insights"
	"github.com/unstuckengine/unstuck/internal/wire"
)

func zone(t testing.TB, name string) *time.Location {
	loc, err := insights.Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestBucketStart(t *testing.T) {
	for _, c := range []struct{ at, unit, zone, want string }{
		{"2024-02-29T23:59:59.999999Z", "day", "UTC", "2024-02-29T00:00:00Z"},
		{"2024-03-31T22:30:00Z", "day", "Europe/Berlin", "2024-03-31T22:00:00Z"},
		{"2024-03-31T12:00:00Z", "day", "Europe/Berlin", "2024-03-30T23:00:00Z"},
		{"2024-10-27T12:00:00Z", "day", "Europe/Berlin", "2024-10-26T22:00:00Z"},
		{"2024-01-07T12:00:00Z", "week", "UTC", "2024-01-01T00:00:00Z"},
		{"2024-01-08T00:00:00Z", "week", "UTC", "2024-01-08T00:00:00Z"},
		{"2024-12-31T23:30:00Z", "year", "Europe/Berlin", "2024-12-31T23:00:00Z"},
		{"2024-06-30T23:59:59Z", "quarter", "UTC", "2024-04-01T00:00:00Z"},
		{"2024-12-01T00:00:00Z", "quarter", "America/New_York", "2024-10-01T04:00:00Z"},
		{"2024-02-29T12:00:00Z", "month", "Asia/Kathmandu", "2024-01-31T18:15:00Z"},
		{"1969-12-31T23:00:00Z", "year", "UTC", "1969-01-01T00:00:00Z"},
		{"2018-11-04T12:00:00Z", "day", "America/Sao_Paulo", "2018-11-04T03:00:00Z"}, // the clocks skipped midnight
		{"2023-11-05T12:00:00Z", "day", "America/Havana", "2023-11-05T04:00:00Z"},    // midnight came twice
		{"2011-12-31T12:00:00Z", "day", "Pacific/Apia", "2011-12-31T10:00:00Z"},      // the day before was skipped
	} {
		at, _ := time.Parse(time.RFC3339Nano, c.at)
		if got := insights.BucketStart(at, wire.Unit(c.unit), zone(t, c.zone)).UTC().Format(time.RFC3339Nano); got != c.want {
			t.Errorf("the %s of %s in %s begins at %s, want %s", c.unit, c.at, c.zone, got, c.want)
		}
	}
}

func TestADayThatWasLeftOut(t *testing.T) {
	apia := zone(t, "Pacific/Apia")
	first := dayOf(time.Date(2011, 12, 29, 0, 0, 0, 0, time.UTC)) // 28 and 29 December there
	if n := len(insights.Edges([]int64{first, first + 1, first + 2}, wire.Day, apia)); n != 4 {
		t.Errorf("28 December to 1 January has %d days there, want 4: the 30th was left out", n)
	}
}

// dayOf returns the UTC day that holds t, counted from 1970.
func dayOf(t time.Time) int64 {
	return time.Date(t.UTC().Year(), t.UTC().Month(), t.UTC().Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400
}

// TestBucketsPartTime: the start of an instant's bucket is the last of the edges that is not after it, whatever other days have edges too.
func TestBucketsPartTime(t *testing.T) {
	zones := []string{"UTC", "Europe/Berlin", "America/Sao_Paulo", "America/Havana", "Asia/Kathmandu", "Pacific/Apia", "Australia/Lord_Howe"}
	rapid.Check(t, func(t *rapid.T) {
		loc, _ := insights.Zone(rapid.SampledFrom(zones).Draw(t, "zone"))
		unit := rapid.SampledFrom([]wire.Unit{wire.Day, wire.Week, wire.Month, wire.Quarter, wire.Year}).Draw(t, "unit")
		var times []time.Time
		var days []int64
		base := rapid.Int64Range(-3e9, 2e9).Draw(t, "base")
		for range rapid.IntRange(1, 5).Draw(t, "times") {
			at := time.UnixMicro(base*1e6 + rapid.Int64Range(0, 400*86400e6).Draw(t, "after"))
			times, days = append(times, at), append(days, dayOf(at))
		}
		edges := insights.Edges(days, unit, loc)
		for i := 1; i < len(edges); i++ {
			if edges[i] <= edges[i-1] {
				t.Fatalf("edges do not rise: %v", edges)
			}
		}
		for _, at := range times {
			start := insights.BucketStart(at, unit, loc)
			after, _ := slices.BinarySearch(edges, at.UnixMicro()+1)
			if start.After(at) || after == 0 || edges[after-1] != start.UnixMicro() {
				t.Fatalf("the %s of %s begins at %s, edges %v", unit, at, start, edges)
			}
			if again := insights.BucketStart(start, unit, loc); !again.Equal(start) {
				t.Fatalf("the %s that begins at %s has its start at %s", unit, start, again)
			}
		}
	})
}
