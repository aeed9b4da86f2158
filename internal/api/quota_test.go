package api_test

import (
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/api"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

func TestQuota(t *testing.T) {
	r := newRig(t, nil)
	rate, burst := 60, 3
	w := r.workspace(workspaces.Change{RatePerMinute: &rate, Burst: &burst})
	first, second := r.key(w.ID, keys.CreateRequest{}).Secret.Reveal(), r.key(w.ID, keys.CreateRequest{Preset: scope.ReadOnly}).Secret.Reveal()
	for i, c := range []struct {
		method, path, key, body string
		status                  int
		limit, retry            string
	}{
		{"GET", "/v1/accounts", first, "", 200, `"workspace";r=2;t=1`, ""},
		{"POST", "/v1/signals", second, goodSignal, 403, `"workspace";r=1;t=2`, ""}, // refused calls cost too
		{"POST", "/v1/accounts/search", first, "{", 400, `"workspace";r=0;t=3`, ""},
		{"GET", "/v1/accounts", second, "", 429, `"workspace";r=0;t=3`, "1"}, // keys share it
		{"GET", "/v1/access", first, "", 200, `"workspace";r=0;t=3`, ""},     // free, and never refused
	} {
		got := r.ask(c.method, c.path, c.key, c.body)
		if got.status != c.status || got.header.Get("RateLimit") != c.limit || got.header.Get("Retry-After") != c.retry {
			t.Errorf("%d: %d, RateLimit %q, Retry-After %q, want %d, %q, %q", i, got.status, got.header.Get("RateLimit"), got.header.Get("Retry-After"), c.status, c.limit, c.retry)
		}
		if policy := got.header.Get("RateLimit-Policy"); policy != `"workspace";q=60;w=60` {
			t.Errorf("%d: policy %q", i, policy)
		}
	}
	if got := r.ask("GET", "/v1/accounts", r.fullKey().Secret.Reveal(), ""); got.status != 200 {
		t.Errorf("another workspace: %d", got.status)
	}
	r.pass(time.Second)
	if got := r.ask("GET", "/v1/accounts", first, ""); got.status != 200 {
		t.Errorf("after Retry-After: %d", got.status)
	}
	if got := r.ask("GET", "/v1/accounts", "", ""); got.header.Get("RateLimit") != "" {
		t.Errorf("a stranger is told of a limit: %v", got.header)
	}
}

func TestUnlimited(t *testing.T) {
	r := newRig(t, nil)
	zero := 0
	key := r.key(r.workspace(workspaces.Change{RatePerMinute: &zero}).ID, keys.CreateRequest{}).Secret.Reveal()
	for range 50 {
		if got := r.ask("GET", "/v1/accounts", key, ""); got.status != 200 || got.header.Get("RateLimit") != "" {
			t.Fatalf("%d %v", got.status, got.header)
		}
	}
}

// TestNoFreePass shows that a store that does not answer is never taken for leave, nor for a bad key.
func TestNoFreePass(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	for name, off := range map[string]func(bool){"limiter": r.db.limitOff.Store, "store": r.db.down.Store} {
		off(true)
		for _, path := range []string{"/v1/accounts", "/v1/access"} {
			if got := r.ask("GET", path, key, ""); got.code() != fault.StoreUnavailable || got.header.Get("Retry-After") == "" {
				t.Errorf("%s, %s: %d %v %s", name, path, got.status, got.header, got.body)
			}
		}
		if got := r.ask("GET", "/livez", "", ""); got.status != 200 {
			t.Errorf("%s: /livez %d", name, got.status)
		}
		if got := r.ask("GET", "/readyz", "", ""); (got.status == 503) != (name == "store") {
			t.Errorf("%s: /readyz %d", name, got.status)
		}
		off(false)
		if got := r.ask("GET", "/v1/accounts", key, ""); got.status != 200 {
			t.Errorf("%s healed: %d %s", name, got.status, got.body)
		}
	}
	if n := r.world.total(); n != 2 {
		t.Errorf("the domain was reached %d times", n)
	}
}

// TestASlowStoreIsOneThatDoesNotAnswer shows that a request is not held by a store that hangs.
func TestASlowStoreIsOneThatDoesNotAnswer(t *testing.T) {
	r := newRig(t, func(c *api.Config) { c.GateTimeout = 20 * time.Millisecond })
	key := r.fullKey().Secret.Reveal()
	r.db.hangs.Store(true)
	if got := r.ask("GET", "/v1/accounts", key, ""); got.code() != fault.StoreUnavailable {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := r.ask("GET", "/readyz", "", ""); got.code() != fault.StoreUnavailable {
		t.Errorf("/readyz: %d %s", got.status, got.body)
	}
}

func TestStrangersAreThrottledBySource(t *testing.T) {
	r := newRig(t, func(c *api.Config) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	})
	stranger, good := newRig(t, nil).fullKey().Secret.Reveal(), r.fullKey().Secret.Reveal()
	for range 20 {
		if got := r.ask("GET", "/v1/access", stranger, "", "X-Forwarded-For: 192.0.2.1, 198.51.100.7, 10.1.1.1"); got.code() != fault.InvalidAPIKey {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	for _, c := range []struct {
		forwarded, key string
		code           fault.Code
	}{
		{"198.51.100.7", stranger, fault.AuthThrottled},
		{"203.0.113.5, ::ffff:198.51.100.7", stranger, fault.AuthThrottled}, // only what a proxy adds is believed
		{"192.0.2.1", stranger, fault.InvalidAPIKey},
		{"198.51.100.7, nonsense", stranger, fault.InvalidAPIKey}, // counted for the proxy itself
		{"198.51.100.7", stranger + "x", fault.InvalidAPIKey},     // no look-up, not counted
		{"198.51.100.7", "", fault.MissingAPIKey},
		{"198.51.100.7", good, ""}, // a good key is never refused for others' failures
	} {
		got := r.ask("GET", "/v1/access", c.key, "", "X-Forwarded-For: "+c.forwarded)
		if got.code() != c.code {
			t.Errorf("from %s: %d %s, want %s", c.forwarded, got.status, got.body, c.code)
		}
		if c.code == fault.AuthThrottled && got.header.Get("Retry-After") == "" {
			t.Errorf("no Retry-After: %v", got.header)
		}
	}
}

func TestForwardedAddressesOfStrangersAreIgnored(t *testing.T) {
	r := newRig(t, nil)
	stranger := newRig(t, nil).fullKey().Secret.Reveal()
	last := answer{}
	for i := range 21 {
		last = r.ask("GET", "/v1/access", stranger, "", "X-Forwarded-For: 192.0.2."+string(rune('0'+i%10)))
	}
	if last.code() != fault.AuthThrottled {
		t.Errorf("%d %s", last.status, last.body)
	}
}

func TestGarbageCostsNoLookUp(t *testing.T) {
	r := newRig(t, nil)
	good := r.fullKey().Secret.Reveal()
	before := r.db.reads.Load()
	for _, key := range []string{"x", good[:65], good + "0", good[:55] + "00" + good[57:], "unstuck_***_a1b2c3d4"} {
		if got := r.ask(http.MethodGet, "/v1/access", key, ""); got.code() != fault.InvalidAPIKey {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	if reads := r.db.reads.Load() - before; reads != 0 {
		t.Errorf("%d look-ups", reads)
	}
}
