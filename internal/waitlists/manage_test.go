package waitlists_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/waitlists"
	"github.com/unstuckengine/unstuck/internal/wire"
)

func (w *world) archive(t *testing.T, id string, archived bool) {
	t.Helper()
	if _, err := w.Update(t.Context(), w.ws, ann, id, waitlists.Change{Archived: &archived}); err != nil {
		t.Fatal(err)
	}
}

// TestWaitlistsAreChanged and every change is logged with what was before; one that changes nothing is not.
func TestWaitlistsAreChanged(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, "changed")
		if w.list.ReferralBoost != 5 || w.list.Archived() || len(w.list.ID) != 39 || w.list.ID[:3] != "wl_" {
			t.Errorf("a new one is %+v", w.list)
		}
		name, boost, yes := "Later", 100, true
		got, err := w.Update(t.Context(), w.ws, ann, w.list.ID, waitlists.Change{Name: &name, ReferralBoost: &boost, Archived: &yes})
		if err != nil || got.Name != name || got.ReferralBoost != 100 || !got.Archived() {
			t.Fatalf("%+v, %v", got, err)
		}
		if _, err := w.Update(t.Context(), w.ws, ann, w.list.ID, waitlists.Change{Name: &name, Archived: &yes}); err != nil {
			t.Fatal(err)
		}
		list, err := db.Workspace(w.ws).Activity(t.Context(), activity.Filter{Action: activity.WaitlistUpdated})
		if err != nil || len(list) != 1 {
			t.Fatalf("%d changes are logged, %v", len(list), err)
		}
		want := map[string]string{"name": "Later", "name_before": "Launch", "referral_boost": "100", "referral_boost_before": "5", "archived": "true", "archived_before": "false"}
		if d := cmp.Diff(want, list[0].Detail); d != "" || list[0].Words() != "changed waitlist "+w.list.ID+": archived, name, referral boost" {
			t.Error(list[0].Words(), d)
		}
		all, err := w.List(t.Context(), w.ws)
		if d := cmp.Diff([]waitlists.Waitlist{got}, all); d != "" || err != nil {
			t.Error(err, d)
		}
	})
}

// TestBadWaitlistsAreRefused with the field named, and nothing kept.
func TestBadWaitlistsAreRefused(t *testing.T) {
	w := newWorld(t, open(t, store.Config{DataDir: t.TempDir()}), "bad")
	for name, boost := range map[string]int{"": 5, " ": 5, "a\nb": 5, "high": 101, "low": -1} {
		field := "name"
		if len(name) > 2 && name != "a\nb" {
			field = "referral_boost"
		}
		_, err := w.Create(t.Context(), w.ws, ann, name, boost)
		wantField(t, fmt.Sprintf("%q %d", name, boost), err, field)
		_, err = w.Update(t.Context(), w.ws, ann, w.list.ID, waitlists.Change{Name: &name, ReferralBoost: &boost})
		wantField(t, fmt.Sprintf("to %q %d", name, boost), err, field)
	}
	_, err := w.Update(t.Context(), w.ws, ann, "wl_none", waitlists.Change{})
	wantCode(t, "an unknown one", err, fault.NotFound)
	all, err := w.List(t.Context(), w.ws)
	if d := cmp.Diff([]waitlists.Waitlist{w.list}, all); d != "" || err != nil {
		t.Error(err, d)
	}
}

