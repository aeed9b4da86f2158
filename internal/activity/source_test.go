package activity_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/token"
)

func TestSource(t *testing.T) {
	if got := activity.SourceOf(context.Background()); got != (activity.Source{}) {
		t.Errorf("of a plain context: %+v", got)
	}
	want := activity.Source{Door: activity.DoorPage, Address: "192.0.2.7"}
	if got := activity.SourceOf(activity.WithSource(context.Background(), want)); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for agent, want := range map[string]string{"unstuck-mcp/1.2 (claude)": "mcp", "unstuck-cli/1": "cli", "curl/8": "api", "": "api", "x unstuck-mcp/1": "api"} {
		if got := activity.DoorOf(agent); got != want {
			t.Errorf("%q: %s, want %s", agent, got, want)
		}
	}
}

func TestAViewIsTheWholeEntry(t *testing.T) {
	for _, actor := range []activity.Actor{activity.PersonActor("ann@example.com"), activity.KeyActor("a1b2c3d4", "bot"), activity.OperatorActor("root")} {
		e := activity.New("w", at, actor, activity.KeyRevoked, activity.ObjectKey, "o", map[string]string{"b": "2"})
		e.Source = activity.Source{Door: activity.DoorAPI, Address: "2001:db8::1"}
		if d := cmp.Diff(e, e.View().Entry("w")); d != "" {
			t.Errorf("(-in +out)\n%s", d)
		}
	}
}

// TestNoKeyIsLogged: a key that somebody pasted into a name stays out of the log.
func TestNoKeyIsLogged(t *testing.T) {
	s, err := token.Mint(strings.NewReader(strings.Repeat("k", 64)))
	if err != nil {
		t.Fatal(err)
	}
	e := activity.New("w", at, activity.KeyActor("a1b2c3d4", "my "+s.Reveal()), activity.SignalsPushed, activity.ObjectSignals, s.Reveal(), map[string]string{"source": "at " + s.Reveal() + "!"})
	if want := "at " + token.Redact(s.ID()) + "!"; e.Detail["source"] != want || e.ObjectID != token.Redact(s.ID()) || e.Actor.Name != "my "+token.Redact(s.ID()) {
		t.Errorf("entry = %+v, want %q", e, want)
	}
}
