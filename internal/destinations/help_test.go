package destinations_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/destinations/file"
	"github.com/unstuckengine/unstuck/internal/destinations/hubspot"
	"github.com/unstuckengine/unstuck/internal/destinations/salesforce"
	"github.com/unstuckengine/unstuck/internal/destinations/webhook"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/outbound"
	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/sealing"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/testkit/internet"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// ring seals under one key that every process of the tests has.
type ring struct{}

func (ring) KID() int                            { return 1 }
func (ring) DeriveAt(int, string) ([]byte, bool) { return bytes.Repeat([]byte{7}, 32), true }

// engines runs a test on both engines.
func engines(t *testing.T, run func(t *testing.T, c store.Config)) {
	t.Run("sqlite", func(t *testing.T) { run(t, store.Config{DataDir: t.TempDir()}) })
	t.Run("postgres", func(t *testing.T) { run(t, store.Config{DatabaseURL: pgtest.URL(t)}) })
}

func open(t testing.TB, c store.Config) *store.DB {
	t.Helper()
	c.Migrate = true
	db, err := store.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// clock is a time that passes when it is told to.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)} }

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// shed is a queue that keeps what is put into it, for a test to work off by hand.
type shed struct {
	mu   sync.Mutex
	jobs []queued
}

type queued struct {
	kind string
	args []byte
}

func (s *shed) Enqueue(_ context.Context, kind string, args ...[]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range args {
		s.jobs = append(s.jobs, queued{kind, a})
	}
	return nil
}

func (s *shed) Begun(context.Context, string, time.Time) ([][]byte, error) { return nil, nil }

func (s *shed) take() []queued {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.jobs
	s.jobs = nil
	return out
}

// depot is a workspace with a destination service, in an internet of its own.
type depot struct {
	db      *store.DB
	net     *internet.Net
	service *destinations.Service
	queue   *shed
	clock   *clock
	ws      string
	admin   destinations.Caller
	key     destinations.Caller
}

// newDepot returns a depot on SQLite, where time passes as the test wants, or on another store.
func newDepot(t testing.TB, c store.Config) *depot {
	t.Helper()
	time0 := newClock()
	if c.DatabaseURL == "" {
		c.Clock = time0.read
	}
	d := newDepotOn(t, open(t, c))
	d.clock, d.queue, d.net = time0, &shed{}, internet.New(t)
	client := d.net.Client(t, outbound.Config{})
	d.service = newService(d.db, d.queue, webhook.New(client, time.Now), client)
	return d
}

// newDepotOn returns a workspace on a store, without a service.
func newDepotOn(t testing.TB, db *store.DB) *depot {
	t.Helper()
	d := &depot{db: db, clock: newClock(), ws: storetest.MustWorkspace(t, db, "w").ID}
	d.admin = destinations.Caller{WorkspaceID: d.ws, Actor: activity.PersonActor("ann@example.com"), Admin: true}
	d.key = destinations.Caller{WorkspaceID: d.ws, Actor: activity.KeyActor("b0b0b0b0", "bot")}
	return d
}

func newService(db *store.DB, q destinations.Queue, hooks destinations.Sender, client *outbound.Client) *destinations.Service {
	return destinations.New(destinations.Config{
		Store: db, Queue: q, Seal: sealing.New(ring{}), Timeout: 2 * time.Second, Lease: 4 * time.Second,
		Senders: map[destinations.Kind]destinations.Sender{
			destinations.Webhook: hooks, destinations.CSV: file.Sender{}, destinations.HubSpot: hubspot.New(client), destinations.Salesforce: salesforce.New(client),
		},
	})
}

// hook makes an active webhook to the host, and returns it with its secret.
func (d *depot) hook(t testing.TB, host string) (wire.Destination, string) {
	t.Helper()
	saved, err := d.service.Save(context.Background(), d.admin, wire.SaveDestination{Name: host, Kind: "webhook", URL: "https://" + host + "/in?token=q"})
	if err != nil {
		t.Fatal(err)
	}
	return saved.Destination, saved.Secret.Reveal()
}

// audience makes an audience of n new leads that is told to the destinations, and returns it with its members.
func (d *depot) audience(t testing.TB, n int, told ...audiences.Attached) (audiences.Audience, []string) {
	t.Helper()
	ctx := context.Background()
	a := audiences.Audience{ID: uuid.Must(uuid.NewV7()).String(), Name: fmt.Sprint("A", uuid.NewString()[:8]), Over: filter.Leads, Filter: []byte(`{"field":"id","op":"present"}`),
		Destinations: told, Revision: 1, CreatedAt: d.clock.read(), UpdatedAt: d.clock.read(), CreatedBy: "ann"}
	if err := d.db.AddAudience(ctx, d.ws, a); err != nil {
		t.Fatal(err)
	}
	leads := make([]wire.Lead, n)
	for i := range leads {
		leads[i] = wire.Lead{WorkEmail: fmt.Sprintf("p%d@%s.example", i, a.ID), FirstName: fmt.Sprint("P", i), Title: "=cmd|calc"}
	}
	var ids []string
	for _, o := range storetest.MustLeads(t, d.db, d.ws, leads...) {
		ids = append(ids, o.ID)
	}
	err := d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, id := range ids {
			if _, err := tx.Exec(ctx, `INSERT INTO audience_members (workspace_id, audience_id, record_id, ranking, since) VALUES ($1, $2, $3, '', $4)`, d.ws, a.ID, id, tx.Now()); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `UPDATE audiences SET members = $3 WHERE workspace_id = $1 AND id = $2`, d.ws, a.ID, int64(n))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return a, ids
}

// events tells of the change of each record.
func (d *depot) events(a audiences.Audience, change audiences.Change, ids ...string) (out []audiences.Event) {
	for _, id := range ids {
		out = append(out, audiences.Event{ID: uuid.Must(uuid.NewV7()).String(), AudienceID: a.ID, Kind: a.Over, RecordID: id, Change: change, At: d.clock.read()})
	}
	return out
}

func (d *depot) changed(t testing.TB, events ...audiences.Event) {
	t.Helper()
	if err := d.service.Changed(context.Background(), d.ws, events); err != nil {
		t.Fatal(err)
	}
}

// log returns the deliveries of a destination, the newest first.
func (d *depot) log(t testing.TB, id, state string) (out []wire.Delivery) {
	t.Helper()
	size := 100
	in := wire.ListDeliveries{ID: id, State: state, Limit: &size}
	for {
		page, err := d.service.Deliveries(context.Background(), d.ws, in)
		if err != nil {
			t.Fatal(err)
		}
		if out = append(out, page.Items...); page.NextCursor == nil {
			return out
		}
		in.Cursor = page.NextCursor
	}
}

// work runs what is queued, once, and returns what asks to run again, with how long after.
func (d *depot) work(t testing.TB) (again []queued, after []time.Duration) {
	t.Helper()
	handle := map[string]store.JobHandler{destinations.DeliveryKind: d.service.Work, destinations.SyncKind: d.service.WorkSync, destinations.ResumeKind: d.service.WorkResume}
	for list := d.queue.take(); len(list) > 0; list = d.queue.take() {
		for _, j := range list {
			err := handle[j.kind](context.Background(), nil, j.args)
			later, put := err.(interface{ RunAfter() time.Duration })
			switch {
			case put:
				again, after = append(again, j), append(after, later.RunAfter())
			case err != nil:
				t.Fatal(err)
			}
		}
	}
	return again, after
}

// inbox is a receiver that keeps what it was sent, and answers as told.
type inbox struct {
	mu     sync.Mutex
	status func(n int) int // of the n-th request, from 0; nil for 204
	header http.Header
	got    []received
}

type received struct {
	header http.Header
	uri    string
	body   []byte
}

func (b *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body bytes.Buffer
	_, _ = body.ReadFrom(r.Body)
	b.mu.Lock()
	n := len(b.got)
	b.got = append(b.got, received{r.Header.Clone(), r.RequestURI, body.Bytes()})
	status := http.StatusNoContent
	if b.status != nil {
		status = b.status(n)
	}
	for name, v := range b.header {
		w.Header()[name] = v
	}
	b.mu.Unlock()
	w.WriteHeader(status)
}

func (b *inbox) all() []received {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]received(nil), b.got...)
}
