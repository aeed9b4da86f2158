package uitest

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// World is a real store in a file of its own, with two workspaces on the plan Team and the services that most pages speak to.
type World struct {
	t          testing.TB
	Dir        string // where the store is
	DB         *store.DB
	Ring       *keys.Keyring
	Workspaces *workspaces.Service
	Keys       *keys.Service
	W, Other   workspaces.Workspace
}

// NewWorld makes a World that ends with the test.
func NewWorld(t testing.TB) *World {
	t.Helper()
	dir := t.TempDir()
	db, err := store.Open(context.Background(), store.Config{DataDir: dir, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	ring, err := keys.NewKeyring(keys.Pepper{KID: 1, Secret: bytes.Repeat([]byte{1}, keys.MinPepper)})
	if err != nil {
		t.Fatal(err)
	}
	now := func(ctx context.Context) (time.Time, error) {
		micros, err := db.Now(ctx)
		return time.UnixMicro(micros).UTC(), err
	}
	w := &World{t: t, Dir: dir, DB: db, Ring: ring, Workspaces: workspaces.NewService(db, now), Keys: keys.NewService(keys.ServiceConfig{Store: db, Workspaces: db, Ring: ring, Now: now})}
	w.W, w.Other = w.workspace("Acme"), w.workspace("Other")
	return w
}

var operator = activity.OperatorActor("root")

func (w *World) workspace(name string) workspaces.Workspace {
	w.t.Helper()
	out, err := w.Workspaces.Create(context.Background(), operator, name, workspaces.Team, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// Member adds a member to the workspace.
func (w *World) Member(of workspaces.Workspace, email string, role workspaces.Role) workspaces.Member {
	w.t.Helper()
	m, _, err := w.Workspaces.AddMember(context.Background(), operator, of.ID, email, role, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

// Key adds a read-only key that the person with the email made.
func (w *World) Key(of workspaces.Workspace, name, by string) keys.Key {
	w.t.Helper()
	c, err := w.Keys.Create(context.Background(), activity.PersonActor(by), keys.CreateRequest{WorkspaceID: of.ID, Name: name, Preset: scope.ReadOnly})
	if err != nil {
		w.t.Fatal(err)
	}
	return c.Key
}

// Log returns the entries of the workspace's activity log with the action.
func (w *World) Log(of workspaces.Workspace, action activity.Action) []activity.Entry {
	w.t.Helper()
	list, err := w.DB.ListActivity(context.Background(), of.ID, activity.Filter{Action: action})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// Roles fails the test unless each page answers 200 to the lowest role that may open it and those above, and 403 to the others.
func (s *Server) Roles(pages map[string]workspaces.Role) {
	s.t.Helper()
	order := workspaces.Roles()
	for i, role := range order {
		b := s.As(role)
		for path, least := range pages {
			want := http.StatusOK
			if i > slices.Index(order, least) {
				want = http.StatusForbidden
			}
			if got, _ := b.Get(path); got != want {
				s.t.Errorf("%s as %s: %d, want %d", path, role, got, want)
			}
		}
	}
}
