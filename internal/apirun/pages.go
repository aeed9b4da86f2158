package apirun

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/unstuckengine/unstuck/internal/adminui"
	"github.com/unstuckengine/unstuck/internal/adminui/activitypages"
	"github.com/unstuckengine/unstuck/internal/adminui/audiencepages"
	"github.com/unstuckengine/unstuck/internal/adminui/destinationpages"
	"github.com/unstuckengine/unstuck/internal/adminui/icppages"
	"github.com/unstuckengine/unstuck/internal/adminui/jobpages"
	"github.com/unstuckengine/unstuck/internal/adminui/planpages"
	"github.com/unstuckengine/unstuck/internal/adminui/settingspages"
	"github.com/unstuckengine/unstuck/internal/adminui/signin"
	"github.com/unstuckengine/unstuck/internal/adminui/teampages"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/adminui/usagepages"
	"github.com/unstuckengine/unstuck/internal/adminui/waitlistpages"
	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/login/passkeys"
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
	keys, err := passkeys.New(a.DB, a.now, base)
	if err != nil && !errors.Is(err, passkeys.ErrAddress) {
		return nil, err
	}
	return adminui.New(adminui.Config{
		Site:    ui.Config{Sessions: a.DB, People: a.Logins.Person, Strangers: a.Logins.Stranger, PublicURL: base, Version: Version(), Log: a.Log},
		SignIn:  signin.Config{Logins: a.Logins, Passkeys: keys, OIDC: a.oidc(base)},
		Devices: a.devicePages(base),
		Keys:    a.keyPages(base),

		Activity: activitypages.Config{Log: a.DB, Chain: a.Activity},

		Records: a.Search, Import: a.Ingest.Import,
		Team:     teampages.Config{Members: a.Workspaces, Keys: a.Keys, InTx: a.DB.InTx, PublicURL: base},
		Plan:     planpages.Config{Set: a.Workspaces.Set, Keys: a.Keys.List, Balance: a.Credits.Balance},
		Settings: settingspages.Config{Settings: a.Settings, Credits: a.Credits},
		Jobs:     jobpages.Config{Jobs: a.Bulk, Keys: a.Keys.List, Names: a.Enrich.Names},
		Usage:    usagepages.Config{Report: a.Usage.Report, Balance: a.Credits.Balance, Keys: a.Keys.List},

		Audiences:    audiencepages.Config{Audiences: a.Audiences, Destinations: a.Destinations.List, Settings: a.Settings.Get, Names: a.Enrich.Names},
		Destinations: destinationpages.Config{Destinations: a.Destinations, Audiences: a.Audiences, Log: a.DB.ListDeliveries, Names: a.Enrich.Names},

		Scoring:   icppages.Config{Settings: a.Settings, Search: a.Search, Insights: a.Insights.Insights, Qualify: a.Qualify, Held: a.DB.Held, Jobs: a.DB.QualificationJobs},
		Waitlists: waitlistpages.Config{Waitlists: a.Waitlists, Subscriber: a.DB.Subscriber},
	})
}

// tellHowToGetIn logs how the first person gets into the admin pages, while there is none.
func (a *App) tellHowToGetIn(ctx context.Context) {
	if somebody, err := a.Logins.AnyoneSetUp(ctx); err == nil && !somebody {
		a.Log.Info().Msg("nobody can open the admin pages yet: run `api admin member add --workspace ID --email YOU@EXAMPLE.COM --role admin` and open the setup link that it prints")
	}
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
