package signals_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// BenchmarkPushBatch pushes 500 new signals a request, with and without a key of each, beside the same rows inserted
// bare in one transaction.
func BenchmarkPushBatch(b *testing.B) {
	for name, config := range map[string]func() store.Config{
		"sqlite":   func() store.Config { return store.Config{DataDir: b.TempDir(), Migrate: true} },
		"postgres": func() store.Config { return store.Config{DatabaseURL: pgtest.URL(b), Migrate: true} },
	} {
		db, err := store.Open(context.Background(), config())
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = db.Close() })
		w := storetest.MustWorkspace(b, db, "bench")
		b.Run(name+"/plain", func(b *testing.B) { pushBatches(b, db, w.ID, false) })
		b.Run(name+"/keyed", func(b *testing.B) { pushBatches(b, db, w.ID, true) })
		b.Run(name+"/bare", func(b *testing.B) { bareBatches(b, db, w.ID) })
	}
}

func pushBatches(b *testing.B, db *store.DB, workspaceID string, keyed bool) {
	s := signals.New(db)
	for b.Loop() {
		var in wire.PushSignals
		for i := range wire.MaxBatch {
			p := wire.PushSignal{SignalType: "release", Source: "bench", OccurredAt: time.Unix(int64(i), 0), EventName: uuid.NewString(),
				Identity: wire.Identity{CompanyDomain: fmt.Sprintf("c%d.com", i%100)}, Title: "A title of usual length", Context: json.RawMessage(`{"version":"1.2.3","stars":17}`)}
			if keyed {
				p.IdempotencyKey = p.EventName
			}
			raw, err := json.Marshal(p)
			if err != nil {
				b.Fatal(err)
			}
			in.Signals = append(in.Signals, raw)
		}
		out, err := s.PushBatch(context.Background(), workspaceID, activity.KeyActor("0000000a", "bench"), in)
		if err != nil || out.Created != wire.MaxBatch {
			b.Fatalf("created %d, %v", out.Created, err)
		}
	}
	b.ReportMetric(float64(b.N*wire.MaxBatch)/b.Elapsed().Seconds(), "signals/s")
}

func bareBatches(b *testing.B, db *store.DB, workspaceID string) {
	for b.Loop() {
		err := db.Workspace(workspaceID).Tx(context.Background(), func(ctx context.Context, _ *store.Tx, q store.Q) error {
			for i := range wire.MaxBatch {
				id := uuid.Must(uuid.NewV7()).String()
				_, err := q.Exec(ctx, `INSERT INTO signals (workspace_id, id, signal_type, source, source_f, occurred_at, event_name, event_name_f, title, title_f, account_id, account_domain, company_domain, context, dedupe, created_at)
					VALUES ($1, $2, 'release', 'bench', 'bench', $3, $2, $2, 'A title of usual length', 'a title of usual length', $4, $4, $4, '{"stars":17,"version":"1.2.3"}', $5, 0)`,
					id, int64(i), fmt.Sprintf("c%d.com", i%100), uuid.NewString())
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*wire.MaxBatch)/b.Elapsed().Seconds(), "signals/s")
}
