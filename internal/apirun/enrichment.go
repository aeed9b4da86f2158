package apirun

import (
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/outbound"
	"github.com/unstuckengine/unstuck/internal/providers"
	"github.com/unstuckengine/unstuck/internal/providers/domaindns"
	"github.com/unstuckengine/unstuck/internal/providers/judge"
	"github.com/unstuckengine/unstuck/internal/providers/rdap"
	"github.com/unstuckengine/unstuck/internal/providers/website"
)

// newEnricher returns the enrichment of one record, by providers that reach the outside through one client that cannot reach inside.
func (a *App) newEnricher() (*enrich.Service, error) {
	resolver := outbound.NewResolver(a.Config.OutboundDNS)
	client := outbound.New(outbound.Config{Allow: a.Config.outbound, Resolver: resolver})
	registry, err := rdap.New(client, rdap.DefaultBootstrap)
	if err != nil {
		return nil, err
	}
	dns := domaindns.New(resolver)
	planner := providers.New(providers.Config{
		Store: a.DB, Settings: a.Settings, Mail: dns, Website: website.New(client, dns), RDAP: registry, DNS: dns, Client: client,
	})
	return enrich.New(enrich.Config{
		Store: a.DB, Credits: a.Credits, Plan: planner.Plan, Judge: judge.New(judge.Config{Mail: dns}),
		Failed: func(workspaceID, provider string, err error) {
			a.Log.Warn().Err(err).Str("workspace", workspaceID).Str("provider", provider).Msg("a lookup failed; the waterfall went on")
		},
	}), nil
}
