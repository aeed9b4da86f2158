package render

import (
	"bufio"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/rivo/uniseg"
)

// Bar is one figure of a chart.
type Bar struct {
	Label  string
	Figure string // a decimal number; "" for a missing one, which has no bar
}

// Chart is figures to be drawn as bars under a head.
type Chart struct {
	Label, Figure string // head
	Missing       string // shown for a missing figure
	Bars          []Bar
}

const (
	chartWidth = 80 // columns when the terminal's are not known
	minBars    = 10 // columns left for the bars on however narrow a terminal
)

// Chart draws horizontal bars, each with its label and its exact figure before it. Negative figures grow to the left of a
// common zero. The error is that of writing.
func (p Printer) Chart(c Chart) error {
	labels, figures := uniseg.StringWidth(Clean(c.Label)), uniseg.StringWidth(Clean(c.Figure))
	scale := scale{}
	for _, b := range c.Bars {
		labels = max(labels, uniseg.StringWidth(Clean(b.Label)))
		figures = max(figures, uniseg.StringWidth(b.text(c.Missing)))
		scale.lo, scale.hi = min(scale.lo, b.size()), max(scale.hi, b.size())
	}
	width := p.Width
	if width <= 0 {
		width = chartWidth
	}
	labels = min(labels, max(width-figures-2*gap-minBars, minWidth), max(width/3, minWidth))
	scale.fit(max(width-labels-figures-2*gap, minBars), p.ASCII)
	w := bufio.NewWriter(p.W)
	p.bold(w, p.pair(c.Label, Clean(c.Figure), labels, figures))
	for _, b := range c.Bars {
		text := p.pair(b.Label, b.text(c.Missing), labels, figures) + strings.Repeat(" ", gap) + scale.draw(b.size())
		fmt.Fprintln(w, strings.TrimRight(text, " "))
	}
	return w.Flush()
}

// pair spells a label and, aligned at the right, what stands behind it.
func (p Printer) pair(label, figure string, labels, figures int) string {
	label = cut(Clean(label), labels, p.mark())
	return label + strings.Repeat(" ", labels-uniseg.StringWidth(label)+gap+max(figures-uniseg.StringWidth(figure), 0)) + figure
}

func (b Bar) text(missing string) string {
	if b.Figure == "" {
		return missing
	}
	return Clean(b.Figure)
}

// size is the figure as far as a bar can show it; that of a missing one is 0.
func (b Bar) size() float64 {
	f, err := strconv.ParseFloat(b.Figure, 64)
	if err != nil && !math.IsInf(f, 0) || math.IsNaN(f) {
		return 0
	}
	return max(min(f, math.MaxFloat64), -math.MaxFloat64)
}

// scale maps figures to columns on both sides of zero.
type scale struct {
	lo, hi      float64 // the ends; lo <= 0 <= hi
	left, right int     // columns on each side of zero
	ascii       bool
}

func (s *scale) fit(columns int, ascii bool) {
	s.ascii = ascii
	switch {
	case s.lo == 0:
		s.right = columns
	case s.hi == 0:
		s.left = columns
	default:
		share := (-s.lo / 2) / (s.hi/2 - s.lo/2) // halves, since the whole span may be too large for a float
		s.left = min(max(int(math.Round(share*float64(columns))), 1), columns-1)
		s.right = columns - s.left
	}
}

// eighths are the ends of bars, by how many eighths of a column they fill.
var eighths = []string{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"}

// draw returns the bar from the left end of the scale on. What is not zero shows, however small.
func (s *scale) draw(size float64) string {
	full := "█"
	if s.ascii {
		full = "#"
	}
	switch {
	case size < 0:
		n := max(int(math.Round(size/s.lo*float64(s.left))), 1)
		return strings.Repeat(" ", s.left-n) + strings.Repeat(full, n)
	case size == 0:
		return ""
	case s.ascii:
		return strings.Repeat(" ", s.left) + strings.Repeat(full, max(int(math.Round(size/s.hi*float64(s.right))), 1))
	}
	n := max(int(size/s.hi*float64(s.right)*8), 1)
	return strings.Repeat(" ", s.left) + strings.Repeat(full, n/8) + eighths[n%8]
}
