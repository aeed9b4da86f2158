package audiences_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/engagement"
	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// The size of the stream; the full one is -signals 50000 -audiences 50 -records 0 -kills 8.
var (
	streamed  = flag.Int("signals", 1000, "signals in the stream of TestMembersStayExact")
	watching  = flag.Int("audiences", 20, "audiences over it")
	recorded  = flag.Int("records", 300, "companies, people and signals of the sample data that are there before; 0 is all of them")
	killCount = flag.Int("kills", 1, "how often the keeper's process is killed meanwhile")
	seed      = flag.Uint64("seed", 1, "of what is drawn")
)

// settled is what the keepers of a world go by. The process that is killed reads it from a file.
type settled struct {
	Now      time.Time
	HalfLife int64
}

func (s settled) model() engagement.Model {
	return engagement.Model{
		Weights: map[string]int64{"website_visit": 8, "form_fill": 25, "hiring": 12, "demo_viewed": 40, "release": 3, "funding": 20},
		Classes: map[string]string{"website_visit": "first_party", "form_fill": "zero_party"}, Sources: map[string]int64{"first_party": 150, "list": 50},
		HalfLife: s.HalfLife, Warm: 40, InMarket: 65, Hot: 85,
	}
}

// heard is a Listener that remembers.
type heard struct {
	mu     sync.Mutex
	events []audiences.Event
}

func (h *heard) Changed(_ context.Context, _ string, events []audiences.Event) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, events...)
	return nil
}

// world is a workspace with a keeper over it.
type world struct {
	testing.TB
	db     *store.DB
	id     string
	search *search.Service
	state  settled
	keeper *audiences.Keeper
	heard  *heard
}

var ctx = context.Background()

// engines are the stores that tests run on.
func onBothEngines(t *testing.T, test func(t *testing.T, c store.Config)) {
	t.Run("sqlite", func(t *testing.T) { test(t, store.Config{DataDir: t.TempDir(), Migrate: true}) })
	t.Run("postgres", func(t *testing.T) { test(t, store.Config{DatabaseURL: pgtest.URL(t), Migrate: true}) })
}

func newWorld(t testing.TB, c store.Config) *world {
	t.Helper()
	db, err := store.Open(ctx, c)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = db.Close() })
	w := &world{TB: t, db: db, id: storetest.MustWorkspace(t, db, "kept").ID, search: search.New(db), heard: &heard{}}
	t.Cleanup(w.search.Close)
	w.state = settled{Now: time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC), HalfLife: 14}
	w.keeper = audiences.NewKeeper(audiences.KeeperConfig{
		Store: db, Listener: w.heard, Batch: 100,
		Now:   func() time.Time { return w.state.Now },
		Model: func(context.Context, string) (engagement.Model, error) { return w.state.model(), nil },
	})
	return w
}

// settle lets the keeper finish.
func (w *world) settle() {
	w.Helper()
	if err := w.keeper.Settle(ctx, w.id); err != nil {
		w.Fatalf("settle: %v", err)
	}
}

// analyze does what a server does by itself and the private one of tests does not: without figures, searches would take minutes.
func (w *world) analyze() {
	w.Helper()
	if w.db.Engine() == "sqlite" {
		return
	}
	err := w.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `ANALYZE accounts, account_tags, leads, signals, audience_members`)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
}

// sample returns the first lines of a sample file, all of them for 0; the files lie beside the repository or where UNSTUCK_DATA says.
func (w *world) sample(name string, lines int) []byte {
	w.Helper()
	dir := os.Getenv("UNSTUCK_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		w.Fatalf("the sample data is missing (set UNSTUCK_DATA): %v", err)
	}
	defer f.Close()
	var out bytes.Buffer
	for s := bufio.NewScanner(f); s.Scan(); {
		out.Write(append(s.Bytes(), '\n'))
		if lines--; lines == 0 {
			break
		}
	}
	return out.Bytes()
}

// load imports sample data and returns what names its companies and people.
func (w *world) load(lines int) (domains, handles []string) {
	w.Helper()
	companies, people, events := w.sample("companies.jsonl", lines), w.sample("people.jsonl", lines), w.sample("signals.jsonl", lines)
	_, err := ingest.New(w.db, nil).Import(ctx, w.id, activity.OperatorActor("test"), ingest.Options{},
		ingest.Source{Kind: wire.ImportAccounts, Name: "companies.jsonl", Reader: bytes.NewReader(companies)},
		ingest.Source{Kind: wire.ImportLeads, Name: "people.jsonl", Reader: bytes.NewReader(people)},
		ingest.Source{Kind: wire.ImportSignals, Name: "signals.jsonl", Reader: bytes.NewReader(events)})
	if err != nil {
		w.Fatalf("import: %v", err)
	}
	return w.column(companies, "domain"), w.column(people, "handle")
}

func (w *world) column(lines []byte, name string) (out []string) {
	for line := range bytes.Lines(lines) {
		var m map[string]any
		if err := json.Unmarshal(line, &m); err != nil {
			w.Fatal(err)
		}
		if s, ok := m[name].(string); ok && s != "" {
			out = append(out, s)
		}
	}
	return out
}
