package cli

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/insights"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// TestEdgesLeaveNoGap takes any two buckets of any unit in zones with odd clocks: between them stands every bucket once.
func TestEdgesLeaveNoGap(t *testing.T) {
	zones := []string{"", "Europe/Berlin", "America/Sao_Paulo", "America/Havana", "Asia/Kathmandu", "Pacific/Apia", "Australia/Lord_Howe"}
	rapid.Check(t, func(t *rapid.T) {
		b := &wire.Bucket{Field: "occurred_at", TZ: rapid.SampledFrom(zones).Draw(t, "zone"),
			Unit: rapid.SampledFrom([]wire.Unit{wire.Day, wire.Week, wire.Month, wire.Quarter, wire.Year}).Draw(t, "unit")}
		start := func(at time.Time) time.Time { return insights.BucketStart(at, b.Unit, zoneOf(b)) }
		at := time.Unix(rapid.Int64Range(0, 2e9).Draw(t, "first"), 0)
		first, last := start(at), start(at.Add(time.Duration(rapid.IntRange(0, 900).Draw(t, "days"))*day))
		edges := edgesOf([]point{{at: last}, {}, {at: first}}, b, wire.MaxGroups)
		if len(edges) == 0 || !edges[0].Equal(first) || !edges[len(edges)-1].Equal(last) {
			t.Fatalf("from %s to %s: %v", first, last, edges)
		}
		for i, edge := range edges[1:] {
			if before := edges[i]; !start(edge.Add(-time.Microsecond)).Equal(before) || !start(edge).Equal(edge) {
				t.Fatalf("%s does not follow on %s", edge, before)
			}
		}
		if edges = edgesOf([]point{{at: first}, {at: last}}, b, len(edges)-1); edges != nil {
			t.Fatalf("more than most: %d", len(edges))
		}
	})
}

// TestSeriesAreFilledAlike draws two series of one answer over the same span of time.
func TestSeriesAreFilledAlike(t *testing.T) {
	month := func(m time.Month) time.Time { return time.Date(2026, m, 1, 0, 0, 0, 0, time.UTC) }
	points := []point{{"a", month(3), "1"}, {"b", month(1), "2"}, {"a", time.Time{}, "9"}}
	asked := wire.GetInsights{Over: wire.OverSignals, GroupBy: []string{"source"}, Bucket: &wire.Bucket{Field: "occurred_at", Unit: wire.Month}}
	want := []string{"a, 2026-01 0", "a, 2026-02 0", "a, 2026-03 1", "a, (missing) 9", "b, 2026-01 2", "b, 2026-02 0", "b, 2026-03 0"}
	if got := spell(chronological(slices.Clone(points), asked, true), asked); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	want = []string{"a, 2026-03 1", "a, (missing) 9", "b, 2026-01 2"}
	if got := spell(chronological(slices.Clone(points), asked, false), asked); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	asked.Measures = []wire.Measure{{Fn: wire.Max, Field: "context.size"}} // of nothing there is no greatest
	if got := spell(chronological(slices.Clone(points), asked, true), asked); got[0] != "a, 2026-01 " {
		t.Errorf("%q", got)
	}
}

func spell(points []point, asked wire.GetInsights) (out []string) {
	for _, pt := range points {
		out = append(out, pt.label(asked)+" "+pt.figure)
	}
	return out
}
