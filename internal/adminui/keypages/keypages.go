// Package keypages is Settings -> API keys: where an admin makes, watches, rotates and revokes the keys of a workspace.
//
// A key's text is in exactly one answer, that to the form which made it. It is in no address, session, note or row, and no page can show it again.
package keypages

import (
	"context"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/usage"
)

// Config names what the pages speak to. All must be set, but for MCPURL.
type Config struct {
	Keys *keys.Service
	// Once makes the key of a form that was sent, in one transaction with the mark that it was, and returns its id. again is true when the form was
	// sent before; id is then the key that was made at that time.
	Once func(ctx context.Context, workspaceID, form string, mint func(context.Context) (id string, err error)) (id string, again bool, err error)
	// Activity returns the newest entries of the log that a key made, at most limit.
	Activity func(ctx context.Context, workspaceID, keyID string, limit int) ([]activity.Entry, error)
	// Clients returns the programs that used a key, the last one first.
	Clients func(ctx context.Context, workspaceID, keyID string) ([]usage.Client, error)
	APIURL  string // base address of the API, as clients reach it
	MCPURL  string // of the MCP server over HTTP, as clients reach it; "" when it is not known
}

// root is where the list stands; every other page is below it.
const root = "/admin/keys"

type pages struct{ Config }

// New returns the area.
func New(c Config) ui.Area {
	p := pages{c}
	return ui.Area{Name: "API keys", Path: root, Group: ui.Settings, Who: ui.Admins, Stories: stories, Routes: []ui.Route{
		ui.Get(root, ui.Admins, p.list),
		ui.Get(root+"/new", ui.Admins, p.blank),
		ui.Post(root+"/preview", ui.Admins, p.preview),
		ui.Post(root, ui.Admins, p.create),
		ui.Get(root+"/revoke", ui.Admins, p.confirmMany),
		ui.Post(root+"/revoke", ui.Admins, p.revokeMany),
		ui.Get(root+"/{id}", ui.Admins, p.key),
		ui.Get(root+"/{id}/revoke", ui.Admins, p.confirmOne),
		ui.Post(root+"/{id}/revoke", ui.Admins, p.revokeOne),
		ui.Get(root+"/{id}/rotate", ui.Admins, p.confirmRotate),
		ui.Post(root+"/{id}/rotate", ui.Admins, p.rotate),
		ui.Get(root+"/{id}/rotation", ui.Admins, p.rotation),
	}}
}

// path returns the address of a page of the key.
func path(id string, more ...string) string {
	out := root + "/" + id
	for _, m := range more {
		out += "/" + m
	}
	return out
}
