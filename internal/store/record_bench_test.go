package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// BenchmarkRecord reads an account with its newest signals by id, from as many callers as there are CPUs (the store's part of G16).
func BenchmarkRecord(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkRecord(b, openSQLite(b)) })
	b.Run("postgres", func(b *testing.B) {
		pgtest.Server(b)
		benchmarkRecord(b, openPostgres(b))
	})
}

func benchmarkRecord(b *testing.B, db *store.DB) {
	ctx, stop := context.WithCancel(context.Background()) // it can end, as that of a request
	defer stop()
	s, w, p := search.New(db), storetest.MustWorkspace(b, db, "a"), newProse(1000)
	var batch []wire.Account
	for i := range 1000 {
		batch = append(batch, p.account(i))
	}
	id := storetest.MustAccounts(b, db, w.ID, batch...)[500].ID
	pushReleases(b, db, w.ID, batch[500].Domain)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if r, err := s.Record(ctx, w.ID, wire.GetRecord{ID: id}); err != nil || r.SignalCount != 3 {
				b.Errorf("%d signals, %v", r.SignalCount, err)
				return
			}
		}
	})
}

// pushReleases gives the company three signals.
func pushReleases(b *testing.B, db *store.DB, workspaceID, domain string) {
	for _, version := range []string{"1.0", "1.1", "1.2"} {
		in := wire.PushSignal{SignalType: "release", Source: "bench", OccurredAt: time.Unix(0, 0), EventName: version,
			Title: "A title of usual length", Identity: wire.Identity{CompanyDomain: domain}}
		if _, _, err := signals.New(db).Push(context.Background(), workspaceID, activity.KeyActor("0000000a", "bench"), in); err != nil {
			b.Fatal(err)
		}
	}
}
