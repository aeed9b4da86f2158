package devicelogin_test

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/devicelogin"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

var (
	root  = activity.OperatorActor("root")
	start = time.Date(2027, 2, 27, 23, 59, 58, 123456000, time.UTC)
	full  = devicelogin.Choice{Preset: scope.Full, KeyName: "ci", Expiry: keys.Expiry90}
)

const desk = "192.0.2.8" // where the admin sits

// world is a service over a real store, on a clock that stands still until it is moved.
type world struct {
	*testing.T
	*devicelogin.Service
	db     *store.DB
	keys   *keys.Service
	spaces *workspaces.Service
	w      workspaces.Workspace
	admin  login.Person

	mu  sync.Mutex
	now time.Time
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, now: start}
	ctx := t.Context()
	var err error
	w.db, err = store.Open(ctx, store.Config{DataDir: t.TempDir(), Migrate: true, Clock: w.clock})
	w.must(err)
	t.Cleanup(func() { _ = w.db.Close() })
	ring, err := keys.NewKeyring(keys.Pepper{KID: 1, Secret: bytes.Repeat([]byte{7}, keys.MinPepper)})
	w.must(err)
	now := func(context.Context) (time.Time, error) { return w.clock(), nil }
	w.keys = keys.NewService(keys.ServiceConfig{Store: w.db, Workspaces: w.db, Ring: ring, Now: now})
	w.spaces = workspaces.NewService(w.db, now)
	w.Service = devicelogin.New(devicelogin.Config{Store: w.db, Keys: w.keys, Workspaces: w.db, Now: now,
		Take: func(ctx context.Context, name string, perMinute, burst int) (time.Duration, error) {
			d, err := w.db.Take(ctx, name, perMinute, burst)
			return d.RetryAfter, err
		}})
	w.w, err = w.spaces.Create(ctx, root, "Acme", workspaces.Pro, "")
	w.must(err)
	w.admin = w.member(w.w.ID, "ann@example.com", workspaces.Admin)
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) member(workspaceID, email string, role workspaces.Role) login.Person {
	w.Helper()
	m, _, err := w.spaces.AddMember(w.Context(), root, workspaceID, email, role, "")
	w.must(err)
	return login.Person{MemberID: m.ID, WorkspaceID: workspaceID, Email: email, Role: role}
}

func (w *world) setPlan(p workspaces.Plan) {
	w.Helper()
	_, err := w.spaces.Set(w.Context(), root, w.w.ID, workspaces.Change{Plan: &p})
	w.must(err)
}

// begin opens a request for a Full key.
func (w *world) begin() devicelogin.Begun {
	w.Helper()
	return w.ask(devicelogin.Asked{Client: "unstuck-cli/1", Host: "build-7", Source: "192.0.2.7", Preset: scope.Full})
}

func (w *world) ask(a devicelogin.Asked) devicelogin.Begun {
	w.Helper()
	b, err := w.Begin(w.Context(), a)
	w.must(err)
	return b
}

func (w *world) approve(b devicelogin.Begun, c devicelogin.Choice) {
	w.Helper()
	w.must(w.Approve(w.Context(), w.admin, desk, b.UserCode, c))
}

// wantPoll asks and fails the test unless that is the answer; "" wants a key.
func (w *world) wantPoll(b devicelogin.Begun, want devicelogin.Refusal) devicelogin.Granted {
	w.Helper()
	g, err := w.Poll(w.Context(), b.DeviceCode)
	if want == "" && err != nil || want != "" && !errors.Is(err, want) {
		w.Errorf("the answer is %v, want %q", err, want)
	}
	if got := !g.Secret.IsZero(); got != (want == "") {
		w.Errorf("a key came: %t, beside %q", got, want)
	}
	return g
}

func wantCode(t testing.TB, what string, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Errorf("%s: %v, want code %q", what, err, want)
	}
}

func (w *world) keyRows() []keys.Key {
	w.Helper()
	list, err := w.db.ListKeys(w.Context(), w.w.ID)
	w.must(err)
	return list
}

// log returns the newest entry of the activity log.
func (w *world) log() activity.Entry {
	w.Helper()
	list, err := w.db.ListActivity(w.Context(), w.w.ID, activity.Filter{Limit: 1})
	w.must(err)
	return list[0]
}
