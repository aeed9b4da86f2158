package ui

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/rs/zerolog"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// The places that the frame itself knows.
const (
	Home       = "/admin"
	SignInPath = "/admin/sign-in"
	SignOut    = "/admin/sign-out" // a form's target
	Profile    = "/admin/profile"
)

// Config says what a Site serves.
type Config struct {
	Areas    []Area
	Sessions Sessions // must be set
	// People returns who has signed in by the login, and the workspace; login.ErrOver when the login is over. Must be set.
	People    func(ctx context.Context, loginID string) (login.Person, workspaces.Workspace, error)
	PublicURL string                                          // base address that browsers use; https makes the cookies secure
	Strangers func(ctx context.Context, address string) error // refuses a new session to somebody who has not signed in; nil = never
	Version   string                                          // shown at the foot
	Now       func() time.Time                                // nil = time.Now
	Log       zerolog.Logger
}

// Site serves the admin pages. It is safe for concurrent use.
type Site struct {
	Config
	mux      *http.ServeMux
	sessions *scs.SessionManager
	handler  http.Handler
}

// sessionLife is how long a browser stays signed in at the most; package login ends unused logins sooner.
const sessionLife = 7 * 24 * time.Hour

// New returns a Site. It fails when an area lacks a part or two routes clash.
func New(c Config) (*Site, error) {
	if c.Sessions == nil || c.People == nil {
		return nil, errors.New("ui: a part of the Config that must be set is missing")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &Site{Config: c, mux: http.NewServeMux(), sessions: newSessions(c)}
	for _, a := range c.Areas {
		if err := s.mount(a); err != nil {
			return nil, err
		}
	}
	s.mux.HandleFunc("GET "+assetPath+"{hash}/{name}", serveAsset)
	s.mux.HandleFunc("/", s.page(Route{Who: Anyone, Handle: s.elsewhere}))
	s.handler = secured(http.NewCrossOriginProtection().Handler(s.mux))
	return s, nil
}

func newSessions(c Config) *scs.SessionManager {
	m := scs.New()
	m.Store, m.Lifetime, m.HashTokenInStore = kept{c.Sessions}, sessionLife, true
	m.Cookie.Name, m.Cookie.SameSite, m.Cookie.HttpOnly, m.Cookie.Path = "unstuck_session", http.SameSiteStrictMode, true, "/"
	if u, err := url.Parse(c.PublicURL); err == nil && u.Scheme == "https" {
		m.Cookie.Name, m.Cookie.Secure = "__Host-unstuck_session", true
	}
	return m
}

// mount adds the routes of an area.
func (s *Site) mount(a Area) (err error) {
	if a.Name == "" || a.Who == 0 || len(a.Routes) == 0 || a.Stories == nil {
		return fmt.Errorf("ui: area %q lacks a name, access, routes or stories", a.Name)
	}
	defer func() { // ServeMux panics when two patterns clash
		if p := recover(); p != nil {
			err = fmt.Errorf("ui: area %q: %v", a.Name, p)
		}
	}()
	for _, r := range a.Routes {
		if r.Who == 0 || r.Handle == nil || (r.Method != http.MethodGet && r.Method != http.MethodPost) {
			return fmt.Errorf("ui: route %s %s lacks method, access or handler", r.Method, r.Path)
		}
		serve := s.page(r)
		if r.Open {
			if r.Who != Anyone {
				return fmt.Errorf("ui: route %s is open, but not for anyone", r.Path)
			}
			serve = s.open(r)
		}
		s.mux.HandleFunc(r.Method+" "+r.Path, serve)
	}
	return nil
}

// ServeHTTP answers one request.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// page puts the checks before a route's handler: who asks, whether they may, and whether the form is ours.
func (s *Site) page(route Route) http.HandlerFunc {
	return func(w http.ResponseWriter, hr *http.Request) {
		r := &Request{Request: hr, w: w, site: s}
		if err := s.serve(r, route); err != nil {
			s.fail(r, err)
		}
	}
}

// serve reads a form whole before it asks who sent it: a body may take its time, and whoever sends it may have been removed meanwhile.
func (s *Site) serve(r *Request, route Route) error {
	form := r.Method == http.MethodPost && !route.Large
	var damaged error
	if form {
		r.Body = http.MaxBytesReader(r.w, r.Body, maxForm)
		_, damaged = r.Form()
	}
	if err := s.load(r); err != nil {
		return err
	}
	r.who = route.Who
	if !route.Who.Allows(r.Person.Role) {
		return s.refuse(r, route)
	}
	if form {
		if damaged != nil {
			return damaged
		}
		if err := r.CheckToken(r.PostFormValue(TokenField)); err != nil {
			return err
		}
	}
	return route.Handle(r)
}

// load reads the session and who it belongs to. A login that is over leaves nobody signed in.
func (s *Site) load(r *Request) error {
	token := ""
	if c, err := r.Cookie(s.sessions.Cookie.Name); err == nil {
		token = c.Value
	}
	ctx, err := s.sessions.Load(r.Context(), token)
	if err != nil {
		return fault.Wrap(fault.StoreUnavailable, err)
	}
	ctx = activity.WithSource(ctx, activity.Source{Door: activity.DoorPage, Address: peer(r)})
	r.Request = r.WithContext(ctx)
	id := s.sessions.GetString(ctx, loginKey)
	if id == "" {
		return nil
	}
	r.Person, r.Workspace, err = s.People(ctx, id)
	if errors.Is(err, login.ErrOver) {
		s.sessions.Remove(ctx, loginKey)
		r.Person, r.Workspace = login.Person{}, workspaces.Workspace{}
		return nil
	}
	return err
}

// Still asks again whether the person may do what the route is for: whoever reads a body of any length does so now and then.
func (r *Request) Still() error {
	p, _, err := r.site.People(r.Context(), r.Person.LoginID)
	if errors.Is(err, login.ErrOver) || err == nil && !r.who.Allows(p.Role) {
		return Refuse(http.StatusForbidden, "Not allowed any more", "While it arrived, you were signed out or your role was changed.")
	}
	return err
}

// peer returns the address of whoever asks; the API puts in that of the reader behind a proxy which it trusts.
func peer(r *Request) string {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return at.Addr().Unmap().String()
}

// refuse sends whoever is not signed in to sign in, and tells the others what they lack.
func (s *Site) refuse(r *Request, route Route) error {
	if r.Person.MemberID != "" {
		return Refuse(http.StatusForbidden, "Not allowed", "This page is for %s. You are signed in as %s, whose role here is %s.", route.Who.Needs(), r.Person.Email, r.Person.Role)
	}
	if r.Method == http.MethodGet && !r.Partial() {
		return r.Redirect(SignInPath + "?next=" + url.QueryEscape(r.URL.RequestURI()))
	}
	return Refuse(http.StatusUnauthorized, "Signed out", "You are signed out. Sign in again, then send it once more.")
}

// elsewhere leads to the first page that the person may see; any other path is not there.
func (s *Site) elsewhere(r *Request) error {
	if r.URL.Path != "/" && r.URL.Path != Home || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return s.unmatched(r)
	}
	if r.Person.MemberID == "" {
		return r.Redirect(SignInPath)
	}
	for _, a := range visible(s.Areas, r.Person.Role) {
		return r.Redirect(a.Path)
	}
	return r.Redirect(Profile)
}

