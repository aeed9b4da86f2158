package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/api"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// with adds a member in front of those of an object.
func with(object, member string) string { return "{" + member + "," + object[1:] }

func TestReplays(t *testing.T) {
	r := newRig(t, nil)
	w := r.workspace(workspaces.Change{})
	key := r.key(w.ID, keys.CreateRequest{}).Secret.Reveal()
	push := func(body string, headers ...string) answer {
		return r.ask(http.MethodPost, "/v1/signals", key, body, headers...)
	}
	// 1: the first request has its effect.
	first := push(goodSignal, "Idempotency-Key: k1")
	if first.status != 201 || first.header.Get("Idempotent-Replayed") != "" {
		t.Fatalf("first: %d %s", first.status, first.body)
	}
	// 2: the same request, however it is spelt, is replayed byte for byte.
	spelt := `{ "source":"s\u0069te","identity":{"email":"jo@example.com"}, "signal_type":"website_visit","occurred_at":"2026-01-01T00:00:00Z"}`
	for name, again := range map[string]answer{
		"by header":                  push(goodSignal, "Idempotency-Key: k1"),
		"in another spelling":        push(spelt, "Idempotency-Key: k1"),
		"by body":                    push(with(goodSignal, `"idempotency_key":"k1"`)),
		"by both":                    push(with(goodSignal, `"idempotency_key":"k1"`), "Idempotency-Key: k1"),
		"with another key of theirs": r.ask(http.MethodPost, "/v1/signals", r.key(w.ID, keys.CreateRequest{}).Secret.Reveal(), goodSignal, "Idempotency-Key: k1"),
	} {
		if again.status != 201 || again.body != first.body || again.header.Get("Idempotent-Replayed") != "true" || again.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %v %s", name, again.status, again.header, again.body)
		}
	}
	if n := r.world.total(); n != 1 {
		t.Errorf("%d effects", n)
	}
	// 3: another request under the key is refused, on another route too.
	for name, other := range map[string]answer{
		"other input": push(strings.Replace(goodSignal, "site", "shop", 1), "Idempotency-Key: k1"),
		"other route": r.ask(http.MethodPost, "/v1/signals/batch", key, `{"signals":[`+goodSignal+`]}`, "Idempotency-Key: k1"),
	} {
		if other.code() != fault.IdempotencyKeyReused {
			t.Errorf("%s: %d %s", name, other.status, other.body)
		}
	}
	// 4: other workspaces have keys of their own.
	if got := r.ask(http.MethodPost, "/v1/signals", r.fullKey().Secret.Reveal(), goodSignal, "Idempotency-Key: k1"); got.status != 201 || got.header.Get("Idempotent-Replayed") != "" {
		t.Errorf("another workspace: %d %v", got.status, got.header)
	}
	// 5: a failure is not kept.
	r.world.change(func() { r.world.err = fault.New(fault.StorageFull, "") })
	if got := push(goodSignal, "Idempotency-Key: k2"); got.code() != fault.StorageFull {
		t.Errorf("failure: %d %s", got.status, got.body)
	}
	r.world.change(func() { r.world.err = nil })
	if got := push(goodSignal, "Idempotency-Key: k2"); got.status != 201 || got.header.Get("Idempotent-Replayed") != "" {
		t.Errorf("after a failure: %d %v", got.status, got.header)
	}
	// 6: the reply is for those who may call now.
	r.pass(25 * time.Hour)
	if got := push(goodSignal, "Idempotency-Key: k1"); got.status != 201 || got.header.Get("Idempotent-Replayed") != "" {
		t.Errorf("a day later: %d %v", got.status, got.header)
	}
}

