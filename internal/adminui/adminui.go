// Package adminui is the admin pages: it gathers the areas and the services that they speak to into one handler.
//
// The frame and the checks before every page are in package ui; each area is a package of its own below this one.
package adminui

//go:generate go tool templ generate -v=false

import (
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
)

// Config names the services behind the pages. All must be set.
type Config struct {
	Site ui.Config // but for its Areas
}

// Areas returns every area in the order of the navigation. A page for a new capability is one line here.
func Areas(c Config) []ui.Area {
	return []ui.Area{}
}

// New returns the handler of all pages.
func New(c Config) (*ui.Site, error) {
	c.Site.Areas = Areas(c)
	return ui.New(c.Site)
}
