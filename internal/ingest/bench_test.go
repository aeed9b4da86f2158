package ingest_test

import (
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
)

// BenchmarkImportSample imports the whole sample data into an empty store, and again into the full one.
func BenchmarkImportSample(b *testing.B) {
	for _, e := range []struct {
		name string
		open func(testing.TB) *store.DB
	}{{"sqlite", openSQLite}, {"postgres", openPostgres}} {
		b.Run(e.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				db := e.open(b)
				w := storetest.MustWorkspace(b, db, "sample")
				b.StartTimer()
				for _, round := range []string{"new", "again"} {
					for _, src := range sample(b) {
						begun := time.Now()
						r := mustImport(b, db, w.ID, ingest.Options{}, src)
						b.ReportMetric(float64(r.Read)/time.Since(begun).Seconds(), string(src.Kind)+"_"+round+"/s")
					}
				}
			}
		})
	}
}
