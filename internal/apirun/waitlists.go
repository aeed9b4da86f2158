package apirun

import (
	"github.com/unstuckengine/unstuck/internal/outbound"
	"github.com/unstuckengine/unstuck/internal/providers/domaindns"
	"github.com/unstuckengine/unstuck/internal/waitlists"
)

// newWaitlists returns the waitlists, which ask the DNS whether a domain takes mail.
func (a *App) newWaitlists() *waitlists.Service {
	return waitlists.New(waitlists.Config{
		Store: a.DB, Signals: a.Signals, Mail: domaindns.New(outbound.NewResolver(a.Config.OutboundDNS)), Throttle: a.DB.Throttle,
	})
}
