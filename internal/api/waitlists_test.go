package api_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// queueing is the part of the world that keeps waitlists: one of 40.
type queueing struct{ *world }

func (w *world) Waitlists() *queueing { return &queueing{w} }

func (q *queueing) Subscribers(_ context.Context, _ string, in wire.ListSubscribers) (wire.Subscribers, error) {
	out := wire.Subscribers{Items: []wire.Subscriber{}, Total: 40, Page: in.Number(), Limit: in.Size()}
	for at := (in.Number()-1)*in.Size() + 1; at <= min(in.Number()*in.Size(), 40); at++ {
		out.Items = append(out.Items, wire.Subscriber{ID: fmt.Sprint("s", at), Position: at})
	}
	return out, q.visit("subscribers", in)
}

func (q *queueing) Admit(_ context.Context, _ string, in wire.CreateSubscriber) error {
	return q.visit("admit", in)
}

func (q *queueing) Add(_ context.Context, _ string, actor activity.Actor, in wire.CreateSubscriber) (wire.Subscriber, error) {
	return wire.Subscriber{ID: "s1 by " + actor.Name, Email: in.Email, Position: q.total()}, q.visit("add", in)
}

func TestWaitlists(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	got := r.ask("GET", "/v1/waitlists/wl_1/subscribers?page=2&limit=30&q=acme", key, "")
	two, thirty := 2, 30
	if d := cmp.Diff(wire.ListSubscribers{ID: "wl_1", Page: &two, Limit: &thirty, Query: "acme"}, r.world.input()); d != "" || got.status != 200 ||
		!strings.Contains(got.body, `"total":40,"page":2,"limit":30`) || !strings.Contains(got.body, `"position":31`) {
		t.Error(got.status, got.body, d)
	}
	got = r.ask("POST", "/v1/waitlists/wl_1/subscribers", key, `{"email":"ada@acme.com","ip":"203.0.113.7"}`)
	if d := cmp.Diff(wire.CreateSubscriber{ID: "wl_1", Email: "ada@acme.com", IP: "203.0.113.7"}, r.world.input()); d != "" || got.status != 201 {
		t.Error(got.status, got.body, d)
	}
	for query, field := range map[string]string{"page=0": "page", "limit=201": "limit", "limit=0": "limit", "page=x": "page", "cursor=x": "cursor"} {
		if got := r.ask("GET", "/v1/waitlists/wl_1/subscribers?"+query, key, ""); got.status != 422 || got.fields() != field {
			t.Errorf("%s: %d %s", query, got.status, got.body)
		}
	}
	for body, fields := range map[string]string{
		`{}`: "email", `{"email":"a@b.com","referral_code":"O12345"}`: "referral_code", `{"email":"a@b.com","ip":"host"}`: "ip", `{"email":"a@b.com","page":1}`: "page",
	} {
		if got := r.ask("POST", "/v1/waitlists/wl_1/subscribers", key, body); got.status != 422 || got.fields() != fields {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
}

// TestAPageThatIsTooLongIsASmallerOne which begins at the same place and says its number.
func TestAPageThatIsTooLongIsASmallerOne(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	got := r.ask("GET", "/v1/waitlists/wl_1/subscribers?page=3&limit=15", key, "", "Prefer: max_chars=1000")
	if got.status != 200 || len(got.body) > 1000 || !strings.Contains(got.body, `"page":7,"limit":5`) || !strings.Contains(got.body, `"items":[{"id":"s31"`) {
		t.Error(got.status, got.body)
	}
}

// TestASignUpIsAdmittedOnceForItsIdempotencyKey: a replay asks nobody again.
func TestASignUpIsAdmittedOnceForItsIdempotencyKey(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	body, header := `{"email":"ada@acme.com"}`, "Idempotency-Key: k"
	r.world.change(func() { r.world.err = fault.Invalid("email", "is lost") })
	if got := r.ask("POST", "/v1/waitlists/wl_1/subscribers", key, body, header); got.status != 422 {
		t.Error(got.status, got.body)
	}
	r.world.change(func() { r.world.err = nil })
	first, again := r.ask("POST", "/v1/waitlists/wl_1/subscribers", key, body, header), r.ask("POST", "/v1/waitlists/wl_1/subscribers", key, body, header)
	if first.status != 201 || again.status != 201 || first.body != again.body || again.header.Get("Idempotent-Replayed") != "true" {
		t.Error(first.status, first.body, again.status, again.body)
	}
	if r.world.calls["admit"] != 2 || r.world.calls["add"] != 1 {
		t.Error(r.world.calls)
	}
	if got := r.ask("POST", "/v1/waitlists/wl_1/subscribers", key, `{"email":"bob@acme.com"}`, header); got.code() != fault.IdempotencyKeyReused || r.world.calls["admit"] != 2 {
		t.Error(got.status, got.body, r.world.calls)
	}
}
