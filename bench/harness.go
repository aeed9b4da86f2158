package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// sample measures one thing once; its unit is the row's. Any failed operation fails the sample.
type sample func(context.Context) (float64, error)

// pair is what a row compares: the thing built here, and the limit that it should approach.
type pair struct{ ours, reference sample }

// fixed is the reference of a row whose target is a number.
func fixed(v float64) sample { return func(context.Context) (float64, error) { return v, nil } }

// direction says which way a figure is better. The zero value is invalid.
type direction string

const (
	lower  direction = "lower"
	higher direction = "higher"
)

// row declares one line of the table. Its ratio is ours divided by the reference.
type row struct {
	id, what  string
	reference string // what stands beside it
	unit      string
	better    direction
	must      float64 // the ratio that it must reach
	stretch   float64 // the ratio to wish for; 0 = none
	blocks    bool    // falling short fails the command
	prepare   func(context.Context, *stage) (pair, error)
}

// verdict is what became of a row.
type verdict string

const (
	stretched verdict = "stretch"
	met       verdict = "met"
	short     verdict = "short"
	failed    verdict = "failed" // it could not be measured
)

// result is a row with its figures.
type result struct {
	ID        string    `json:"id"`
	What      string    `json:"what"`
	Reference string    `json:"reference"`
	Unit      string    `json:"unit"`
	Better    direction `json:"better"`
	Must      float64   `json:"must"`
	Stretch   float64   `json:"stretch,omitempty"`
	Blocks    bool      `json:"blocks"`
	Ours      []float64 `json:"ours"` // of each round
	Theirs    []float64 `json:"theirs"`
	Ratio     float64   `json:"ratio"` // the median of the rounds' ratios
	Lowest    float64   `json:"lowest"`
	Highest   float64   `json:"highest"`
	Verdict   verdict   `json:"verdict"`
	Error     string    `json:"error,omitempty"`
}

// measure runs the row. Within a round ours and the reference follow each other, taking turns in going first, so that
// what else the machine does falls on both.
func measure(ctx context.Context, l *lab, r row) result {
	out := result{ID: r.id, What: r.what, Reference: r.reference, Unit: r.unit, Better: r.better, Must: r.must, Stretch: r.stretch, Blocks: r.blocks}
	s := &stage{lab: l}
	defer s.end()
	p, err := r.prepare(ctx, s)
	if err == nil {
		err = out.rounds(ctx, p, l.rounds)
	}
	if err != nil {
		out.Verdict, out.Error = failed, err.Error()
		return out
	}
	all := ratios(out.Ours, out.Theirs)
	out.Ratio, out.Lowest, out.Highest = median(all), slices.Min(all), slices.Max(all)
	out.Verdict = r.judge(out.Ratio)
	return out
}

func (out *result) rounds(ctx context.Context, p pair, n int) error {
	for i := range n {
		order := []func() error{
			func() error { return take(ctx, p.ours, &out.Ours, "ours") },
			func() error { return take(ctx, p.reference, &out.Theirs, "the reference") },
		}
		if i%2 == 1 {
			slices.Reverse(order)
		}
		for _, one := range order {
			if err := one(); err != nil {
				return err
			}
		}
	}
	return nil
}

func take(ctx context.Context, s sample, into *[]float64, who string) error {
	v, err := s(ctx)
	if err == nil {
		err = ctx.Err()
	}
	if err == nil && (v <= 0 || math.IsNaN(v) || math.IsInf(v, 0)) {
		err = errors.New("the figure is not a positive number")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", who, err)
	}
	*into = append(*into, v)
	return nil
}

func (r row) judge(ratio float64) verdict {
	reaches := func(limit float64) bool {
		return r.better == lower && ratio <= limit || r.better == higher && ratio >= limit
	}
	switch {
	case r.stretch != 0 && reaches(r.stretch):
		return stretched
	case reaches(r.must):
		return met
	}
	return short
}

// exitCode is 1 when a row that blocks fell short or any row could not be measured, else 0.
func exitCode(results []result) int {
	for _, r := range results {
		if r.Verdict == failed || r.Verdict == short && r.Blocks {
			return 1
		}
	}
	return 0
}
