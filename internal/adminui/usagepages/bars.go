package usagepages

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/unstuckengine/unstuck/internal/usage"
)

// The size of a chart of bars in its own units.
const (
	barsWide = 720
	barsHigh = 160
)

// bar is a part of a column of the chart.
type bar struct {
	X, Y, Wide, High string
	Class            string // of its colour
}

// most is the largest sum of a row, at least 1.
func (c chart) most() int64 {
	most := int64(1)
	for _, r := range c.Rows {
		var sum int64
		for _, v := range r.Values {
			sum += max(0, v)
		}
		most = max(most, sum)
	}
	return most
}

// bars stacks the values of each row, for readers whose browser runs no scripts.
func (c chart) bars() (out []bar) {
	most, wide := float64(c.most()), float64(barsWide)/float64(max(1, len(c.Rows)))
	for i, r := range c.Rows {
		y := float64(barsHigh)
		for n, v := range r.Values {
			if v <= 0 {
				continue
			}
			high := float64(v) / most * barsHigh
			y -= high
			out = append(out, bar{X: decimal(float64(i) * wide), Y: decimal(y), Wide: decimal(wide * 0.85), High: decimal(high), Class: "c" + strconv.Itoa(n)})
		}
	}
	return out
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) }

// largest returns the series with the most of something first; those that have as much stay in their order.
func largest(list []usage.Series, of func(usage.Counts) int64) []usage.Series {
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b usage.Series) int { return cmp.Compare(of(b.Total), of(a.Total)) })
	return out
}
