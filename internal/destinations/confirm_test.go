package destinations_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// TestPendingIsSentNothing makes a destination by a key: neither changes nor syncs nor tests reach its receiver before an admin confirms it; then what
// happens from there on does.
func TestPendingIsSentNothing(t *testing.T) {
	engines(t, func(t *testing.T, c store.Config) {
		ctx, d, box := context.Background(), newDepot(t, c), &inbox{}
		d.net.Site("hooks.example", box)
		saved, err := d.service.Save(ctx, d.key, wire.SaveDestination{Name: "Hook", Kind: "webhook", URL: "https://hooks.example/in"})
		if err != nil || saved.Destination.Status != "pending" || !saved.Secret.IsZero() || saved.Destination.Via != "key" {
			t.Fatalf("%+v, %v", saved, err)
		}
		id := saved.Destination.ID
		a, ids := d.audience(t, 2, audiences.Attached{DestinationID: id})
		d.changed(t, d.events(a, audiences.Added, ids...)...)
		_, testErr := d.service.Test(ctx, d.key, id)
		_, syncErr := d.service.Sync(ctx, d.key, wire.SyncAudience{ID: a.ID})
		d.work(t)
		if fault.CodeOf(testErr) != fault.Conflict || fault.CodeOf(syncErr) != fault.Conflict || len(d.net.Dialed()) != 0 || len(d.log(t, id, "")) != 0 {
			t.Errorf("%v, %v, %v", testErr, syncErr, d.net.Dialed())
		}
		if said := fault.From(testErr).Detail; !strings.Contains(said, "`api admin destination confirm`") {
			t.Error(said)
		}
		if _, _, err := d.service.Confirm(ctx, d.key, id); fault.CodeOf(err) != fault.InsufficientScope {
			t.Errorf("a key confirmed: %v", err)
		}
		out, secret, err := d.service.Confirm(ctx, d.admin, id)
		if err != nil || out.Status != "active" || out.ConfirmedBy != "ann@example.com" || !out.Secrets["signing"] {
			t.Fatalf("%+v, %v", out, err)
		}
		if _, _, err := d.service.Confirm(ctx, d.admin, id); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("confirmed twice: %v", err)
		}
		d.changed(t, d.events(a, audiences.Reranked, ids...)...)
		d.work(t)
		for _, r := range box.all() {
			if err := verify(secret.Reveal(), r.header, r.body, time.Now()); err != nil {
				t.Error(err)
			}
		}
		if len(box.all()) != 2 {
			t.Errorf("%d requests", len(box.all()))
		}
	})
}

// TestAimingAnewNeedsAPerson changes an active destination by a key: whatever decides where data goes, or to whom there, makes it pending; what is
// queued is held until an admin has looked.
func TestAimingAnewNeedsAPerson(t *testing.T) {
	ctx, yes := context.Background(), true
	for name, c := range map[string]struct {
		change  wire.SaveDestination
		pending bool
	}{
		"another host":  {wire.SaveDestination{URL: "https://other.example/in"}, true},
		"another path":  {wire.SaveDestination{URL: "https://hooks.example/out?token=q"}, true},
		"another query": {wire.SaveDestination{URL: "https://hooks.example/in?token=p"}, true},
		"the same":      {wire.SaveDestination{URL: "https://hooks.example/in?token=q"}, false},
		"a header":      {wire.SaveDestination{Headers: &[]wire.DestinationHeader{{Name: "X-Tenant", Value: "mine"}}}, true},
		"a secret one":  {wire.SaveDestination{Headers: &[]wire.DestinationHeader{{Name: "Authorization", Value: "Bearer x", Secret: true}}}, true},
		"a name":        {wire.SaveDestination{Name: "Other"}, false},
		"a mapping":     {wire.SaveDestination{Mapping: &wire.DestinationMapping{Leads: map[string]string{"mail": "work_email"}}}, false},
		"a pause":       {wire.SaveDestination{Paused: &yes}, false},
	} {
		t.Run(name, func(t *testing.T) {
			d, box := newDepot(t, store.Config{DataDir: t.TempDir()}), &inbox{}
			d.net.Site("hooks.example", box)
			d.net.Site("other.example", box)
			to, _ := d.hook(t, "hooks.example")
			a, ids := d.audience(t, 1, audiences.Attached{DestinationID: to.ID})
			d.changed(t, d.events(a, audiences.Added, ids...)...)
			c.change.ID = to.ID
			saved, err := d.service.Save(ctx, d.key, c.change)
			if err != nil || (saved.Destination.Status == "pending") != c.pending || !saved.Secret.IsZero() {
				t.Fatalf("%+v, %v", saved.Destination, err)
			}
			if !c.pending {
				return
			}
			d.work(t)
			if len(box.all()) != 0 || len(d.log(t, to.ID, "held")) != 1 {
				t.Fatalf("%d requests", len(box.all()))
			}
			if _, secret, err := d.service.Confirm(ctx, d.admin, to.ID); err != nil || !secret.IsZero() {
				t.Errorf("the signing secret is shown again: %v", err)
			}
			d.work(t)
			if len(box.all()) != 1 {
				t.Errorf("%d requests after it was confirmed", len(box.all()))
			}
		})
	}
}

// TestRotation signs with both secrets for a day, and with the new one alone after it.
func TestRotation(t *testing.T) {
	ctx, d, box := context.Background(), newDepot(t, store.Config{DataDir: t.TempDir()}), &inbox{}
	d.net.Site("hooks.example", box)
	to, old := d.hook(t, "hooks.example")
	if _, _, err := d.service.Rotate(ctx, d.key, to.ID); fault.CodeOf(err) != fault.InsufficientScope {
		t.Errorf("a key rotated: %v", err)
	}
	_, fresh, err := d.service.Rotate(ctx, d.admin, to.ID)
	if err != nil || fresh.Reveal() == old {
		t.Fatal(err)
	}
	ping := func() received {
		if out, err := d.service.Test(ctx, d.admin, to.ID); err != nil || out.State != "delivered" {
			t.Fatalf("%+v, %v", out, err)
		}
		all := box.all()
		return all[len(all)-1]
	}
	r := ping()
	if verify(old, r.header, r.body, time.Now()) != nil || verify(fresh.Reveal(), r.header, r.body, time.Now()) != nil || told(t, r).Type != "ping" {
		t.Errorf("one of both secrets does not verify: %v", r.header)
	}
	d.clock.pass(24*time.Hour - time.Second)
	if r = ping(); verify(old, r.header, r.body, time.Now()) != nil {
		t.Error("the former secret ended early")
	}
	d.clock.pass(time.Second)
	if r = ping(); verify(old, r.header, r.body, time.Now()) == nil || verify(fresh.Reveal(), r.header, r.body, time.Now()) != nil {
		t.Error("the former secret still counts after a day")
	}
}
