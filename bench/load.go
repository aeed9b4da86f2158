package main

import (
	"context"
	"sync"
	"time"
)

// call is one request of one client. Each client has its own and never runs it twice at once.
type call func() error

// load is what some clients did.
type load struct {
	rate     float64 // operations a second
	p50, p99 float64 // seconds
	ops      int
}

// drive lets each client run its call over and over for the span. It returns the first client's error; that ctx ended early is none.
func drive(ctx context.Context, clients []call, span time.Duration) (load, error) {
	taken := make([][]float64, len(clients))
	errs := make([]error, len(clients))
	var wg sync.WaitGroup
	begun := time.Now()
	for i, one := range clients {
		wg.Go(func() {
			for now := time.Now(); now.Sub(begun) < span && errs[i] == nil && ctx.Err() == nil; {
				errs[i] = one()
				end := time.Now()
				taken[i] = append(taken[i], end.Sub(now).Seconds())
				now = end
			}
		})
	}
	wg.Wait()
	lasted := time.Since(begun).Seconds()
	var all []float64
	for _, t := range taken {
		all = append(all, t...)
	}
	for _, err := range errs {
		if err != nil {
			return load{}, err
		}
	}
	return load{rate: float64(len(all)) / lasted, p50: quantile(all, 0.5), p99: quantile(all, 0.99), ops: len(all)}, nil
}

// crew makes n clients.
func crew(n int, one func() (call, error)) ([]call, error) {
	out := make([]call, n)
	for i := range out {
		var err error
		if out[i], err = one(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// rate returns a sample of how many operations a second the clients do together.
func (l *lab) rate(clients []call) sample {
	return func(ctx context.Context) (float64, error) {
		got, err := drive(ctx, clients, l.span())
		return got.rate, err
	}
}

// middle returns a sample of the median time of an operation, in the given unit.
func (l *lab) middle(clients []call, unit time.Duration) sample {
	return func(ctx context.Context) (float64, error) {
		got, err := drive(ctx, clients, l.span())
		return got.p50 / unit.Seconds(), err
	}
}
