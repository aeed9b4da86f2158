// Package ui is what all admin pages share: the frame around them, the parts they are made of, and the checks before them.
//
// Pages come in areas, each a package of its own that returns one Area: its place in the navigation, its routes and its stories. An area is added by
// one line in package adminui; no page knows another. Every page is a pure function of a struct, so that the storybook and the tests render it
// without a server. All pages work without JavaScript unless they say otherwise.
package ui

import (
	"github.com/a-h/templ"
)

// Area is a part of the admin pages.
type Area struct {
	Name    string         // in the navigation, such as "API keys"
	Path    string         // where the navigation leads; "" keeps it out of there
	Group   Group          // under which heading
	Who     Access         // who sees it in the navigation
	Routes  []Route        // at least one
	Stories func() []Story // every page of the area in each of its states, from canned data; never nil
}

// Group is a heading of the navigation.
type Group string

// The headings, in their order.
const (
	Work     Group = "Work"
	Insight  Group = "Watch"
	Settings Group = "Settings"
)

// Groups returns the headings in their order.
func Groups() []Group { return []Group{Work, Insight, Settings} }

// Route is one page or one form's target.
type Route struct {
	Method string // GET or POST
	Path   string // of net/http's ServeMux, below /admin or /device; never with a slash at its end
	Who    Access
	// Handle answers by exactly one method of the request, or returns why not: a *fault.Error becomes a page with its status.
	Handle func(*Request) error
	// Large lets the body be streamed without a limit of its own; Handle reads it and must check the token first (Request.CheckToken).
	Large bool
	// Open is for programs, which have no session: cookies are thrown away before Handle is called, the form needs no token, and Handle answers by
	// Request.JSON. Whatever it lets anybody do must be proved by what the form or a header holds. Only for Anyone.
	Open bool
}

// Get returns the route of a page.
func Get(path string, who Access, handle func(*Request) error) Route {
	return Route{Method: "GET", Path: path, Who: who, Handle: handle}
}

// Post returns the route of a form. The form's token has been checked when handle is called.
func Post(path string, who Access, handle func(*Request) error) Route {
	return Route{Method: "POST", Path: path, Who: who, Handle: handle}
}

// Page is what stands within the frame.
type Page struct {
	Title  string          // of the page and its heading
	Lead   string          // one sentence below the heading; may be empty
	Body   templ.Component // all else
	Bare   bool            // without navigation, as for signing in
	Chart  bool            // loads the chart library
	Status int             // 0 = 200
}

// Story is a page in one of its states.
type Story struct {
	Name  string // area/state, such as "keys/empty"; unique
	Page  Page
	Frame Frame // who looks; the zero value is a sensible admin
}
