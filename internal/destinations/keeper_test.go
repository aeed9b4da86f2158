package destinations_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/engagement"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// broken is a listener that fails, with all that it queued.
type broken struct{ audiences.Listener }

func (b broken) Changed(ctx context.Context, workspaceID string, events []audiences.Event) error {
	return errors.Join(b.Listener.Changed(ctx, workspaceID, events), errors.New("broken"))
}

// TestTheKeeperQueuesOneDeliveryForEachEvent lets an audience be kept and compares its events with the deliveries, which come and go with them.
func TestTheKeeperQueuesOneDeliveryForEachEvent(t *testing.T) {
	engines(t, func(t *testing.T, c store.Config) {
		ctx, d, box := context.Background(), newDepot(t, c), &inbox{}
		d.net.Site("hooks.example", box)
		to, _ := d.hook(t, "hooks.example")
		a := audiences.Audience{ID: uuid.Must(uuid.NewV7()).String(), Name: "Directors", Over: filter.Leads, Filter: []byte(`{"field":"title","op":"eq","value":"Director"}`),
			Destinations: []audiences.Attached{{DestinationID: to.ID}}, Revision: 1, CreatedAt: d.clock.read(), UpdatedAt: d.clock.read(), CreatedBy: "ann"}
		if err := d.db.AddAudience(ctx, d.ws, a); err != nil {
			t.Fatal(err)
		}
		leads := make([]wire.Lead, 30)
		for i := range leads {
			leads[i] = wire.Lead{WorkEmail: fmt.Sprintf("p%d@acme.example", i), Title: []string{"Director", "Clerk"}[i%2]}
		}
		storetest.MustLeads(t, d.db, d.ws, leads...)
		keep := func(l audiences.Listener) error {
			k := audiences.NewKeeper(audiences.KeeperConfig{Store: d.db, Listener: l, Model: func(context.Context, string) (engagement.Model, error) {
				return engagement.Model{HalfLife: 14, Warm: 40, InMarket: 65, Hot: 85}, nil
			}})
			return k.Settle(ctx, d.ws)
		}
		if err := keep(broken{d.service}); err == nil || len(d.log(t, to.ID, "")) != 0 {
			t.Fatalf("a change that is not kept is told: %v, %d deliveries", err, len(d.log(t, to.ID, "")))
		}
		d.queue.take()
		if err := keep(d.service); err != nil {
			t.Fatal(err)
		}
		for i := range leads { // half of the members leave, and as many come
			leads[i].Title = []string{"Director", "Director", "Clerk", "Clerk"}[i%4]
		}
		storetest.MustLeads(t, d.db, d.ws, leads...)
		if err := keep(d.service); err != nil {
			t.Fatal(err)
		}
		d.work(t)
		events, total, err := d.db.Events(ctx, d.ws, a.ID, "", 1000)
		if err != nil || total < 15+7+8 {
			t.Fatal(total, err)
		}
		log := map[string]wire.Delivery{}
		for _, one := range d.log(t, to.ID, "delivered") {
			log[one.EventID] = one
		}
		for _, e := range events {
			if one := log[e.ID]; one.RecordID != e.RecordID || one.Type != "audience.member_"+string(e.Change) {
				t.Errorf("of %+v is told %+v", e, one)
			}
		}
		if len(log) != total || len(box.all()) != total {
			t.Errorf("%d events, %d deliveries, %d requests", total, len(log), len(box.all()))
		}
	})
}
