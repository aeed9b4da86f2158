package usage_test

import (
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/usage"
)

func TestProject(t *testing.T) {
	reset := start.Add(10 * 24 * time.Hour)
	for name, c := range map[string]struct {
		left, spent int64
		reset       time.Time
		want        usage.Forecast
	}{
		"nothing spent":        {100, 0, reset, usage.Forecast{AtReset: 100}},
		"lasts":                {100, 7, reset, usage.Forecast{PerDay: 1, AtReset: 90}},
		"parts of a credit":    {100, 1, reset, usage.Forecast{PerDay: 1.0 / 7, AtReset: 99}},
		"ends before":          {100, 140, reset, usage.Forecast{PerDay: 20, Empty: start.Add(5 * 24 * time.Hour)}},
		"ends just then":       {200, 140, reset, usage.Forecast{PerDay: 20, Empty: reset}},
		"is empty":             {0, 140, reset, usage.Forecast{PerDay: 20, Empty: start}},
		"grant is due already": {5, 140, start, usage.Forecast{PerDay: 20, AtReset: 5}},
	} {
		if got := usage.Project(c.left, c.spent, start, c.reset); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
