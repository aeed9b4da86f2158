package e2e_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/wire"
)

// TestEngagementFollowsSettings: what a signal weighs and where stages begin is set, and records follow though nothing else happens to them.
func TestEngagementFollowsSettings(t *testing.T) {
	s := &system{t: t, environ: storeEnv(t, "")}
	s.api = s.serve()
	_, full := s.key(s.workspace("Scoring", "team"), "--preset", "full")
	api := s.api.url("api_url")
	signal := `{"signal_type":"hiring","source":"board","occurred_at":"` + time.Now().UTC().Add(-time.Hour).Format(time.RFC3339) + `","identity":{"company_domain":"acme.example"}}`
	if status, body := do(t, http.MethodPost, api+"/v1/signals", full, "application/json", signal); status != http.StatusCreated {
		t.Fatalf("push: %d %s", status, body)
	}
	for _, c := range []struct{ settings, stage string }{
		{`{"engagement":{"stages":{"warm":10}}}`, "warm"}, {`{"signal_types":{"hiring":{"weight":100}}}`, "hot"}, {`{"engagement":{"source_weights":{"board":70}}}`, "in_market"},
		{`{"engagement":{"source_weights":{"board":null,"second_party":1}}}`, "cool"}, {`{"signal_types":{"hiring":null},"engagement":{"stages":null,"source_weights":null}}`, "cool"},
	} {
		if status, body := do(t, http.MethodPatch, api+"/v1/settings", full, "application/json", c.settings); status != http.StatusOK {
			t.Fatalf("settings: %d %s", status, body)
		}
		awaitStage(t, api, full, c.stage, c.settings)
	}
}

func awaitStage(t *testing.T, api, key, stage, after string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		_, body := do(t, http.MethodPost, api+"/v1/accounts/search", key, "application/json", `{"filter":{"field":"engagement_stage","op":"eq","value":"`+stage+`"}}`)
		var found wire.List[wire.Account]
		if err := json.Unmarshal(body, &found); err == nil && found.Total == 1 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %s nothing is %s: %s", after, stage, body)
		}
	}
}
