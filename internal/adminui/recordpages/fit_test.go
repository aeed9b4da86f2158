package recordpages_test

import (
	"context"
	"encoding/json"
	"html"
	"net/http"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/adminui/recordpages"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/qualify"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// TestAQualifiedRecordTellsWhy: which ICPs it fits, which rule it out, and what each parameter adds, hostile names and values included.
func TestAQualifiedRecordTellsWhy(t *testing.T) {
	w := setup(t)
	w.sample(t)
	acme, b := w.id(t, w.W, wire.GetRecord{Domain: "acme.example"}), w.As(workspaces.Viewer)
	if _, body := b.Get(recordpages.Path + "/" + acme); strings.Contains(body, "How well it fits") {
		t.Error("a record that was never qualified tells how well it fits")
	}
	condition := func(text string) json.RawMessage { return json.RawMessage(text) }
	icps := []qualify.ICP{
		{Code: "far", Parameters: []qualify.Parameter{{Name: "in the far east", Mode: wire.ModeFilter, Condition: condition(`{"field":"country_code","op":"eq","value":"JP"}`)}}},
		{Code: "near", Parameters: []qualify.Parameter{
			{Name: "known " + evil, Mode: wire.ModeFilter, Condition: condition(`{"field":"industry","op":"present"}`)},
			{Name: "visited", Mode: wire.ModeScore, Weight: 60, Condition: condition(`{"signals":{}}`)},
			{Name: "large", Mode: wire.ModeScore, Weight: 20, Condition: condition(`{"field":"employee_count","op":"gte","value":100}`)},
		}},
	}
	service := qualify.New(qualify.Config{Store: w.DB, Settings: func(context.Context, string) (int64, []qualify.ICP, error) { return 5, icps, nil }})
	if _, err := service.Qualify(context.Background(), w.W.ID, filter.Accounts, []string{acme}); err != nil {
		t.Fatal(err)
	}
	status, body := b.Get(recordpages.Path + "/" + acme)
	if status != http.StatusOK || strings.Contains(body, evil) {
		t.Fatalf("status %d, or a script gets through", status)
	}
	for _, want := range []string{"How well it fits", "version 5", "ruled out by “in the far east”", "good", html.EscapeString("known " + evil), "visited", "60", "75"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
