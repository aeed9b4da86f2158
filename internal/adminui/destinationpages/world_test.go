package destinationpages_test

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/destinationpages"
	"github.com/unstuckengine/unstuck/internal/adminui/uitest"
	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/destinations/file"
	"github.com/unstuckengine/unstuck/internal/destinations/hubspot"
	"github.com/unstuckengine/unstuck/internal/destinations/salesforce"
	"github.com/unstuckengine/unstuck/internal/destinations/webhook"
	"github.com/unstuckengine/unstuck/internal/engagement"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/outbound"
	"github.com/unstuckengine/unstuck/internal/sealing"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/testkit/internet"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// rig is the pages over a real store and an internet of its own, on which hooks.test answers what the test says.
type rig struct {
	*uitest.World
	t         *testing.T
	net       *internet.Net
	service   *destinations.Service
	audiences *audiences.Service
	server    *uitest.Server

	mu     sync.Mutex
	status int
	seen   []http.Header
}

func setup(t *testing.T) *rig {
	t.Helper()
	r := &rig{World: uitest.NewWorld(t), t: t, net: internet.New(t), status: 200}
	r.net.Site("hooks.test", r)
	client := r.net.Client(t, outbound.Config{})
	r.service = destinations.New(destinations.Config{Store: r.DB, Queue: r.DB, Seal: sealing.New(r.Ring), Senders: map[destinations.Kind]destinations.Sender{
		destinations.Webhook: webhook.New(client, time.Now), destinations.CSV: file.Sender{}, destinations.HubSpot: hubspot.New(client), destinations.Salesforce: salesforce.New(client)}})
	r.audiences = audiences.New(audiences.Config{Store: r.DB, Records: search.New(r.DB), Destinations: r.service,
		Dearest: func(context.Context, string) (map[string]int64, error) { return nil, nil },
		Now:     func(context.Context) (time.Time, error) { return time.Now().UTC(), nil }})
	names := enrich.New(enrich.Config{Store: r.DB, Credits: credits.New(r.DB), Plan: func(context.Context, string) (enrich.Plan, error) { return nil, nil }}).Names
	r.server = uitest.Serve(t, r.W, destinationpages.New(destinationpages.Config{Destinations: r.service, Audiences: r.audiences, Log: r.DB.ListDeliveries, Names: names}))
	return r
}

func (r *rig) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, req.Header)
	w.WriteHeader(r.status)
}

func (r *rig) answers(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

func (r *rig) requests() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.seen)
}

// byKey makes a destination through an API key.
func (r *rig) byKey(name, url string) wire.Destination {
	r.t.Helper()
	return r.saveByKey(wire.SaveDestination{Name: name, Kind: "webhook", URL: url})
}

// aim leads a destination elsewhere through an API key.
func (r *rig) aim(id, url string) { r.saveByKey(wire.SaveDestination{ID: id, URL: url}) }

func (r *rig) saveByKey(in wire.SaveDestination) wire.Destination {
	r.t.Helper()
	k := r.Key(r.W, "bot", "ann@example.com")
	saved, err := r.service.Save(context.Background(), destinations.Caller{WorkspaceID: r.W.ID, Actor: activity.KeyActor(k.ID, k.Name)}, in)
	if err != nil {
		r.t.Fatal(err)
	}
	return saved.Destination
}

// audience makes one that the destination is attached to.
func (r *rig) audience(name, destination string) wire.Audience {
	r.t.Helper()
	a, _, err := r.audiences.Save(context.Background(), r.W.ID, activity.PersonActor("ann@example.com"), wire.SaveAudience{Name: name, Over: wire.OverLeads,
		Filter: json.RawMessage(`{"field":"id","op":"present"}`), Destinations: []wire.AudienceDestination{{ID: destination}}})
	if err != nil {
		r.t.Fatal(err)
	}
	return a
}

// keep brings the members of audiences up to date, and so queues what destinations are told of them.
func (r *rig) keep() {
	r.t.Helper()
	keeper := audiences.NewKeeper(audiences.KeeperConfig{Store: r.DB, Listener: r.service,
		Model: func(context.Context, string) (engagement.Model, error) {
			return engagement.Model{HalfLife: 30, Warm: 40, InMarket: 65, Hot: 85}, nil
		}})
	if err := keeper.Settle(context.Background(), r.W.ID); err != nil {
		r.t.Fatal(err)
	}
}

// only returns the one destination that there is.
func (r *rig) only() wire.Destination {
	r.t.Helper()
	list, err := r.service.List(context.Background(), r.W.ID)
	if err != nil || len(list) != 1 {
		r.t.Fatalf("%d destinations: %v", len(list), err)
	}
	return list[0]
}

var secretText = regexp.MustCompile(`whsec_[A-Za-z0-9+/=]{40,}`)
