package waitlists_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/waitlists"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var ann = activity.PersonActor("ann@example.com")

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

// mail is a DNS that knows who takes mail; of domains that it does not know it says no, and of unreachable.test nothing.
type mail map[string]bool

func (m mail) TakesMail(_ context.Context, domain string) (bool, error) {
	if domain == "unreachable.test" {
		return false, errors.New("no answer")
	}
	return m[domain], nil
}

// world is a workspace with a waitlist and no throttle.
type world struct {
	*waitlists.Service
	db   *store.DB
	ws   string
	list waitlists.Waitlist
}

func newWorld(t testing.TB, db *store.DB, slug string) *world {
	t.Helper()
	w := &world{db: db, ws: storetest.MustWorkspace(t, db, slug).ID}
	w.Service = waitlists.New(waitlists.Config{
		Store: db, Signals: signals.New(db), Mail: mail{"gmail.com": true, "acme.com": true},
		Throttle: func(context.Context, string, time.Duration, int) (time.Duration, error) { return 0, nil },
	})
	list, err := w.Create(t.Context(), w.ws, ann, "Launch", 0)
	if err != nil {
		t.Fatalf("Create: %v", err)
	}
	w.list = list
	return w
}

func (w *world) join(t testing.TB, email, code string) wire.Subscriber {
	t.Helper()
	out, err := w.Join(context.Background(), w.ws, ann, wire.CreateSubscriber{ID: w.list.ID, Email: email, ReferralCode: code})
	if err != nil {
		t.Fatalf("Join %s: %v", email, err)
	}
	return out
}

// all returns who waits, in the order of places.
func (w *world) all(t testing.TB) (out []waitlists.Subscriber) {
	t.Helper()
	total, err := w.Each(context.Background(), w.ws, w.list.ID, waitlists.Query{}, func(s waitlists.Subscriber) error {
		out = append(out, s)
		return nil
	})
	if err != nil || total != len(out) {
		t.Fatalf("Each: %d of %d, %v", len(out), total, err)
	}
	return out
}

// logged counts the actions of the workspace's log.
func (w *world) logged(t testing.TB) map[activity.Action]int {
	t.Helper()
	list, err := w.db.Workspace(w.ws).Activity(context.Background(), activity.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	out := map[activity.Action]int{}
	for _, e := range list {
		out[e.Action]++
	}
	return out
}

func wantCode(t testing.TB, what string, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Fatalf("%s: code %q, want %q (error: %v)", what, got, want, err)
	}
}

// wantField fails unless the error is about exactly that field.
func wantField(t testing.TB, what string, err error, field string) {
	t.Helper()
	if e := fault.From(err); err == nil || e.Code != fault.ValidationFailed || len(e.Fields) != 1 || e.Fields[0].Path != field {
		t.Fatalf("%s: %v, want a refusal of %s", what, err, field)
	}
}
