package api_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/api"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/usage"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// told keeps what the API tells of.
type told struct {
	mu     sync.Mutex
	events []usage.Event
}

func (n *told) note(e usage.Event) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.events = append(n.events, e)
}

func (n *told) all() []usage.Event {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]usage.Event(nil), n.events...)
}

func TestUsageIsToldOfEveryProvedKey(t *testing.T) {
	n := &told{}
	r := newRig(t, func(c *api.Config) { c.Usage = n.note })
	rate, burst := 60, 3
	w := r.workspace(workspaces.Change{RatePerMinute: &rate, Burst: &burst})
	k := r.key(w.ID, keys.CreateRequest{Preset: scope.ReadOnly})
	dead := r.key(w.ID, keys.CreateRequest{})
	r.revoke(dead.Key)
	var want []usage.Event
	for _, c := range []struct {
		method, path, body, tool string
		status, remaining        int
	}{
		{"GET", "/v1/accounts", "", "find_accounts", 200, 2},
		{"POST", "/v1/signals", goodSignal, "push_signal", 403, 1},
		{"POST", "/v1/accounts/search", "{", "find_accounts", 400, 0},
		{"GET", "/v1/accounts", "", "find_accounts", 429, 0},
		{"GET", "/v1/access", "", "get_access_status", 200, 0},
	} {
		if got := r.ask(c.method, c.path, k.Secret.Reveal(), c.body, "User-Agent: curl/8"); got.status != c.status {
			t.Fatalf("%s: %d", c.path, got.status)
		}
		want = append(want, usage.Event{WorkspaceID: w.ID, KeyID: k.Key.ID, Tool: c.tool, Agent: "curl/8", At: start, Status: c.status, Remaining: c.remaining})
	}
	r.ask("GET", "/v1/accounts", dead.Secret.Reveal(), "") // nobody's use
	r.ask("GET", "/v1/accounts", "", "")
	r.ask("GET", "/nowhere", k.Secret.Reveal(), "")
	r.eventually("all were told of", func() bool { return len(n.all()) >= len(want) })
	if d := cmp.Diff(want, n.all()); d != "" {
		t.Errorf("told of (-want +got):\n%s", d)
	}
}

func TestUsageOfOtherEnds(t *testing.T) {
	n := &told{}
	r := newRig(t, func(c *api.Config) { c.Usage, c.WatchHold = n.note, time.Millisecond })
	zero := 0
	k := r.key(r.workspace(workspaces.Change{RatePerMinute: &zero}).ID, keys.CreateRequest{}).Secret.Reveal()
	r.world.change(func() { r.world.panic = "at the disco" })
	if got := r.ask("GET", "/v1/accounts", k, ""); got.status != 500 {
		t.Fatalf("a panic answers %d", got.status)
	}
	r.eventually("the panic was told of", func() bool { return len(n.all()) == 1 })
	if e := n.all()[0]; e.Status != 500 || e.Remaining != usage.Unlimited {
		t.Errorf("told of %+v", e)
	}
	if got := r.ask("GET", "/v1/access/changes", k, ""); got.status != 204 {
		t.Fatalf("a watch answers %d", got.status)
	}
	r.ask("GET", "/v1/access", k, "")
	r.eventually("the call after the watch was told of", func() bool { return len(n.all()) == 2 })
	if e := n.all()[1]; e.Tool != "get_access_status" {
		t.Errorf("told of %+v", e)
	}
}
