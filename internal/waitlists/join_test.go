package waitlists_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// TestASignUpFeedsItsLead: the person becomes a lead, the signal tells from where, and each change is logged once.
func TestASignUpFeedsItsLead(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, "feeds")
		one := w.join(t, "Ada@Acme.com ", "")
		want := wire.Subscriber{ID: one.ID, Email: "ada@acme.com", JoinedAt: one.JoinedAt, Position: 1, ReferralCode: one.ReferralCode}
		if d := cmp.Diff(want, one); d != "" {
			t.Error(d)
		}
		two := w.join(t, "bob@gmail.com", strings.ToLower(one.ReferralCode))
		if two.Position != 2 {
			t.Errorf("the second is %+v", two)
		}
		again := w.join(t, "ada@acme.com", two.ReferralCode)
		if again.ID != one.ID || again.ReferralCode != one.ReferralCode || again.ReferralCount != 1 || again.Priority != 5 || !again.JoinedAt.Equal(one.JoinedAt) {
			t.Errorf("again: %+v, was %+v", again, one)
		}
		found := search.New(db)
		defer found.Close()
		lead, err := found.Record(t.Context(), w.ws, wire.GetRecord{Email: "bob@gmail.com"})
		if err != nil {
			t.Fatal(err)
		}
		page, err := found.Signals(t.Context(), w.ws, wire.ListSignals{Lead: []string{lead.Lead.ID}})
		if err != nil || len(page.Items) != 1 {
			t.Fatalf("%d signals, %v", len(page.Items), err)
		}
		s := page.Items[0]
		var about map[string]any
		if err := json.Unmarshal(s.Context, &about); err != nil {
			t.Fatal(err)
		}
		if s.SignalType != "waitlist_signup" || s.Source != "waitlist" || s.ExternalID != two.ID || !s.OccurredAt.Equal(two.JoinedAt) || s.Identity.Email != "bob@gmail.com" {
			t.Errorf("the signal is %+v", s)
		}
		if d := cmp.Diff(map[string]any{"waitlist": "Launch", "waitlist_id": w.list.ID, "referred": true}, about); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff(map[activity.Action]int{activity.WorkspaceCreated: 1, activity.WaitlistCreated: 1, activity.SubscriberAdded: 2, activity.SignalsPushed: 2}, w.logged(t)); d != "" {
			t.Error(d)
		}
	})
}

// TestASignUpNeedsNoSignal where the workspace disabled the type.
func TestASignUpNeedsNoSignal(t *testing.T) {
	w := newWorld(t, open(t, store.Config{DataDir: t.TempDir()}), "quiet")
	_, err := settings.New(w.db, nil).Update(t.Context(), w.ws, ann, wire.UpdateSettings{SignalTypes: json.RawMessage(`{"waitlist_signup":{"enabled":false}}`)})
	if err != nil {
		t.Fatal(err)
	}
	w.join(t, "ada@acme.com", "")
	if got := w.logged(t); len(w.all(t)) != 1 || got[activity.SubscriberAdded] != 1 || got[activity.SignalsPushed] != 0 {
		t.Error(got)
	}
}

// TestWhoMayNotJoin names the field, or says when to come again; a code that nobody has is no reason.
func TestWhoMayNotJoin(t *testing.T) {
	w := newWorld(t, open(t, store.Config{DataDir: t.TempDir()}), "refused")
	try := func(email string) error {
		_, err := w.Join(t.Context(), w.ws, ann, wire.CreateSubscriber{ID: w.list.ID, Email: email, ReferralCode: "000000"})
		return err
	}
	for _, email := range []string{"ada", "ada@", "Ada <ada@acme.com>", "ada@nowhere.com", "ada@mailinator.com", "ada@deep.mailinator.com"} {
		wantField(t, email, try(email), "email")
	}
	for _, email := range []string{"ada@acme.com", "ada@unreachable.test", "ada@yahoo.com"} { // the last is a mailbox provider's, which needs no DNS
		if err := try(email); err != nil {
			t.Errorf("%s: %v", email, err)
		}
	}
	if line := w.all(t); len(line) != 3 {
		t.Errorf("%+v", line)
	}
}

