package apirun

import (
	"context"
	"sync"
	"time"

	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/destinations/file"
	"github.com/unstuckengine/unstuck/internal/destinations/hubspot"
	"github.com/unstuckengine/unstuck/internal/destinations/salesforce"
	"github.com/unstuckengine/unstuck/internal/destinations/webhook"
	"github.com/unstuckengine/unstuck/internal/outbound"
	"github.com/unstuckengine/unstuck/internal/sealing"
	"github.com/unstuckengine/unstuck/internal/store"
)

// newDestinations returns the destinations, which reach the outside through a client that cannot reach inside.
func (a *App) newDestinations() *destinations.Service {
	client := outbound.New(outbound.Config{Allow: a.Config.outbound, Resolver: outbound.NewResolver(a.Config.OutboundDNS)})
	return destinations.New(destinations.Config{
		Store: a.DB, Queue: a.DB, Seal: sealing.New(a.Ring),
		Senders: map[destinations.Kind]destinations.Sender{
			destinations.Webhook: webhook.New(client, time.Now), destinations.CSV: file.Sender{},
			destinations.HubSpot: hubspot.New(client), destinations.Salesforce: salesforce.New(client),
		},
	})
}

// sending returns what works on the jobs of destinations.
func (a *App) sending() map[string]store.JobHandler {
	return map[string]store.JobHandler{
		destinations.DeliveryKind: behind(a.Destinations.Work),
		destinations.SyncKind:     behind(a.Destinations.WorkSync),
		destinations.ResumeKind:   behind(a.Destinations.WorkResume),
	}
}

// watchDeliveries looks after deliveries whose worker died, until ctx ends.
func (a *App) watchDeliveries(ctx context.Context, watch *sync.WaitGroup) {
	watch.Go(func() {
		a.Destinations.Watch(ctx, func(err error) { a.Log.Warn().Err(err).Msg("the look for dead deliveries failed; it is repeated") })
	})
}
