package api_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// outlets is the part of the world that keeps destinations: one, whose file has two rows, one of them a formula.
type outlets struct{ *world }

func (w *world) Destinations() *outlets { return &outlets{w} }

func (o *outlets) List(_ context.Context, workspaceID string) ([]wire.Destination, error) {
	return []wire.Destination{{ID: "d1", Name: "Hook", Kind: "webhook", Status: "active", Secrets: map[string]bool{"signing": true}}}, o.visit("list destinations", workspaceID)
}

func (o *outlets) Get(_ context.Context, _, id string) (wire.Destination, error) {
	return wire.Destination{ID: id, Name: "Hook", Kind: "webhook", Status: "pending"}, o.visit("get destination", id)
}

func (o *outlets) Check(_ context.Context, c destinations.Caller, in wire.SaveDestination) error {
	if strings.Contains(in.URL, "inside") {
		return fault.Invalid("url", "must lead to a public address")
	}
	return o.visit("check destination", in)
}

func (o *outlets) Keep(_ context.Context, c destinations.Caller, in wire.SaveDestination) (destinations.Saved, error) {
	if c.Admin || c.Actor.Kind != activity.ByKey {
		return destinations.Saved{}, fault.New(fault.Internal, "a key is no admin")
	}
	return destinations.Saved{Destination: wire.Destination{ID: "d1", Name: in.Name, Kind: in.Kind, Status: "pending"}, Created: in.ID == ""}, o.visit("save destination", in)
}

func (o *outlets) Sync(_ context.Context, _ destinations.Caller, in wire.SyncAudience) (wire.AudienceSync, error) {
	return wire.AudienceSync{AudienceID: in.ID, Destinations: []string{"d1"}, Members: 3}, o.visit("sync audience", in)
}

func (o *outlets) Delete(_ context.Context, _ destinations.Caller, id string) error {
	return o.visit("delete destination", id)
}

func (o *outlets) Test(_ context.Context, _ destinations.Caller, id string) (wire.Delivery, error) {
	return wire.Delivery{ID: "m1", DestinationID: id, Type: "ping", State: "delivered", Status: 204, DurationMS: 12}, o.visit("test destination", id)
}

func (o *outlets) Deliveries(_ context.Context, _ string, in wire.ListDeliveries) (wire.List[wire.Delivery], error) {
	return wire.List[wire.Delivery]{Items: []wire.Delivery{{ID: "m1", State: "failed", Error: "timeout"}}, Total: 1}, o.visit("list deliveries", in)
}

func (o *outlets) Fetch(_ context.Context, _ string, in wire.DestinationFile) (*destinations.File, error) {
	rows := func(yield func([]json.RawMessage, error) bool) {
		if yield([]json.RawMessage{json.RawMessage(`{"Mail":"ada@b.example","Name":"=1+1"}`)}, nil) {
			yield([]json.RawMessage{json.RawMessage(`{"Mail":"bob@b.example"}`)}, nil)
		}
	}
	return &destinations.File{Name: "hot-ones", Columns: []string{"Mail", "Name"}, Members: 2, Rows: rows}, o.visit("fetch", in)
}

func TestDestinations(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	got := r.ask("POST", "/v1/destinations", key, `{"name":"Hook","kind":"webhook","url":"https://hooks.example.com/in"}`)
	want := wire.SaveDestination{Name: "Hook", Kind: "webhook", URL: "https://hooks.example.com/in"}
	if d := cmp.Diff(want, r.world.input()); d != "" || got.status != 201 || !strings.Contains(got.body, `"status":"pending"`) {
		t.Error(got.status, got.body, d)
	}
	got = r.ask("PATCH", "/v1/destinations/d1", key, `{"paused":true}`)
	yes := true
	if d := cmp.Diff(wire.SaveDestination{ID: "d1", Paused: &yes}, r.world.input()); d != "" || got.status != 200 {
		t.Error(got.status, got.body, d)
	}
	if got = r.ask("POST", "/v1/destinations", key, `{"name":"Hook","kind":"webhook","url":"https://inside.example/"}`); got.status != 422 || !strings.Contains(got.body, `"field":"url"`) {
		t.Error(got.status, got.body)
	}
	if got = r.ask("POST", "/v1/destinations/d1/test", key, ""); got.status != 200 || !strings.Contains(got.body, `"status":204,"duration_ms":12`) {
		t.Error(got.status, got.body)
	}
	if got = r.ask("POST", "/v1/audiences/a1/sync", key, `{"destination_id":"d1"}`); got.status != 200 || got.body != `{"audience_id":"a1","destinations":["d1"],"members":3}` {
		t.Error(got.status, got.body)
	}
	if got = r.ask("GET", "/v1/destinations/d1/deliveries?state=failed", key, ""); got.status != 200 || !strings.Contains(got.body, `"error":"timeout"`) {
		t.Error(got.status, got.body)
	}
	if got = r.ask("DELETE", "/v1/destinations/d1", key, ""); got.status != 200 || got.body != `{"id":"d1","deleted":true}` {
		t.Error(got.status, got.body)
	}
}

// TestDestinationFile reads the file, in which no cell is a formula.
func TestDestinationFile(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	got := r.ask("GET", "/v1/destinations/d1/file?audience=a1", key, "")
	if got.status != 200 || got.body != "Mail,Name\r\nada@b.example,'=1+1\r\nbob@b.example,\r\n" || got.header.Get("Content-Type") != "text/csv; charset=utf-8" ||
		got.header.Get("Content-Disposition") != `attachment; filename="hot-ones.csv"` {
		t.Errorf("%d %v %q", got.status, got.header, got.body)
	}
	if got = r.ask("GET", "/v1/destinations/d1/file?audience=a1", key, "", "Accept: application/json"); got.status != 406 {
		t.Error(got.status, got.body)
	}
}

// TestAPingIsSentOnceForAKey repeats a test under one idempotency key.
func TestAPingIsSentOnceForAKey(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	before := r.world.total()
	for i := range 2 {
		got := r.ask("POST", "/v1/destinations/d1/test", key, "", "Idempotency-Key: once")
		if replayed := got.header.Get("Idempotent-Replayed") == "true"; got.status != 200 || replayed != (i == 1) {
			t.Errorf("call %d: %d %v", i, got.status, got.header)
		}
	}
	if n := r.world.total() - before; n != 1 {
		t.Errorf("%d pings", n)
	}
}
