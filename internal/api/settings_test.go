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
	return chosen(3), c.visit("settings", nil)
}

// chosen are settings with two ICPs, which make them long.
func chosen(version int64) wire.Settings {
	one := []wire.ParameterSettings{{Name: "Land", Mode: wire.ModeFilter, Condition: json.RawMessage(`{"field":"country_code","op":"eq","value":"DE"}`)}}
	icp := wire.ICPSettings{Name: "German", Parameters: one, Personas: map[string]wire.PersonaSettings{"cto": {Name: "CTO", Parameters: one}}}
	return wire.Settings{
		Version: version, Enrichment: wire.EnrichmentSettings{Overage: "pause"}, ICPs: map[string]wire.ICPSettings{"de": icp, "at": icp},
		SignalTypes: map[string]wire.SignalTypeSettings{"release": {Class: "second_party", About: "The company released a version."}},
	}
}

func (c *choosing) Update(_ context.Context, _ string, actor activity.Actor, in wire.UpdateSettings) (wire.Settings, error) {
	out := chosen(4)
	out.Enrichment.Overage = "by " + actor.Name
	return out, c.visit("update settings", in)
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
	for body, fields := range map[string]string{`{}`: "enrichment", `{"enrichment":[]}`: "enrichment", `{"enrichment":{},"version":-1}`: "version", `{"audiences":{}}`: "audiences",
		`{"icps":null}`: "icps", `{"icps":null,"enrichment":{}}`: "icps", `{"engagement":null,"signal_types":null,"enrichment":null,"version":3}`: "enrichment signal_types engagement",
		`[]`: "$", `{"icps":{},"ICPs":null}`: "ICPs"} {
		if got := r.ask("PATCH", "/v1/settings", key, body); got.code() != fault.ValidationFailed || got.fields() != fields {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
	r.world.change(func() { r.world.err = fault.New(fault.Conflict, fault.Conflict.Detail()) })
	if got := r.ask("PATCH", "/v1/settings", key, `{"enrichment":{}}`); got.status != 409 || got.code() != fault.Conflict {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestSettingsInPart(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	const types = `{"version":3,"signal_types":{"release":{"class":"second_party","about":"The company released a version."}}}`
	for query, want := range map[string]string{
		"section=enrichment": `{"version":3,"enrichment":{"overage":"pause"}}`, "section=signal_types": types, "section=signal_types&name=release": types,
		"section=engagement": `{"version":3}`,
	} {
		if got := r.ask("GET", "/v1/settings?"+query, key, ""); got.status != 200 || got.body != want {
			t.Errorf("%s: %d %s", query, got.status, got.body)
		}
	}
	got := r.ask("GET", "/v1/settings?section=icps&name=de", key, "")
	if !strings.Contains(got.body, `"de":`) || strings.Contains(got.body, `"at":`) || !strings.Contains(got.body, `"condition":`) {
		t.Errorf("one ICP: %s", got.body)
	}
	for query, want := range map[string]fault.Code{"section=keys": fault.ValidationFailed, "name=de": fault.ValidationFailed, "section=engagement&name=x": fault.ValidationFailed, "section=icps&name=fr": fault.NotFound} {
		if got := r.ask("GET", "/v1/settings?"+query, key, ""); got.code() != want {
			t.Errorf("%s: %d %s", query, got.status, got.body)
		}
	}
}

func TestSettingsForModels(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	got := r.ask("GET", "/v1/settings", key, "", "Prefer: response_format=concise, max_chars=20000")
	if !strings.Contains(got.body, `"condition":`) || strings.Contains(got.body, `"about":`) || strings.Contains(got.body, `"note":`) {
		t.Errorf("concise: %s", got.body)
	}
	got = r.ask("GET", "/v1/settings", key, "", "Prefer: max_chars=500")
	if strings.Contains(got.body, `"condition":`) || !strings.Contains(got.body, `"cto":{"name":"CTO"}`) || !strings.Contains(got.body, `"note":"The parameters of ICPs are left out`) {
		t.Errorf("too long: %s", got.body)
	}
	got = r.ask("GET", "/v1/settings?section=icps&name=de", key, "", "Prefer: max_chars=200")
	if strings.Contains(got.body, `"condition":`) || !strings.Contains(got.body, `"parameters":[{"name":"Land","mode":"filter"}]`) || !strings.Contains(got.body, `"note":"The conditions are left out`) {
		t.Errorf("one that is too long: %s", got.body)
	}
	got = r.ask("PATCH", "/v1/settings", key, `{"icps":{"at":null}}`, "Prefer: response_format=concise")
	if !strings.Contains(got.body, `"icps":`) || strings.Contains(got.body, `"enrichment":`) || strings.Contains(got.body, `"signal_types":`) {
		t.Errorf("changed: %s", got.body)
	}
}
