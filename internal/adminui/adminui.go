// Package adminui is the admin pages: it gathers the areas and the services that they speak to into one handler.
//
// The frame and the checks before every page are in package ui; each area is a package of its own below this one.
package adminui

//go:generate go tool templ generate -v=false

import (
	"github.com/unstuckengine/unstuck/internal/adminui/activitypages"
	"github.com/unstuckengine/unstuck/internal/adminui/audiencepages"
	"github.com/unstuckengine/unstuck/internal/adminui/destinationpages"
	"github.com/unstuckengine/unstuck/internal/adminui/devicepages"
	"github.com/unstuckengine/unstuck/internal/adminui/icppages"
	"github.com/unstuckengine/unstuck/internal/adminui/importpages"
	"github.com/unstuckengine/unstuck/internal/adminui/jobpages"
	"github.com/unstuckengine/unstuck/internal/adminui/keypages"
	"github.com/unstuckengine/unstuck/internal/adminui/planpages"
	"github.com/unstuckengine/unstuck/internal/adminui/recordpages"
	"github.com/unstuckengine/unstuck/internal/adminui/settingspages"
	"github.com/unstuckengine/unstuck/internal/adminui/signin"
	"github.com/unstuckengine/unstuck/internal/adminui/teampages"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/adminui/usagepages"
	"github.com/unstuckengine/unstuck/internal/adminui/waitlistpages"
)

// Config names the services behind the pages. All must be set.
type Config struct {
	Site ui.Config // but for its Areas

	SignIn  signin.Config
	Devices devicepages.Config
	Keys    keypages.Config

	Activity activitypages.Config

	Records  recordpages.Search
	Import   importpages.Importer
	Team     teampages.Config
	Plan     planpages.Config
	Settings settingspages.Config
	Jobs     jobpages.Config
	Usage    usagepages.Config

	Audiences    audiencepages.Config
	Destinations destinationpages.Config

	Scoring   icppages.Config
	Waitlists waitlistpages.Config
}

// Areas returns every area in the order of the navigation. A page for a new capability is one line here.
func Areas(c Config) []ui.Area {
	return []ui.Area{
		recordpages.New(c.Records), importpages.New(c.Import), keypages.New(c.Keys), teampages.New(c.Team), planpages.New(c.Plan), settingspages.New(c.Settings),
		waitlistpages.New(c.Waitlists), icppages.New(c.Scoring),
		activitypages.New(c.Activity),
		audiencepages.New(c.Audiences), destinationpages.New(c.Destinations), jobpages.New(c.Jobs), usagepages.New(c.Usage),
		signin.New(c.SignIn), devicepages.New(c.Devices),
	}
}

// New returns the handler of all pages.
func New(c Config) (*ui.Site, error) {
	c.Site.Areas = Areas(c)
	return ui.New(c.Site)
}