// TestPages give every place once, also of what is looked for, whose places stay those of the whole line.
func TestPages(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, "pages")
		var codes []string
		for i := range 7 {
			codes = append(codes, w.join(t, fmt.Sprintf("p_%d@acme.com", i), "").ReferralCode)
		}
		w.join(t, "pxq@acme.com", codes[6])
		read := func(page, limit int, q string) wire.Subscribers {
			out, err := w.Subscribers(t.Context(), w.ws, wire.ListSubscribers{ID: w.list.ID, Page: &page, Limit: &limit, Query: q})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		seen := 0
		for page := 1; page <= 4; page++ {
			out := read(page, 3, "")
			for i, s := range out.Items {
				if seen++; s.Position != (page-1)*3+i+1 {
					t.Errorf("page %d: %+v", page, s)
				}
			}
			if out.Total != 8 || out.Page != page || out.Limit != 3 {
				t.Errorf("page %d says %d %d %d", page, out.Total, out.Page, out.Limit)
			}
		}
		if seen != 8 || read(1, 1, "").Items[0].Email != "p_6@acme.com" {
			t.Errorf("%d seen", seen)
		}
		for q, want := range map[string][]int{"P_": {1, 2, 3, 4, 5, 6, 7}, "pxq": {8}, "%": nil, `\`: nil, codes[0]: {2}, "000000x": nil, "acme.com ": {1, 2, 3, 4, 5, 6, 7, 8}} {
			out := read(1, 25, q)
			var got []int
			for _, s := range out.Items {
				got = append(got, s.Position)
			}
			if d := cmp.Diff(want, got); d != "" || out.Total != len(want) {
				t.Errorf("%q: %d, %s", q, out.Total, d)
			}
		}
	})
}

// TestRemovalTakesItsTraces: the referrer's credit, the referrals of others to it, and answers kept for replay.
func TestRemovalTakesItsTraces(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, "removed")
		ada := w.join(t, "ada@acme.com", "")
		bob := w.join(t, "bob@acme.com", ada.ReferralCode)
		w.join(t, "cat@acme.com", bob.ReferralCode)
		body := func(id string) store.Reply {
			return store.Reply{Status: 201, ContentType: "application/json", Body: []byte(`{"id":"` + id + `"}`)}
		}
		for _, s := range []wire.Subscriber{ada, bob} {
			if _, _, err := db.Idempotent(t.Context(), w.ws, s.Email, []byte("h"), replyWith(body(s.ID))); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Remove(t.Context(), w.ws, ann, w.list.ID, bob.ID); err != nil {
			t.Fatal(err)
		}
		wantCode(t, "once more", w.Remove(t.Context(), w.ws, ann, w.list.ID, bob.ID), fault.NotFound)
		line := w.all(t)
		if len(line) != 2 || line[0].Email != "ada@acme.com" || line[0].ReferralCount != 0 || line[0].Priority != 0 || line[1].ReferredBy != "" {
			t.Errorf("%+v", line)
		}
		for email, kept := range map[string]bool{ada.Email: true, bob.Email: false} {
			_, replayed, err := db.Idempotent(t.Context(), w.ws, email, []byte("h"), replyWith(store.Reply{Status: 200}))
			if err != nil || replayed != kept {
				t.Errorf("the answer to %s is kept: %t, %v", email, replayed, err)
			}
		}
		if n := w.logged(t)[activity.SubscriberRemoved]; n != 1 {
			t.Errorf("%d removals are logged", n)
		}
	})
}

func replyWith(r store.Reply) func(context.Context) (store.Reply, error) {
	return func(context.Context) (store.Reply, error) { return r, nil }
}

// TestReadingEndsWithTheReadersError.
func TestReadingEndsWithTheReadersError(t *testing.T) {
	w := newWorld(t, open(t, store.Config{DataDir: t.TempDir()}), "ends")
	w.join(t, "ada@acme.com", "")
	w.join(t, "bob@acme.com", "")
	broken, n := errors.New("broken"), 0
	_, err := w.Each(t.Context(), w.ws, w.list.ID, waitlists.Query{}, func(waitlists.Subscriber) error { n++; return broken })
	if !errors.Is(err, broken) || n != 1 {
		t.Error(n, err)
	}
	_, err = w.Each(t.Context(), w.ws, "wl_none", waitlists.Query{}, nil)
	wantCode(t, "an unknown one", err, fault.NotFound)
}
