package apirun

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/unstuckengine/unstuck/internal/adminui"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/login"
)

// newLogins returns how people sign in.
func (a *App) newLogins() *login.Service {
	return login.New(login.Config{Store: a.DB, Now: a.now, Take: func(ctx context.Context, name string, perMinute, burst int) (login.Decision, error) {
		d, err := a.DB.Take(ctx, name, perMinute, burst)
		return login.Decision{Allowed: d.Allowed, RetryAfter: d.RetryAfter}, err
	}})
}

// pages returns the admin pages, which browsers reach at base.
func (a *App) pages(base string) (http.Handler, error) {
	return adminui.New(adminui.Config{
		Site: ui.Config{Sessions: a.DB, People: a.Logins.Person, PublicURL: base, Version: Version(), Log: a.Log},
	})
}

// AdminURL is where people open the pages of the server that listens on addr: by its name rather than its number on this machine, since passkeys
// belong to names.
func (a *App) AdminURL(addr net.Addr) string { return named(a.Config.baseURL(addr)) }

// named puts localhost in place of a loopback address.
func named(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err != nil || !ip.IsLoopback() {
		return base
	}
	u.Host = strings.TrimSuffix(net.JoinHostPort("localhost", u.Port()), ":")
	return u.String()
}
