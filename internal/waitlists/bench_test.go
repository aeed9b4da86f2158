package waitlists_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/waitlists"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// deaf takes no signals, so that a waitlist alone is measured.
type deaf struct{}

func (deaf) Push(context.Context, string, activity.Actor, wire.PushSignal) (wire.Pushed, bool, error) {
	return wire.Pushed{}, true, nil
}

// benchEngines runs a benchmark on a store of each engine.
func benchEngines(b *testing.B, run func(b *testing.B, db *store.DB)) {
	b.Run("sqlite", func(b *testing.B) { run(b, open(b, store.Config{DataDir: b.TempDir()})) })
	b.Run("postgres", func(b *testing.B) { run(b, open(b, store.Config{DatabaseURL: pgtest.URL(b)})) })
}

// BenchmarkJoin measures sign-ups by 64 writers: without a code, each with another person's, and all with one person's, whose row they wait for; with
// the lead and the signal that a sign-up brings, and without.
func BenchmarkJoin(b *testing.B) {
	benchEngines(b, func(b *testing.B, db *store.DB) {
		for _, signals := range []string{"alone", "with-signals"} {
			for _, codes := range []string{"no-code", "many-codes", "one-code"} {
				b.Run(signals+"/"+codes, func(b *testing.B) {
					benchJoin(b, newWorld(b, db, fmt.Sprint(signals, codes, b.N)), signals == "alone", codes)
				})
			}
		}
	})
}

func benchJoin(b *testing.B, w *world, alone bool, kind string) {
	if alone {
		w.Signals = deaf{}
	}
	codes := []string{""}
	for i := range map[string]int{"many-codes": 1000, "one-code": 1}[kind] {
		codes = append(codes[:i], w.join(b, fmt.Sprintf("r%d@acme.com", i), "").ReferralCode)
	}
	var next atomic.Int64
	b.SetParallelism(32) // of two processors
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n := int(next.Add(1))
			w.join(b, fmt.Sprintf("p%d@acme.com", n), codes[n%len(codes)])
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sign-ups/s")
}

// BenchmarkRead measures how the place of one and a page are read from long lines.
func BenchmarkRead(b *testing.B) {
	benchEngines(b, func(b *testing.B, db *store.DB) {
		for _, size := range []int{10_000, 100_000} {
			w := newWorld(b, db, fmt.Sprint("read", size))
			last := w.fill(b, size)
			b.Run(fmt.Sprint("place/", size), func(b *testing.B) {
				for b.Loop() {
					if s, err := db.Subscriber(b.Context(), w.ws, w.list.ID, last); err != nil || s.Position < size/2 {
						b.Fatal(s.Position, err)
					}
				}
			})
			for name, in := range map[string]wire.ListSubscribers{"first-page": {}, "last-page": {Page: ptr(size / 25)}, "sought": {Query: fmt.Sprintf("p%d@", size-1)}} {
				b.Run(fmt.Sprint(name, "/", size), func(b *testing.B) {
					in.ID = w.list.ID
					for b.Loop() {
						if out, err := w.Subscribers(b.Context(), w.ws, in); err != nil || len(out.Items) == 0 {
							b.Fatal(len(out.Items), err)
						}
					}
				})
			}
		}
	})
}

func ptr[T any](v T) *T { return &v }

// fill puts people on the waitlist, past the service, and returns the id of who is far behind.
func (w *world) fill(b *testing.B, n int) (last string) {
	b.Helper()
	err := w.db.InTx(b.Context(), func(ctx context.Context, now time.Time) error {
		for i := range n {
			s := waitlists.Subscriber{Subscriber: wire.Subscriber{ID: fmt.Sprintf("s%07d", i), Email: fmt.Sprintf("p%d@acme.com", i), JoinedAt: now,
				ReferralCode: fmt.Sprintf("%06d", i), Priority: i % 100 / 90 * 5}}
			if _, err := w.db.InsertSubscriber(ctx, w.ws, w.list.ID, s); err != nil {
				return err
			}
			if s.Priority == 0 {
				last = s.ID
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return last
}
