package enrich_test

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// provider stands for the outside world: it counts how often it is asked and does what it is told.
type provider struct {
	asked atomic.Int64
	do    func(ctx context.Context, s enrich.Subject, wanted []enrich.Field) ([]enrich.Answer, error)
}

func (p *provider) Lookup(ctx context.Context, s enrich.Subject, wanted []enrich.Field) ([]enrich.Answer, error) {
	p.asked.Add(1)
	return p.do(ctx, s, wanted)
}

// delivers returns a provider that has these values.
func delivers(values map[enrich.Field]string) *provider {
	return &provider{do: func(context.Context, enrich.Subject, []enrich.Field) (out []enrich.Answer, err error) {
		for f, v := range values {
			out = append(out, enrich.Answer{Field: f, Value: json.RawMessage(v), Confidence: 0.8})
		}
		return out, nil
	}}
}

func misses() *provider { return delivers(nil) }

func fails(err error) *provider {
	return &provider{do: func(context.Context, enrich.Subject, []enrich.Field) ([]enrich.Answer, error) { return nil, err }}
}

// entry returns an entry with a second of time.
func entry(name string, cost int64, p enrich.Provider) enrich.Entry {
	return enrich.Entry{Name: name, Provider: p, Cost: cost, Timeout: time.Second}
}

// planFor returns a plan with the same entries for each of the fields.
func planFor(fields []enrich.Field, entries ...enrich.Entry) enrich.Plan {
	p := enrich.Plan{}
	for _, f := range fields {
		p[f] = entries
	}
	return p
}

// engines runs a test on a store of each engine.
func engines(t *testing.T, run func(t *testing.T, db *store.DB)) {
	t.Run("sqlite", func(t *testing.T) { run(t, open(t, store.Config{DataDir: t.TempDir()})) })
	t.Run("postgres", func(t *testing.T) { run(t, open(t, store.Config{DatabaseURL: pgtest.URL(t)})) })
}

func open(t testing.TB, c store.Config) *store.DB {
	t.Helper()
	c.Migrate = true
	db, err := store.Open(context.Background(), c)
	if err != nil {
		t.Fatalf("open the store: %v", err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// world is a workspace with a service over it.
type world struct {
	db      *store.DB
	service *enrich.Service
	caller  enrich.Caller
	plan    enrich.Plan
}

// newWorld returns a workspace with 10 credits in its bucket, and a service whose plan is the world's.
func newWorld(t testing.TB, db *store.DB) *world {
	t.Helper()
	id := storetest.MustWorkspace(t, db, "w").ID
	w := &world{db: db, caller: enrich.Caller{WorkspaceID: id, Actor: activity.PersonActor("ann@example.com")}}
	w.service = enrich.New(enrich.Config{Store: db, Credits: credits.New(db), Plan: func(context.Context, string) (enrich.Plan, error) { return w.plan, nil }})
	return w
}

func (w *world) balance(t testing.TB) int64 {
	t.Helper()
	b, err := credits.New(w.db).Balance(context.Background(), w.caller.WorkspaceID, "")
	if err != nil {
		t.Fatal(err)
	}
	if b.Held != 0 {
		t.Errorf("%d credits are still held", b.Held)
	}
	return b.Left
}

// spent returns what the ledger says was charged, checked against what it says is left.
func (w *world) spent(t testing.TB) (sum int64, rows []credits.Entry) {
	t.Helper()
	all, err := credits.New(w.db).Ledger(context.Background(), w.caller.WorkspaceID, credits.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var left int64
	for _, e := range all {
		left += e.Amount
		if e.Kind == credits.Charged {
			sum, rows = sum-e.Amount, append(rows, e)
		}
	}
	if b := w.balance(t); left != b {
		t.Errorf("the ledger adds up to %d, the balance is %d", left, b)
	}
	return sum, rows
}

func (w *world) record(t testing.TB, in wire.EnrichRecord) wire.Enriched {
	t.Helper()
	out, err := w.service.Record(context.Background(), w.caller, in)
	if err != nil {
		t.Fatalf("Record: %v", err)
	}
	return out
}

func wantCode(t testing.TB, what string, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Fatalf("%s: code %q, want %q (error: %v)", what, got, want, err)
	}
}

func byEmail(email string, channels ...wire.Channel) wire.EnrichRecord {
	return wire.EnrichRecord{Hint: wire.Hint{Email: email}, Channels: channels}
}

// lead returns the lead with the address; the zero value when there is none.
func (w *world) lead(t testing.TB, email string) enrich.Stored {
	t.Helper()
	attempts, err := search.Attempts(wire.GetRecord{Email: email})
	if err != nil {
		t.Fatal(err)
	}
	out, err := w.db.Enrichable(context.Background(), w.caller.WorkspaceID, attempts)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
