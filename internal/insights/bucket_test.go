package insights_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/insights"
	"github.com/unstuckengine/unstuck/internal/wire"
)

func zone(t testing.TB, name string) *time.Location {
	loc, err := time.LoadLocation(name)
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
	from := time.Date(2011, 12, 28, 12, 0, 0, 0, apia)
	if n := len(insights.Edges(from, from.AddDate(0, 0, 4), wire.Day, apia)); n != 4 {
		t.Errorf("28 December to 1 January has %d days there, want 4: the 30th was left out", n)
	}
}

// TestBucketsPartTime: the start of an instant's bucket is the last of the edges that is not after it.
func TestBucketsPartTime(t *testing.T) {
	zones := []string{"UTC", "Europe/Berlin", "America/Sao_Paulo", "America/Havana", "Asia/Kathmandu", "Pacific/Apia", "Australia/Lord_Howe"}
	rapid.Check(t, func(t *rapid.T) {
		loc, _ := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		unit := rapid.SampledFrom([]wire.Unit{wire.Day, wire.Week, wire.Month, wire.Quarter, wire.Year}).Draw(t, "unit")
		least := time.UnixMicro(rapid.Int64Range(-3e15, 2e15).Draw(t, "least"))
		at := least.Add(time.Duration(rapid.Int64Range(0, 400*24*3600).Draw(t, "seconds")) * time.Second)
		edges := insights.Edges(least, at, unit, loc)
		start := insights.BucketStart(at, unit, loc).UnixMicro()
		if len(edges) == 0 || edges[0] > least.UnixMicro() || edges[len(edges)-1] != start || start > at.UnixMicro() {
			t.Fatalf("%s of %s: start %d, edges %v", unit, at, start, edges)
		}
		for i := 1; i < len(edges); i++ {
			if edges[i] <= edges[i-1] {
				t.Fatalf("edges do not rise: %v", edges)
			}
		}
	})
}
