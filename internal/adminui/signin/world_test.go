package signin_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/signin"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/adminui/uitest"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/login/passkeys"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

const (
	good    = "four words are fine"
	another = "other words are too"
	origin  = "http://localhost:8080" // as the browser would say
)

var (
	ctx  = context.Background()
	root = activity.OperatorActor("root")
)

// world is the area over a real store and real HTTP, beside a page that says who looks and one for admins.
type world struct {
	*uitest.Server
	t     *testing.T
	db    *store.DB
	teams *workspaces.Service
	now   time.Time
}

func newWorld(t *testing.T, oidc *signin.OIDC) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)}
	db, err := store.Open(ctx, store.Config{DataDir: t.TempDir(), Migrate: true, Clock: func() time.Time { return w.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	clock := func(context.Context) (time.Time, error) { return w.now, nil }
	w.db, w.teams = db, workspaces.NewService(db, clock)
	logins := login.New(login.Config{Store: db, Now: clock, Cost: login.Cost{MemoryKiB: 8, Passes: 1, Threads: 1},
		Take: func(ctx context.Context, name string, perMinute, burst int) (login.Decision, error) {
			d, err := db.Take(ctx, name, perMinute, burst)
			return login.Decision{Allowed: d.Allowed, RetryAfter: d.RetryAfter}, err
		}})
	keys, err := passkeys.New(db, clock, origin)
	if err != nil {
		t.Fatal(err)
	}
	w.Server = uitest.Site(t, ui.Config{
		Areas:    []ui.Area{signin.New(signin.Config{Logins: logins, Passkeys: keys, OIDC: oidc}), desk()},
		Sessions: forever{db}, People: logins.Person, Strangers: logins.Stranger, PublicURL: origin, Now: func() time.Time { return w.now },
	})
	return w
}

// forever keeps sessions whatever the test's clock says, since the session library has a clock of its own.
type forever struct{ *store.DB }

func (f forever) KeepSession(ctx context.Context, token string, data []byte, _ time.Time) error {
	return f.DB.KeepSession(ctx, token, data, time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))
}

// desk says who sits at it.
func desk() ui.Area {
	who := func(r *ui.Request) error {
		return r.Page(ui.Page{Title: "Desk", Body: templ.Raw("<p>" + r.Person.Email + " as " + string(r.Person.Role) + " at " + r.Workspace.Slug + "</p>")})
	}
	return ui.Area{Name: "Desk", Path: "/admin/desk", Group: ui.Work, Who: ui.Viewers, Stories: func() []ui.Story { return nil }, Routes: []ui.Route{
		ui.Get("/admin/desk", ui.Viewers, who), ui.Get("/admin/desk/boss", ui.Admins, who),
	}}
}

// invite adds a member to the workspace, making it first where it is not there, and returns the token of the setup link.
func (w *world) invite(slug, email string, role workspaces.Role) string {
	w.t.Helper()
	if _, err := w.teams.Find(ctx, slug); fault.CodeOf(err) == fault.NotFound {
		if _, err := w.teams.Create(ctx, root, "Team "+slug, workspaces.Team, slug); err != nil {
			w.t.Fatal(err)
		}
	}
	_, link, err := w.teams.AddMember(ctx, root, slug, email, role, origin)
	if err != nil {
		w.t.Fatal(err)
	}
	_, token, _ := strings.Cut(link, workspaces.SetupPath)
	return token
}

// setUp invites somebody and returns the browser in which they chose the password.
func (w *world) setUp(slug, email string, role workspaces.Role, password string) *uitest.Browser {
	w.t.Helper()
	b, token := w.Anonymous(), w.invite(slug, email, role)
	b.Get("/admin/setup")
	if status, body := b.Post("/admin/setup", url.Values{"link": {token}}); status != 200 || !strings.Contains(body, email) {
		w.t.Fatalf("the link: %d\n%s", status, body)
	}
	if status, body := b.Post("/admin/setup/password", url.Values{"password": {password}, "again": {password}}); status != 200 {
		w.t.Fatalf("the password: %d\n%s", status, body)
	}
	return b
}

// signIn fills in the form in a new browser and returns what came.
func (w *world) signIn(email, password, next string) (b *uitest.Browser, status int, body string) {
	w.t.Helper()
	b = w.Anonymous()
	b.Get(ui.SignInPath + "?next=" + url.QueryEscape(next))
	status, body = b.Post(ui.SignInPath, url.Values{"email": {email}, "password": {password}, "next": {next}})
	return b, status, body
}

// session is the value of the browser's cookie.
func (w *world) session(b *uitest.Browser) string {
	w.t.Helper()
	u, _ := url.Parse(w.URL)
	for _, c := range b.Jar.Cookies(u) {
		if c.Name == "unstuck_session" {
			return c.Value
		}
	}
	return ""
}

func (w *world) wantDesk(b *uitest.Browser, want string) {
	w.t.Helper()
	if status, body := b.Get("/admin/desk"); status != 200 || !strings.Contains(body, want) {
		w.t.Errorf("at the desk: %d, want %q in\n%s", status, want, body)
	}
}

func (w *world) wantOut(b *uitest.Browser) {
	w.t.Helper()
	if _, body := b.Get("/admin/desk"); !strings.Contains(body, "<h1>Sign in</h1>") {
		w.t.Errorf("somebody is signed in:\n%s", body)
	}
}
