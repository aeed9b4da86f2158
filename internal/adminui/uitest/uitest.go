// Package uitest serves areas of the admin pages to tests over real HTTP, to browsers without JavaScript that are signed in with any role.
// How people sign in is tested where it lives; here a session simply is somebody's.
package uitest

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// Server is a site of some areas.
type Server struct {
	*httptest.Server
	t         testing.TB
	Workspace workspaces.Workspace // of everybody who is signed in by As; may be changed
	sessions  *memory
	over      sync.Map // logins that have ended
}

// End ends all logins with the role, as when the member is removed.
func (s *Server) End(role workspaces.Role) { s.over.Store(string(role), true) }

// signInAs is a route that signs its caller in.
const signInAs = "/admin/uitest"

// Serve serves the areas until the test ends; people signed in belong to the workspace.
func Serve(t testing.TB, workspace workspaces.Workspace, areas ...ui.Area) *Server {
	t.Helper()
	s := &Server{t: t, Workspace: workspace, sessions: &memory{kept: map[string][]byte{}}}
	door := ui.Area{Name: "test", Who: ui.Anyone, Stories: func() []ui.Story { return nil }, Routes: []ui.Route{
		ui.Get(signInAs, ui.Anyone, func(r *ui.Request) error {
			if err := r.SignIn(r.FormValue("role")); err != nil {
				return err
			}
			return r.Redirect("/admin")
		}),
	}}
	site, err := ui.New(ui.Config{
		Areas: append(areas, door), Sessions: s.sessions, PublicURL: "http://localhost",
		People: func(_ context.Context, loginID string) (login.Person, workspaces.Workspace, error) {
			if _, over := s.over.Load(loginID); over {
				return login.Person{}, workspaces.Workspace{}, login.ErrOver
			}
			return Person(s.Workspace, workspaces.Role(loginID)), s.Workspace, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewServer(site)
	t.Cleanup(s.Close)
	return s
}

// Sessions returns all that the sessions of Serve hold at present.
func (s *Server) Sessions() string {
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	var all strings.Builder
	for token, data := range s.sessions.kept {
		all.WriteString(token)
		all.Write(data)
	}
	return all.String()
}

// Site serves a site of the test's own making until the test ends; As knows nobody there.
func Site(t testing.TB, c ui.Config) *Server {
	t.Helper()
	site, err := ui.New(c)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, Server: httptest.NewServer(site)}
	t.Cleanup(s.Close)
	return s
}

// Person returns the member of the workspace with the role whom As signs in: <role>@example.com.
func Person(w workspaces.Workspace, role workspaces.Role) login.Person {
	return login.Person{LoginID: string(role), MemberID: "member-" + string(role), WorkspaceID: w.ID, Email: string(role) + "@example.com", Role: role}
}

// Browser is one person's browser.
type Browser struct {
	*http.Client
	t    testing.TB
	base string
	Body string // of the last answer
}

// Anonymous returns a browser that is not signed in.
func (s *Server) Anonymous() *Browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &Browser{Client: &http.Client{Jar: jar, Timeout: 30 * time.Second}, t: s.t, base: s.URL}
}

// As returns a browser that is signed in as Person(role).
func (s *Server) As(role workspaces.Role) *Browser {
	b := s.Anonymous()
	b.Get(signInAs + "?role=" + string(role))
	return b
}

// Get loads a page, following redirects, and returns its status and body.
func (b *Browser) Get(path string) (int, string) {
	b.t.Helper()
	res, err := b.Client.Get(b.base + path)
	return b.read(res, err)
}

var tokenInput = regexp.MustCompile(`name="` + ui.TokenField + `" value="([^"]*)"`)

// Post sends a form with the token of the page that was loaded last, following redirects.
func (b *Browser) Post(path string, form url.Values) (int, string) {
	b.t.Helper()
	sent := url.Values{}
	for name, values := range form {
		sent[name] = values
	}
	if m := tokenInput.FindStringSubmatch(b.Body); m != nil && sent.Get(ui.TokenField) == "" {
		sent.Set(ui.TokenField, m[1])
	}
	res, err := b.Client.Post(b.base+path, "application/x-www-form-urlencoded", strings.NewReader(sent.Encode()))
	return b.read(res, err)
}

func (b *Browser) read(res *http.Response, err error) (int, string) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.Body = string(body)
	return res.StatusCode, b.Body
}

// memory keeps sessions.
type memory struct {
	mu   sync.Mutex
	kept map[string][]byte
}

func (m *memory) FindSession(_ context.Context, token string) ([]byte, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	data, found := m.kept[token]
	return data, found, nil
}

func (m *memory) KeepSession(_ context.Context, token string, data []byte, _ time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept[token] = data
	return nil
}

func (m *memory) DropSession(_ context.Context, token string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.kept, token)
	return nil
}
