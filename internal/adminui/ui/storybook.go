package ui

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// Storybook shows every story of some areas, and the frame's own, under the policy of the real pages. It asks no service: whatever a page would
// load or send is answered with nothing.
type Storybook struct {
	areas   []Area
	names   []string
	pages   map[string]string
	handler http.Handler
}

const (
	storyPath = "/stories/"
	storyEnd  = ".html"
)

// NewStorybook renders the stories. It fails when an area has none or two share a name.
func NewStorybook(areas []Area) (*Storybook, error) {
	b := &Storybook{areas: areas, pages: map[string]string{}}
	for _, a := range append(slices.Clone(areas), Area{Name: "Frame", Stories: frameStories}) {
		if err := b.add(a); err != nil {
			return nil, err
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+assetPath+"{hash}/{name}", serveAsset)
	mux.HandleFunc("GET "+storyPath+"{name...}", b.serve)
	mux.HandleFunc("GET /{$}", b.serve)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	b.handler = secured(mux)
	return b, b.index()
}

func (b *Storybook) add(a Area) error {
	if a.Stories == nil || len(a.Stories()) == 0 {
		return fmt.Errorf("ui: area %q has no stories", a.Name)
	}
	for _, s := range a.Stories() {
		if _, taken := b.pages[s.Name]; taken || !storyName(s.Name) {
			return fmt.Errorf("ui: area %q: the story name %q is taken, or not of the form area/state", a.Name, s.Name)
		}
		if err := b.render(s.Name, b.frame(s, a), s.Page); err != nil {
			return fmt.Errorf("ui: story %q: %w", s.Name, err)
		}
		b.names = append(b.names, s.Name)
	}
	return nil
}

// storyName reports whether name can stand in an address and in a file's name.
func storyName(name string) bool {
	area, state, found := strings.Cut(name, "/")
	return found && area != "" && state != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-/") == "" && !strings.Contains(state, "/")
}

func (b *Storybook) render(name string, f Frame, p Page) error {
	var html strings.Builder
	if err := Layout(f, p).Render(withToken(context.Background(), func() string { return "story" }), &html); err != nil {
		return err
	}
	b.pages[name] = html.String()
	return nil
}

// frame fills in what a story leaves open: an admin of a workspace on the plan Team looks.
func (b *Storybook) frame(s Story, a Area) Frame {
	f := s.Frame
	f.Person.Role = cmp.Or(f.Person.Role, workspaces.Admin)
	f.Person = login.Person{LoginID: "story", MemberID: "story", WorkspaceID: "story", Email: cmp.Or(f.Person.Email, "ann@acme.example"), Role: f.Person.Role}
	f.Workspace.Name, f.Workspace.Plan = cmp.Or(f.Workspace.Name, "Acme"), cmp.Or(f.Workspace.Plan, workspaces.Team)
	f.Version = cmp.Or(f.Version, "1.0.0")
	if f.Nav == nil && !s.Page.Bare {
		f.Nav = Nav(visible(b.areas, f.Person.Role), a.Path)
	}
	return f
}

// index is the page that lists the stories.
func (b *Storybook) index() error {
	return b.render("", Frame{Version: "storybook"}, Page{Title: "Storybook", Lead: "Every page in each of its states, from canned data.", Body: storyIndex(b.names), Bare: true})
}

// Names returns the names of the stories in the order of the areas.
func (b *Storybook) Names() []string { return slices.Clone(b.names) }

// HTML returns a story as it is served.
func (b *Storybook) HTML(name string) string { return b.pages[name] }

// Path returns where a story is served.
func (b *Storybook) Path(name string) string { return storyPath + name + storyEnd }

func (b *Storybook) serve(w http.ResponseWriter, r *http.Request) {
	html, known := b.pages[strings.TrimSuffix(r.PathValue("name"), storyEnd)]
	if !known {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(html))
}

// ServeHTTP answers one request.
func (b *Storybook) ServeHTTP(w http.ResponseWriter, r *http.Request) { b.handler.ServeHTTP(w, r) }

// Write keeps the stories below dir as files that open without a server.
func (b *Storybook) Write(dir string) error {
	for name, html := range b.pages {
		file, up := filepath.Join(dir, "index.html"), "."
		if name != "" {
			file, up = filepath.Join(dir, "stories", filepath.FromSlash(name)+storyEnd), "../.."
		}
		html = strings.NewReplacer(`="`+assetPath, `="`+up+assetPath, `="`+storyPath, `="`+up+storyPath).Replace(html)
		if err := write(file, []byte(html)); err != nil {
			return err
		}
	}
	for name, a := range assets() {
		if err := write(filepath.Join(dir, filepath.FromSlash(assetPath), a.hash, name), a.plain); err != nil {
			return err
		}
	}
	return nil
}

func write(file string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o644)
}