// TestWaitlistsThatAreNotThere are all alike: unknown, archived, and another workspace's.
func TestWaitlistsThatAreNotThere(t *testing.T) {
	w := newWorld(t, open(t, store.Config{DataDir: t.TempDir()}), "mine")
	other := storetest.MustWorkspace(t, w.db, "other").ID
	closed, err := w.Create(t.Context(), w.ws, ann, "Closed", 7)
	if err != nil {
		t.Fatal(err)
	}
	w.archive(t, closed.ID, true)
	for what, at := range map[string][2]string{"unknown": {w.ws, "wl_none"}, "archived": {w.ws, closed.ID}, "foreign": {other, w.list.ID}} {
		in := wire.CreateSubscriber{ID: at[1], Email: "ada@acme.com"}
		_, err := w.Subscribers(t.Context(), at[0], wire.ListSubscribers{ID: at[1]})
		wantCode(t, what+" is read", err, fault.NotFound)
		wantCode(t, what+" admits", w.Admit(t.Context(), at[0], in), fault.NotFound)
		_, err = w.Add(t.Context(), at[0], ann, in)
		wantCode(t, what+" adds", err, fault.NotFound)
	}
	w.archive(t, closed.ID, false)
	if _, err := w.Join(t.Context(), w.ws, ann, wire.CreateSubscriber{ID: closed.ID, Email: "ada@acme.com"}); err != nil {
		t.Errorf("restored: %v", err)
	}
}

// TestTriesAreCounted by the visitor's address and by the email, whatever becomes of them, on the store's own limiter.
func TestTriesAreCounted(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, "tries")
		w.Throttle = db.Throttle
		try := func(email, ip string) error {
			return w.Admit(t.Context(), w.ws, wire.CreateSubscriber{ID: w.list.ID, Email: email, IP: ip})
		}
		for i := range 6 {
			err := try("ada@acme.com", "")
			if e := fault.From(err); i < 5 && err != nil || i == 5 && (e.Code != fault.RateLimited || e.RetryAfter < 11*time.Minute || e.RetryAfter > 12*time.Minute) {
				t.Fatalf("try %d: %+v", i+1, err)
			}
		}
		refused := 0
		for range 600 { // more than a slow machine is allowed while they come
			if fault.CodeOf(try("bob@nowhere.com", "2001:db8::1")) == fault.RateLimited {
				refused++
			}
		}
		if err := try("cat@acme.com", "2001:db8::ffff"); refused == 0 {
			t.Errorf("a neighbour in the network: %v", err)
		}
		if err := try("cat@acme.com", "203.0.113.7"); err != nil {
			t.Errorf("another visitor: %v", err)
		}
	})
}

// TestNothingIsHalfKept when the transaction around a sign-up fails.
func TestNothingIsHalfKept(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, "half")
		code := w.join(t, "ada@acme.com", "").ReferralCode
		before := w.logged(t)
		err := db.InTx(t.Context(), func(ctx context.Context, _ time.Time) error {
			if _, err := w.Add(ctx, w.ws, ann, wire.CreateSubscriber{ID: w.list.ID, Email: "bob@acme.com", ReferralCode: code}); err != nil {
				return err
			}
			return fault.New(fault.Conflict, "no")
		})
		wantCode(t, "the transaction", err, fault.Conflict)
		if line := w.all(t); len(line) != 1 || line[0].ReferralCount != 0 || cmp.Diff(before, w.logged(t)) != "" {
			t.Errorf("%+v", line)
		}
	})
}

// TestOneRequestIsAdmittedOnce however often it is sent at once under one idempotency key, so that five tries of an hour are not spent on it.
func TestOneRequestIsAdmittedOnce(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, "keyed")
		in := wire.CreateSubscriber{ID: w.list.ID, Email: "ada@acme.com"}
		var admitted, others atomic.Int64
		var group sync.WaitGroup
		for range 16 {
			group.Go(func() {
				_, replayed, err := db.IdempotentOutside(context.Background(), w.ws, "key", []byte("hash"), func(ctx context.Context) error {
					admitted.Add(1)
					return w.Admit(ctx, w.ws, in)
				}, func(ctx context.Context) (store.Reply, error) {
					one, err := w.Add(ctx, w.ws, ann, in)
					return store.Reply{Status: 201, ContentType: "text/plain", Body: []byte(one.ID)}, err
				})
				switch {
				case replayed, fault.CodeOf(err) == fault.IdempotencyInFlight: // which a rival is told who waited for two seconds
					others.Add(1)
				case err != nil:
					t.Error(err)
				}
			})
		}
		group.Wait()
		if admitted.Load() != 1 || others.Load() != 15 || len(w.all(t)) != 1 {
			t.Errorf("admitted %d times, %d others, %d wait", admitted.Load(), others.Load(), len(w.all(t)))
		}
		refused := func(context.Context) error { return fault.Invalid("email", "is lost") }
		for range 2 { // a refusal gives the key back
			_, _, err := db.IdempotentOutside(t.Context(), w.ws, "other", []byte("hash"), refused, nil)
			wantField(t, "refused", err, "email")
		}
	})
}
