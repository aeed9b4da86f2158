package qualify_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// BenchmarkPush pushes one signal after another about leads of a workspace, of a type that qualifies and of one that does not, among few and many
// records: neither may cost more where there are more.
func BenchmarkPush(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		for _, records := range []int{1_000, 20_000} {
			c := crowded(b, engine, records)
			for _, typ := range []string{"release", "reply"} {
				b.Run(fmt.Sprintf("%s/%d/%s", engine, records, map[string]string{"release": "plain", "reply": "qualifying"}[typ]), func(b *testing.B) {
					for i := 0; b.Loop(); i++ {
						pushes++
						in := signal(typ, pushes, wire.Identity{Email: fmt.Sprintf("boss@c%04d.example", i*37%records)})
						if out, err := c.one(b, in); err != nil || out.Duplicate || (out.Qualification != nil) != (typ == "reply") {
							b.Fatalf("%+v, %v", out, err)
						}
					}
				})
			}
		}
	}
}

// pushes counts over all runs, so that no signal is a repeat.
var pushes int

func crowded(b *testing.B, engine string, records int) *counter {
	config := store.Config{DataDir: b.TempDir()}
	if strings.HasPrefix(engine, "postgres") {
		config = store.Config{DatabaseURL: pgtest.URL(b)}
	}
	c := newCounter(b, open(b, config))
	c.set("reply", true, 0)
	for from := 0; from < records; from += 1000 {
		c.fillFrom(b, from, 1000)
	}
	return c
}

// BenchmarkJob qualifies all records of a workspace in the background, with 2 ICPs of 7 parameters and 2 personas.
func BenchmarkJob(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		c := crowded(b, engine, 2000)
		b.Run(engine, func(b *testing.B) {
			for b.Loop() {
				id, err := c.service.Requalify(context.Background(), c.workspace)
				if err != nil {
					b.Fatal(err)
				}
				if err := c.service.Work(context.Background(), nil, []byte(`{"workspace_id":"`+c.workspace+`","job_id":"`+id+`"}`)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*4000/b.Elapsed().Seconds(), "records/s")
		})
	}
}
