package login_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

const (
	good    = "four words are fine"
	another = "other words are too"
)

var (
	ctx  = context.Background()
	root = activity.OperatorActor("root")
	from = login.Visit{Device: "Firefox on Linux", Address: "192.0.2.1"}
)

// world is a service over a real store; its clock goes on when it is told to.
type world struct {
	*login.Service
	t     *testing.T
	db    *store.DB
	teams *workspaces.Service
	now   time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)}
	db, err := store.Open(ctx, store.Config{DataDir: t.TempDir(), Migrate: true, Clock: func() time.Time { return w.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	clock := func(context.Context) (time.Time, error) { return w.now, nil }
	w.db, w.teams = db, workspaces.NewService(db, clock)
	w.Service = login.New(login.Config{Store: db, Now: clock, Cost: login.CheapCost, Take: func(ctx context.Context, name string, perMinute, burst int) (login.Decision, error) {
		d, err := db.Take(ctx, name, perMinute, burst)
		return login.Decision{Allowed: d.Allowed, RetryAfter: d.RetryAfter}, err
	}})
	return w
}

// invite adds a member to the workspace, making it first where it is not there, and returns the hash of the setup token.
func (w *world) invite(slug, email string, role workspaces.Role) (workspaces.Member, [32]byte) {
	w.t.Helper()
	if _, err := w.teams.Find(ctx, slug); fault.CodeOf(err) == fault.NotFound {
		if _, err := w.teams.Create(ctx, root, slug, workspaces.Team, slug); err != nil {
			w.t.Fatal(err)
		}
	}
	m, link, err := w.teams.AddMember(ctx, root, slug, email, role, "http://localhost")
	if err != nil {
		w.t.Fatal(err)
	}
	_, token, _ := strings.Cut(link, workspaces.SetupPath)
	return m, workspaces.HashSetupToken(token)
}

// member is invite with the password set; it returns the person signed in.
func (w *world) member(slug, email, password string) login.Person {
	w.t.Helper()
	_, hash := w.invite(slug, email, workspaces.Admin)
	id, err := w.SetUp(ctx, hash, password, from)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.person(id)
}

func (w *world) person(id string) login.Person {
	w.t.Helper()
	p, _, err := w.Person(ctx, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) open(p login.Person) string {
	w.t.Helper()
	a, err := w.Account(ctx, p.WorkspaceID, p.MemberID)
	if err != nil {
		w.t.Fatal(err)
	}
	id, err := w.Open(ctx, a, login.ByPassword, from)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func wantOver(t *testing.T, what string, w *world, id string, over bool) {
	t.Helper()
	if _, _, err := w.Person(ctx, id); errors.Is(err, login.ErrOver) != over || !over && err != nil {
		t.Errorf("%s: %v, want over %t", what, err, over)
	}
}

func TestSetUpOnce(t *testing.T) {
	w := newWorld(t)
	m, hash := w.invite("acme", "ann@example.com", workspaces.Manager)
	if _, err := w.SetUp(ctx, hash, "short", from); fault.CodeOf(err) != fault.ValidationFailed {
		t.Errorf("a short password: %v", err)
	}
	id, err := w.SetUp(ctx, hash, good, from)
	if err != nil {
		t.Fatal(err)
	}
	if p := w.person(id); p.MemberID != m.ID || p.Email != "ann@example.com" || p.Role != workspaces.Manager || p.LoginID != id {
		t.Errorf("person = %+v", p)
	}
	for what, err := range map[string]error{"the link again": second(w.SetUp(ctx, hash, another, from)), "another link": second(w.SetUp(ctx, [32]byte{9}, another, from)), "no token at all": second(w.SetUp(ctx, [32]byte{}, another, from))} {
		if !errors.Is(err, login.ErrNoLink) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if in, err := w.SignIn(ctx, "ANN@example.com ", good, from); err != nil || len(in) != 1 || in[0].ID != m.ID {
		t.Errorf("sign-in: %v %v", in, err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestSetupLinksEnd(t *testing.T) {
	w := newWorld(t)
	_, hash := w.invite("acme", "ann@example.com", workspaces.Viewer)
	w.now = w.now.Add(workspaces.SetupLife - time.Microsecond)
	if a, err := w.Invitation(ctx, hash, from); err != nil || a.Workspace != "acme" {
		t.Errorf("at the last moment: %+v %v", a, err)
	}
	w.now = w.now.Add(time.Microsecond)
	if _, err := w.SetUp(ctx, hash, good, from); !errors.Is(err, login.ErrNoLink) {
		t.Errorf("too late: %v", err)
	}
}

func TestSignInTellsNobodyApart(t *testing.T) {
	w := newWorld(t)
	w.member("acme", "ann@example.com", good)
	w.invite("acme", "new@example.com", workspaces.Viewer)
	for email, password := range map[string]string{"ann@example.com": another, "nobody@example.com": good, "new@example.com": "", "no email": good, "": "", "ann@example.com ": strings.Repeat("x", 1<<20)} {
		if in, err := w.SignIn(ctx, email, password, from); !errors.Is(err, login.ErrWrong) || len(in) != 0 {
			t.Errorf("%q: %v %v", email, in, err)
		}
	}
}

// TestOneEmailTwoWorkspaces shows that an admin who invites somebody else's email gains nothing where that person is at home.
func TestOneEmailTwoWorkspaces(t *testing.T) {
	w := newWorld(t)
	victim := w.member("home", "victim@example.com", good)
	trap := w.member("trap", "victim@example.com", another) // by the trap's own setup link
	for password, want := range map[string]string{good: victim.WorkspaceID, another: trap.WorkspaceID} {
		in, err := w.SignIn(ctx, "victim@example.com", password, from)
		if err != nil || len(in) != 1 || in[0].WorkspaceID != want {
			t.Errorf("%+v %v, want workspace %s alone", in, err, want)
		}
	}
	if err := w.Revoke(ctx, trap, victim.LoginID); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("ending a login of the other workspace: %v", err)
	}
	if n, err := w.RevokeOthers(ctx, trap); n != 0 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	if err := w.ChangePassword(ctx, trap, another, "third of the passwords", from); err != nil {
		t.Error(err)
	}
	wantOver(t, "the victim's login", w, victim.LoginID, false)
	if in, err := w.SignIn(ctx, "victim@example.com", good, from); err != nil || len(in) != 1 {
		t.Errorf("the victim's password: %v %v", in, err)
	}
}

func TestTheSamePasswordInTwoWorkspaces(t *testing.T) {
	w := newWorld(t)
	w.member("one", "ann@example.com", good)
	w.member("two", "ann@example.com", good)
	if in, err := w.SignIn(ctx, "ann@example.com", good, from); err != nil || len(in) != 2 || in[0].Workspace != "one" || in[1].Workspace != "two" {
		t.Errorf("%+v %v", in, err)
	}
}

func TestThrottle(t *testing.T) {
	w := newWorld(t)
	w.member("acme", "ann@example.com", good)
	elsewhere := login.Visit{Address: "198.51.100.7"}
	for range 10 {
		if _, err := w.SignIn(ctx, "ann@example.com", another, from); !errors.Is(err, login.ErrWrong) {
			t.Fatal(err)
		}
	}
	_, err := w.SignIn(ctx, "ann@example.com", good, from)
	if f := fault.From(err); f == nil || f.Code != fault.AuthThrottled || f.RetryAfter <= 0 || f.RetryAfter > 31*time.Second || !strings.Contains(f.Detail, "Wait 30 seconds") && !strings.Contains(f.Detail, "Wait 31 seconds") {
		t.Errorf("after ten attempts: %v", err)
	}
	if in, err := w.SignIn(ctx, "ann@example.com", good, elsewhere); err != nil || len(in) != 1 {
		t.Errorf("from elsewhere she is locked out: %v", err)
	}
	w.now = w.now.Add(31 * time.Second)
	if in, err := w.SignIn(ctx, "ann@example.com", good, from); err != nil || len(in) != 1 {
		t.Errorf("after the wait: %v", err)
	}
	for i := range 62 {
		_, err = w.SignIn(ctx, strings.Repeat("x", i+1)+"@example.com", good, elsewhere)
	}
	if fault.CodeOf(err) != fault.AuthThrottled {
		t.Errorf("many emails from one address: %v", err)
	}
}

func TestLoginsEnd(t *testing.T) {
	w := newWorld(t)
	p := w.member("acme", "ann@example.com", good)
	idle, busy, mine := w.open(p), w.open(p), w.open(p)
	for range int(login.Life / (11 * time.Hour)) {
		w.now = w.now.Add(11 * time.Hour)
		wantOver(t, "a login in use", w, busy, false)
	}
	wantOver(t, "an idle login", w, idle, true)
	if list, err := w.List(ctx, p); err != nil || len(list) != 1 || list[0].ID != busy || !list[0].LastSeenAt.Equal(w.now) {
		t.Errorf("list: %+v %v", list, err)
	}
	w.now = w.now.Add(11 * time.Hour)
	wantOver(t, "after 7 days", w, busy, true)
	wantOver(t, "unknown", w, "0198", true)
	p.LoginID = mine
	for range 2 { // signing out twice is no error
		if err := w.End(ctx, p); err != nil {
			t.Error(err)
		}
	}
}

func TestLastSeenIsTrueToTheMinute(t *testing.T) {
	w := newWorld(t)
	p := w.member("acme", "ann@example.com", good)
	begun := w.now
	for after, want := range map[time.Duration]time.Duration{59 * time.Second: 0} {
		w.now = begun.Add(after)
		w.person(p.LoginID)
		if list, err := w.List(ctx, p); err != nil || !list[0].LastSeenAt.Equal(begun.Add(want)) {
			t.Errorf("after %v: %+v %v", after, list, err)
		}
	}
	w.now = begun.Add(time.Minute)
	w.person(p.LoginID)
	if list, err := w.List(ctx, p); err != nil || !list[0].LastSeenAt.Equal(w.now) {
		t.Errorf("after a minute: %+v %v", list, err)
	}
}

func TestRemovalAndRoleCountAtOnce(t *testing.T) {
	w := newWorld(t)
	p, boss := w.member("acme", "ann@example.com", good), w.member("acme", "bob@example.com", good)
	if _, err := w.teams.SetRole(ctx, boss.Actor(), p.WorkspaceID, p.MemberID, workspaces.Viewer); err != nil {
		t.Fatal(err)
	}
	if now := w.person(p.LoginID); now.Role != workspaces.Viewer {
		t.Errorf("role %s", now.Role)
	}
	if _, err := w.teams.RemoveMember(ctx, root, "acme", "ann@example.com"); err != nil {
		t.Fatal(err)
	}
	wantOver(t, "a removed member's login", w, p.LoginID, true)
	if _, err := w.SignIn(ctx, "ann@example.com", good, from); !errors.Is(err, login.ErrWrong) {
		t.Errorf("a removed member signs in: %v", err)
	}
}

func TestChangePassword(t *testing.T) {
	w := newWorld(t)
	p := w.member("acme", "ann@example.com", good)
	other := w.open(p)
	for what, c := range map[string]struct{ old, password, field string }{
		"a wrong old one": {another, another, "old"}, "an easy new one": {good, "password123", "password"}, "the email": {good, "ann@example.com", "password"},
	} {
		if err := w.ChangePassword(ctx, p, c.old, c.password, from); fault.CodeOf(err) != fault.ValidationFailed || fault.From(err).Fields[0].Path != c.field {
			t.Errorf("%s: %v", what, err)
		}
	}
	wantOver(t, "before", w, other, false)
	if err := w.ChangePassword(ctx, p, good, another, from); err != nil {
		t.Fatal(err)
	}
	wantOver(t, "this login", w, p.LoginID, false)
	wantOver(t, "the other", w, other, true)
	if _, err := w.SignIn(ctx, p.Email, good, from); !errors.Is(err, login.ErrWrong) {
		t.Errorf("the old password: %v", err)
	}
	if _, err := w.SignIn(ctx, p.Email, another, from); err != nil {
		t.Errorf("the new password: %v", err)
	}
}

// TestTheLogTellsWithoutSecrets looks through every entry that signing in and changing things left.
func TestTheLogTellsWithoutSecrets(t *testing.T) {
	w := newWorld(t)
	p := w.member("acme", "ann@example.com", good)
	other := w.open(p)
	for _, err := range []error{w.Revoke(ctx, p, other), w.ChangePassword(ctx, p, good, another, from)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	w.open(p)
	if n, err := w.RevokeOthers(ctx, p); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	list, err := w.db.ListActivity(ctx, p.WorkspaceID, activity.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	a, _ := w.Account(ctx, p.WorkspaceID, p.MemberID)
	seen := map[activity.Action]int{}
	for _, e := range list {
		seen[e.Action]++
		text, _ := json.Marshal(e)
		for _, secret := range []string{good, another, a.PasswordHash, "argon2"} {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s holds %q", text, secret)
			}
		}
	}
	for action, want := range map[activity.Action]int{activity.MemberSignedIn: 3, activity.PasswordSet: 2, activity.LoginRevoked: 2} {
		if seen[action] != want {
			t.Errorf("%s: %d entries, want %d", action, seen[action], want)
		}
	}
}