func TestReplaysAreForLiveKeys(t *testing.T) {
	r := newRig(t, nil)
	k := r.fullKey()
	r.ask(http.MethodPost, "/v1/signals", k.Secret.Reveal(), goodSignal, "Idempotency-Key: k1")
	r.revoke(k.Key)
	if got := r.ask(http.MethodPost, "/v1/signals", k.Secret.Reveal(), goodSignal, "Idempotency-Key: k1"); got.code() != fault.KeyRevoked {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestIdempotencyKeysAreChecked(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	for _, c := range []struct {
		header, body string
		code         fault.Code
	}{
		{"", "", fault.InvalidRequest},
		{"has space", "", fault.InvalidRequest},
		{strings.Repeat("k", 256), "", fault.InvalidRequest},
		{"ä", "", fault.InvalidRequest},
		{"a", "b", fault.InvalidRequest},
		{"a", strings.Repeat("k", 256), fault.ValidationFailed},
	} {
		body := goodSignal
		if c.body != "" {
			body = with(goodSignal, `"idempotency_key":"`+c.body+`"`)
		}
		if got := r.ask(http.MethodPost, "/v1/signals", key, body, "Idempotency-Key: "+c.header); got.code() != c.code {
			t.Errorf("%q and %q: %d %s", c.header, c.body, got.status, got.body)
		}
	}
	if got := r.ask(http.MethodPost, "/v1/signals", key, goodSignal, "Idempotency-Key: "+strings.Repeat("~", 255)); got.status != 201 {
		t.Errorf("255 characters: %d %s", got.status, got.body)
	}
	if n := r.world.total(); n != 1 {
		t.Errorf("%d effects", n)
	}
}

// TestRivals shows that of many requests with one key at once exactly one has its effect.
func TestRivals(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	bodies := make([]string, 8)
	var all sync.WaitGroup
	for i := range bodies {
		all.Go(func() {
			if got := r.ask(http.MethodPost, "/v1/signals", key, goodSignal, "Idempotency-Key: k"); got.status == 201 {
				bodies[i] = got.body
			}
		})
	}
	all.Wait()
	for _, b := range bodies {
		if b == "" || b != bodies[0] {
			t.Errorf("answers %q", bodies)
		}
	}
	if n := r.world.total(); n != 1 {
		t.Errorf("%d effects", n)
	}
}

// TestRivalsDoNotWaitForEver shows what a second request gets while the first one runs on.
func TestRivalsDoNotWaitForEver(t *testing.T) {
	r := newRig(t, nil)
	key, hold, first := r.fullKey().Secret.Reveal(), make(chan struct{}), make(chan answer, 1)
	r.world.change(func() { r.world.hold = hold })
	go func() { first <- r.ask(http.MethodPost, "/v1/signals", key, goodSignal, "Idempotency-Key: k") }()
	r.eventually("the first request runs", func() bool { return r.world.total() == 1 })
	if got := r.ask(http.MethodPost, "/v1/signals", key, goodSignal, "Idempotency-Key: k"); got.code() != fault.IdempotencyInFlight || got.header.Get("Retry-After") == "" {
		t.Errorf("second: %d %s", got.status, got.body)
	}
	close(hold)
	if got := <-first; got.status != 201 {
		t.Errorf("first: %d %s", got.status, got.body)
	}
}

func TestWithoutMember(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"k":1}`, `{}`},
		{`{"a":1,"k":{"k":[1,"}"]},"z":2}`, `{"a":1,"z":2}`},
		{`{"a":"\"k\":1","k":"x\\"}`, `{"a":"\"k\":1"}`},
		{`{"a":{"k":1},"z":[{"k":1}]}`, `{"a":{"k":1},"z":[{"k":1}]}`},
		{`{"k":",","z":2}`, `{"z":2}`},
		{`[{"k":1}]`, `[{"k":1}]`},
		{`"k"`, `"k"`},
	} {
		if got := string(api.WithoutMember([]byte(c.text), "k")); got != c.want {
			t.Errorf("%s: %s, want %s", c.text, got, c.want)
		}
	}
}

// TestWithoutMemberIsExact compares with decoding, deleting and encoding.
func TestWithoutMemberIsExact(t *testing.T) {
	name, value := rapid.SampledFrom([]string{"a", "k", "z", `k":`, "kk"}), rapid.SampledFrom([]any{1, "k", `{"k":1}`, `\`, []any{map[string]any{"k": "]"}}, map[string]any{"k": 1, "b": `"`}, nil})
	rapid.Check(t, func(t *rapid.T) {
		object := rapid.MapOf(name, value).Draw(t, "object")
		text, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		canonical, err := strictjson.Canonical(text)
		if err != nil {
			t.Fatal(err)
		}
		delete(object, "k")
		want, err := strictjson.CanonicalValue(object)
		if d := cmp.Diff(string(want), string(api.WithoutMember(canonical, "k"))); d != "" || err != nil {
			t.Fatalf("%s (-want +got):\n%s", canonical, d)
		}
	})
}
