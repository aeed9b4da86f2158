package ui

import (
	"cmp"

	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// Frame is what stands around a page: who looks at it and where they may go.
type Frame struct {
	Person    login.Person
	Workspace workspaces.Workspace
	Nav       []NavGroup
	Note      string // what the request before has done
	Version   string
}

// NavGroup is a heading of the navigation with its entries.
type NavGroup struct {
	Group   Group
	Entries []NavEntry
}

// NavEntry is one link.
type NavEntry struct {
	Name, Path string
	Here       bool // the page shown belongs to it
}

func (s *Site) frame(r *Request, p Page) Frame {
	f := Frame{Person: r.Person, Workspace: r.Workspace, Version: cmp.Or(s.Version, "dev"), Note: s.sessions.PopString(r.Context(), noteKey)}
	if !p.Bare {
		f.Nav = Nav(visible(s.Areas, r.Person.Role), r.URL.Path)
	}
	return f
}

// Nav returns the navigation over the areas with the entry of the path marked.
func Nav(areas []Area, path string) (out []NavGroup) {
	for _, a := range areas {
		if len(out) == 0 || out[len(out)-1].Group != a.Group {
			out = append(out, NavGroup{Group: a.Group})
		}
		g := &out[len(out)-1]
		g.Entries = append(g.Entries, NavEntry{a.Name, a.Path, below(path, a.Path)})
	}
	return out
}

// below reports whether path is a page of the area at root.
func below(path, root string) bool {
	return path == root || len(path) > len(root) && path[:len(root)] == root && path[len(root)] == '/'
}
