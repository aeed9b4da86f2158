package api_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// TestAccessTellsWhatCanBeSpent follows a reservation, a charge and a month that ends.
func TestAccessTellsWhatCanBeSpent(t *testing.T) {
	r := newRig(t, nil)
	w := r.workspace(workspaces.Change{})
	limit := int64(40)
	k := r.key(w.ID, keys.CreateRequest{Preset: scope.WriteEnrichment, SpendLimit: &limit})
	s := credits.New(r.db.DB)
	want := func(step string, balance, keyLeft int64, resets time.Time) {
		t.Helper()
		var got wire.Access
		r.must(json.Unmarshal([]byte(r.ask("GET", "/v1/access", k.Secret.Reveal(), "").body), &got))
		if d := cmp.Diff(&wire.Credits{Balance: balance, Monthly: 50_000, ResetsAt: resets, KeyLimit: &limit, KeyLeft: &keyLeft}, got.Credits); d != "" {
			t.Errorf("%s (-want +got):\n%s", step, d)
		}
	}
	march, april := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC)
	want("new", 50_000, 40, march)
	_, err := s.Hold(context.Background(), credits.Hold{WorkspaceID: w.ID, KeyID: k.Key.ID, ID: "run", Amount: 30, Until: start.Add(time.Hour)})
	r.must(err)
	want("held", 49_970, 10, march)
	_, err = s.Settle(context.Background(), w.ID, k.Key.ID, "run", []credits.Charge{{ID: "run/phone", Amount: 12}})
	r.must(err)
	want("charged", 49_988, 28, march)
	r.pass(25 * time.Hour)
	want("in the next month", 50_000, 40, april)
}
