package api_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

func (w *world) Settings() *choosing { return &choosing{w} }

// choosing is the part of the world that keeps settings.
type choosing struct{ *world }

func (c *choosing) Get(_ context.Context, _ string) (wire.Settings, error) {
	return wire.Settings{Version: 3}, c.visit("settings", nil)
}

func (c *choosing) Update(_ context.Context, _ string, actor activity.Actor, in wire.UpdateSettings) (wire.Settings, error) {
	return wire.Settings{Version: 4, Enrichment: wire.EnrichmentSettings{Overage: "by " + actor.Name}}, c.visit("update settings", in)
}

func TestSettings(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	if got := r.ask("GET", "/v1/settings", key, ""); got.status != 200 || !strings.Contains(got.body, `"version":3`) {
		t.Errorf("%d %s", got.status, got.body)
	}
	got := r.ask("PATCH", "/v1/settings", key, `{"version":3,"enrichment":{"overage":null}}`)
	three := int64(3)
	want := wire.UpdateSettings{Version: &three, Enrichment: json.RawMessage(`{"overage":null}`)}
	if d := cmp.Diff(want, r.world.input()); got.status != 200 || !strings.Contains(got.body, `"overage":"by agent"`) || d != "" {
		t.Errorf("%d %s (-want +got):\n%s", got.status, got.body, d)
	}
	for body, fields := range map[string]string{`{}`: "enrichment", `{"enrichment":[]}`: "enrichment", `{"enrichment":{},"version":-1}`: "version", `{"audiences":{}}`: "audiences"} {
		if got := r.ask("PATCH", "/v1/settings", key, body); got.code() != fault.ValidationFailed || got.fields() != fields {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
	r.world.change(func() { r.world.err = fault.New(fault.Conflict, fault.Conflict.Detail()) })
	if got := r.ask("PATCH", "/v1/settings", key, `{"enrichment":{}}`); got.status != 409 || got.code() != fault.Conflict {
		t.Errorf("%d %s", got.status, got.body)
	}
}
