package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

const goodSignal = `{"signal_type":"website_visit","source":"site","occurred_at":"2026-01-01T00:00:00Z","identity":{"email":"jo@example.com"}}`

// attempt is a request with all that can be wrong with it. The zero value, made good by attempt.send, is answered 201.
type attempt struct {
	method, path, host, origin, contentType, accept, body, idempotency string
	padHeader                                                          int

	noKey, malformed, unknown, revoked, expired, exhausted, downgraded, readOnly, reused, full bool

	reached int // how often the request came through to the domain
}

// wrong are the ways to fail, in the order in which they must be found out.
var wrong = []struct {
	name  string
	code  fault.Code
	spoil func(*attempt)
}{
	{"path", fault.NotFound, func(a *attempt) { a.path = "/v1/nothing" }},
	{"method", fault.MethodNotAllowed, func(a *attempt) { a.method = http.MethodDelete }},
	{"host", fault.HostNotAllowed, func(a *attempt) { a.host = "evil.example" }},
	{"origin", fault.OriginNotAllowed, func(a *attempt) { a.origin = "https://evil.example" }},
	{"uri", fault.URITooLong, func(a *attempt) { a.path += "?pad=" + strings.Repeat("x", 8<<10) }},
	{"headers", fault.HeadersTooLarge, func(a *attempt) { a.padHeader = 16 << 10 }},
	{"size", fault.BodyTooLarge, func(a *attempt) { a.body += strings.Repeat(" ", 1<<20) }},
	{"content type", fault.UnsupportedMediaType, func(a *attempt) { a.contentType = "text/plain" }},
	{"accept", fault.NotAcceptable, func(a *attempt) { a.accept = "text/html" }},
	{"no key", fault.MissingAPIKey, func(a *attempt) { a.noKey = true }},
	{"malformed key", fault.InvalidAPIKey, func(a *attempt) { a.malformed = true }},
	{"unknown key", fault.InvalidAPIKey, func(a *attempt) { a.unknown = true }},
	{"revoked", fault.KeyRevoked, func(a *attempt) { a.revoked = true }},
	{"expired", fault.KeyExpired, func(a *attempt) { a.expired = true }},
	{"rate", fault.RateLimited, func(a *attempt) { a.exhausted = true }},
	{"plan", fault.FeatureNotAllowed, func(a *attempt) { a.downgraded = true }},
	{"scope", fault.InsufficientScope, func(a *attempt) { a.readOnly = true }},
	{"syntax", fault.InvalidJSON, func(a *attempt) { a.body = "{" + a.body }},
	{"schema", fault.ValidationFailed, func(a *attempt) { a.body = strings.Replace(a.body, "source", "Source", 1) }},
	{"idempotency key", fault.InvalidRequest, func(a *attempt) { a.idempotency = "has a space" }},
	{"reused", fault.IdempotencyKeyReused, func(a *attempt) { a.reused = true }},
	{"effect", fault.StorageFull, func(a *attempt) { a.full = true }},
}

// together tells that two failures cannot be in one request, or are refused by the library before any handler.
func together(a, b string) bool {
	pair := a + "+" + b
	return pair != "uri+headers" && pair != "idempotency key+reused"
}

func TestTheEarlierFailureWins(t *testing.T) {
	r := newRig(t, nil)
	stranger := newRig(t, nil).fullKey()
	if got := (&attempt{}).send(r, stranger); got.status != http.StatusCreated {
		t.Fatalf("nothing wrong: %d %s", got.status, got.body)
	}
	pairs := 0
	for i, first := range wrong {
		for _, second := range wrong[i:] {
			if !together(first.name, second.name) {
				continue
			}
			a := &attempt{path: "/v1/signals", body: goodSignal}
			first.spoil(a)
			if second.name != first.name {
				second.spoil(a)
			}
			got := a.send(r, stranger)
			if got.code() != first.code || got.status != first.code.Status() {
				t.Errorf("%s and %s: %d %s, want %s", first.name, second.name, got.status, got.body, first.code)
			}
			if first.name != "effect" && a.reached != 0 {
				t.Errorf("%s and %s: the domain was reached", first.name, second.name)
			}
			pairs++
		}
	}
	t.Logf("%d pairs", pairs)
}

// send makes a workspace and a key that fit the attempt, and sends it.
func (a *attempt) send(r *rig, stranger keys.Created) answer {
	r.Helper()
	w := r.workspace(workspaces.Change{})
	q := keys.CreateRequest{Preset: scope.Full}
	if a.readOnly {
		q.Preset = scope.ReadOnly
	}
	if a.expired {
		q.ExpiresAt = r.clock().Add(time.Second)
	}
	k := r.key(w.ID, q)
	defer r.pass(time.Minute) // so that failures of other attempts are not counted together
	a.good()
	if a.reused {
		a.idempotency = "used"
		r.ask(http.MethodPost, "/v1/signals", k.Secret.Reveal(), goodSignal, "Idempotency-Key: used")
		a.body = strings.Replace(a.body, "site", "shop", 1)
	}
	if a.exhausted {
		one := 1
		r.set(w.ID, workspaces.Change{RatePerMinute: &one, Burst: &one})
		r.ask(http.MethodPost, "/v1/accounts/search", k.Secret.Reveal(), `{}`)
	}
	if a.expired {
		r.pass(time.Second)
		defer r.pass(time.Minute)
	}
	if a.revoked {
		r.revoke(k.Key)
	}
	if a.downgraded {
		free := workspaces.Free
		r.set(w.ID, workspaces.Change{Plan: &free})
	}
	r.world.change(func() {
		r.world.err = nil
		if a.full {
			r.world.err = fault.New(fault.StorageFull, "")
		}
	})
	defer r.world.change(func() { r.world.err = nil })
	before := r.world.total()
	got := r.ask(a.method, a.path, a.credential(k, stranger), a.body, a.headers()...)
	a.reached = r.world.total() - before
	return got
}

// good fills in what was left out.
func (a *attempt) good() {
	for at, v := range map[*string]string{
		&a.method: http.MethodPost, &a.path: "/v1/signals", &a.body: goodSignal, &a.contentType: "application/json", &a.host: "localhost", &a.accept: "*/*",
	} {
		if *at == "" {
			*at = v
		}
	}
}

func (a *attempt) credential(k, stranger keys.Created) string {
	text := k.Secret.Reveal()
	switch {
	case a.noKey:
		return ""
	case a.malformed:
		return text[:20] + "x" + text[20:]
	case a.unknown:
		return stranger.Secret.Reveal()
	}
	return text
}

func (a *attempt) headers() []string {
	h := []string{"Host: " + a.host, "Accept: " + a.accept, "Content-Type: " + a.contentType}
	if a.origin != "" {
		h = append(h, "Origin: "+a.origin)
	}
	if a.idempotency != "" {
		h = append(h, "Idempotency-Key: "+a.idempotency)
	}
	if a.padHeader > 0 {
		h = append(h, "X-Pad: "+strings.Repeat("x", a.padHeader))
	}
	return h
}
