package waitlists_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// deaf takes no signals, so that a waitlist alone is measured.
type deaf struct{}

func (deaf) Push(context.Context, string, activity.Actor, wire.PushSignal) (wire.Pushed, bool, error) {
	return wire.Pushed{}, true, nil
}

// BenchmarkJoin measures sign-ups by 64 writers: without a code, each with another person's, and all with one person's, whose row they wait for; with
// the lead and the signal that a sign-up brings, and without.
func BenchmarkJoin(b *testing.B) {
	for name, config := range map[string]func(testing.TB) store.Config{
		"sqlite":   func(t testing.TB) store.Config { return store.Config{DataDir: t.TempDir()} },
		"postgres": func(t testing.TB) store.Config { return store.Config{DatabaseURL: pgtest.URL(t)} },
	} {
		b.Run(name, func(b *testing.B) {
			db := open(b, config(b))
			for _, signals := range []string{"alone", "with-signals"} {
				for _, codes := range []string{"no-code", "many-codes", "one-code"} {
					b.Run(signals+"/"+codes, func(b *testing.B) {
						benchJoin(b, newWorld(b, db, fmt.Sprint(signals, codes, b.N)), signals == "alone", codes)
					})
				}
			}
		})
	}
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