// unmatched tells a path that is not there from one that is there for other methods.
func (s *Site) unmatched(r *Request) error {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if _, pattern := s.mux.Handler(&http.Request{Method: method, URL: r.URL, Host: r.Host}); pattern != "/" && pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		return NotFound("There is no such page.")
	}
	r.w.Header().Set("Allow", strings.Join(allowed, ", "))
	return Refuse(http.StatusMethodNotAllowed, "Not this way", "This address is no page by itself. Go to the first page.")
}

// visible returns the areas of the navigation for the role.
func visible(areas []Area, role workspaces.Role) (out []Area) {
	for _, g := range Groups() {
		for _, a := range areas {
			if a.Group == g && a.Path != "" && a.Who.Allows(role) {
				out = append(out, a)
			}
		}
	}
	return out
}

// commit writes the session back when something in it changed, and hands the cookie out.
func (r *Request) commit() error {
	m, ctx := r.site.sessions, r.Context()
	switch m.Status(ctx) {
	case scs.Modified:
		if err := r.stranger(); err != nil {
			return err
		}
		token, expiry, err := m.Commit(ctx)
		if err != nil {
			return fault.Wrap(fault.StoreUnavailable, err)
		}
		m.WriteSessionCookie(ctx, r.w, token, expiry)
	case scs.Destroyed:
		m.WriteSessionCookie(ctx, r.w, "", time.Time{})
	}
	return nil
}

// stranger asks whether somebody who has no session yet may have one: each is a row, and anybody can ask for as many as they like.
func (r *Request) stranger() error {
	if r.site.Strangers == nil || r.Person.MemberID != "" || r.site.sessions.Token(r.Context()) != "" {
		return nil
	}
	return r.site.Strangers(r.Context(), r.RemoteAddr)
}

// Local returns path when it leads to one of our own pages, else fallback: a link must not send a person elsewhere after signing in.
func Local(path, fallback string) string {
	if strings.HasPrefix(path, Home+"/") || path == Home || strings.HasPrefix(path, "/device?") || path == "/device" {
		return path
	}
	return fallback
}
