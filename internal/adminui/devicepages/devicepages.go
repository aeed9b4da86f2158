// Package devicepages is the page on which an admin lets a program on another machine have a key, and what that program speaks to (RFC 8628).
package devicepages

import (
	"context"
	"net/netip"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/devicelogin"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/login"
)

// Logins is the part of *devicelogin.Service that the pages use.
type Logins interface {
	Begin(ctx context.Context, a devicelogin.Asked) (devicelogin.Begun, error)
	Find(ctx context.Context, p login.Person, source, typed string) (devicelogin.Login, error)
	Approve(ctx context.Context, p login.Person, source, typed string, c devicelogin.Choice) error
	Deny(ctx context.Context, p login.Person, source, typed string) error
	Poll(ctx context.Context, deviceCode string) (devicelogin.Granted, error)
	Done(ctx context.Context, deviceCode, workspaceID, keyID string) error
}

// Config names what the pages speak to. All must be set to serve them; their stories need nothing.
type Config struct {
	Logins    Logins
	Key       func(ctx context.Context, workspaceID, id string) (keys.Key, time.Time, error)             // one key of the workspace
	Verify    func(ctx context.Context, authorization string, source netip.Addr) (keys.Principal, error) // proves the key of a header
	PublicURL string                                                                                     // base address that browsers use
}

// path is where people enter their code; the others are forms' targets, and what programs call.
const (
	path         = "/device"
	approvePath  = path + "/approve"
	denyPath     = path + "/deny"
	approvedPath = path + "/approved"
	deniedPath   = path + "/denied"
	codePath     = path + "/code"
	tokenPath    = path + "/token"
	donePath     = path + "/done"
)

type pages struct{ Config }

// New returns the area. It stands in no navigation: people come from a terminal.
func New(c Config) ui.Area {
	p := pages{c}
	return ui.Area{Name: "Device login", Who: ui.Admins, Stories: stories, Routes: []ui.Route{
		ui.Get(path, ui.Admins, p.show),
		ui.Post(approvePath, ui.Admins, p.approve),
		ui.Post(denyPath, ui.Admins, p.deny),
		ui.Get(approvedPath, ui.Admins, func(r *ui.Request) error { return r.Page(approvedPage()) }),
		ui.Get(deniedPath, ui.Admins, func(r *ui.Request) error { return r.Page(deniedPage()) }),
		open(codePath, p.code), open(tokenPath, p.token), open(donePath, p.done),
	}}
}

func open(path string, handle func(*ui.Request) error) ui.Route {
	return ui.Route{Method: "POST", Path: path, Who: ui.Anyone, Open: true, Handle: handle}
}

// source returns where a request comes from.
func source(r *ui.Request) netip.Addr {
	peer, _ := netip.ParseAddrPort(r.RemoteAddr)
	return peer.Addr().Unmap()
}
