package main

import (
	"context"
	"time"
)

// pushPostgres is G18: signals a second in batches by n clients, beside COPY of as many rows on n connections.
func pushPostgres(n int) func(context.Context, *stage) (pair, error) {
	return func(ctx context.Context, s *stage) (pair, error) {
		a, err := s.api(ctx, postgres)
		if err != nil {
			return pair{}, err
		}
		ours, err := s.pushers(ctx, a, n)
		if err != nil {
			return pair{}, err
		}
		reference, err := s.copier(ctx, a.database.url, n)
		return pair{rowsRate(s.rate(ours)), rowsRate(s.rate(reference))}, err
	}
}

// pushSQLite is G18: signals a second in batches by n clients, beside transactions of as many rows in this process.
func pushSQLite(n int) func(context.Context, *stage) (pair, error) {
	return func(ctx context.Context, s *stage) (pair, error) {
		a, err := s.api(ctx, sqlite)
		if err != nil {
			return pair{}, err
		}
		ours, err := s.pushers(ctx, a, n)
		if err != nil {
			return pair{}, err
		}
		reference, err := s.transactions(ctx, a.file)
		return pair{rowsRate(s.rate(ours)), rowsRate(s.rate(reference))}, err
	}
}

// reading is G19: what n readers of one record see while a client pushes batches without a pause, beside what they see
// when it rests. figure picks what is compared.
func reading(n int, figure func(load) float64) func(context.Context, *stage) (pair, error) {
	return func(ctx context.Context, s *stage) (pair, error) {
		a, err := s.api(ctx, sqlite)
		if err != nil {
			return pair{}, err
		}
		push, err := s.pushers(ctx, a, 1)
		if err != nil {
			return pair{}, err
		}
		readers, err := s.callers(n, a.url, a.get(), 200, a.account)
		idle := func(ctx context.Context) (float64, error) {
			got, err := drive(ctx, readers, s.span())
			return figure(got), err
		}
		return pair{func(ctx context.Context) (float64, error) {
			stop := s.background(ctx, push)
			v, err := idle(ctx)
			if failed := stop(); failed != nil {
				return 0, failed
			}
			return v, err
		}, idle}, err
	}
}

// background drives the clients until the returned function is called, which returns their error.
func (s *stage) background(ctx context.Context, clients []call) (stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		_, err := drive(ctx, clients, time.Hour)
		done <- err
	}()
	return func() error { cancel(); return <-done }
}

func loadRate(l load) float64 { return l.rate }
func loadP99(l load) float64  { return l.p99 * 1e3 }
