package qualify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

const pushKey = "b0b0b0b0"

// counter is a world into which signals come, of types that a test sets.
type counter struct {
	*world
	types   signals.Types
	credits *credits.Service
	signals *signals.Service
	actor   activity.Actor
}

func (c *counter) SignalTypes(context.Context, string) (signals.Types, error) { return c.types, nil }

// typed is the store with the types of a counter.
type typed struct {
	*store.DB
	*counter
}

func (t typed) SignalTypes(ctx context.Context, id string) (signals.Types, error) {
	return t.counter.SignalTypes(ctx, id)
}

func newCounter(t testing.TB, db *store.DB) *counter {
	c := &counter{world: newWorld(t, db, "w"), types: signals.DefaultTypes(), credits: credits.New(db), actor: activity.KeyActor(pushKey, "bot")}
	storetest.MustKey(t, db, c.workspace, pushKey)
	c.signals = signals.New(typed{db, c}).With(c.service, c.credits)
	return c
}

// set changes how signals of a type are taken.
func (c *counter) set(typ string, autoqualify bool, cost int64) {
	terms := c.types[typ]
	terms.Autoqualify, terms.CreditCost = autoqualify, cost
	c.types[typ] = terms
}

func signal(typ string, n int, i wire.Identity) wire.PushSignal {
	return wire.PushSignal{SignalType: typ, Source: "test", EventName: fmt.Sprint(n), OccurredAt: time.Now().Add(-time.Hour).Truncate(time.Hour), Identity: i}
}

func (c *counter) one(t testing.TB, in wire.PushSignal) (wire.Pushed, error) {
	t.Helper()
	out, _, err := c.signals.Push(context.Background(), c.workspace, c.actor, in)
	return out, err
}

func (c *counter) batch(t testing.TB, in ...wire.PushSignal) wire.Batch {
	t.Helper()
	var raw []json.RawMessage
	for _, s := range in {
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		raw = append(raw, text)
	}
	out, err := c.signals.PushBatch(context.Background(), c.workspace, c.actor, wire.PushSignals{Signals: raw})
	if err != nil {
		t.Fatalf("push a batch: %v", err)
	}
	return out
}

func (c *counter) left(t testing.TB) int64 {
	t.Helper()
	b, err := c.credits.Balance(context.Background(), c.workspace, pushKey)
	if err != nil {
		t.Fatal(err)
	}
	return b.Left
}

// leave lets the workspace have so many credits.
func (c *counter) leave(t testing.TB, n int64) {
	t.Helper()
	err := c.db.ChangeCredits(context.Background(), credits.Ref{WorkspaceID: c.workspace}, func(_ context.Context, a *credits.Account) error {
		a.SetBucket(n)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// pause lets nothing be spent beyond the month's bucket.
func (c *counter) pause(t testing.TB) {
	t.Helper()
	_, err := c.db.ChangeSettings(context.Background(), c.workspace, func(now time.Time, _ settings.Kept) (*settings.Change, error) {
		e := activity.New(c.workspace, now, tester, activity.SettingsUpdated, activity.ObjectSettings, "x", nil)
		return &settings.Change{Document: []byte(`{}`), Overage: credits.Pause, Entry: &e}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (c *counter) missing(t testing.TB, email string) {
	t.Helper()
	_, err := search.New(c.db).Record(context.Background(), c.workspace, wire.GetRecord{Email: email})
	if fault.CodeOf(err) != fault.NotFound {
		t.Errorf("what was refused left a lead: %v", err)
	}
}

func (c *counter) charges(t testing.TB) (rows []credits.Entry) {
	t.Helper()
	rows, err := c.db.Ledger(context.Background(), c.workspace, credits.Filter{Kind: credits.Charged})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestAPushQualifiesWhatItMatched: with the signal itself counted, in the answer, with the record and with the signal.
func TestAPushQualifiesWhatItMatched(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		c := newCounter(t, db)
		c.set("reply", true, 0)
		acme := c.mustAccount(t, wire.Account{Domain: "acme.de", CountryCode: "DE", Industry: "software"})
		boss := c.mustLead(t, wire.Lead{WorkEmail: "boss@acme.de", CompanyDomain: "acme.de", Title: "CTO"})
		in := signal("reply", 1, wire.Identity{Email: "boss@acme.de"})
		want := &wire.Qualification{ICPCode: "eu", ICPScore: number(63), PersonaCode: "cto", PersonaScore: number(75)}
		for _, duplicate := range []bool{false, true} {
			got, err := c.one(t, in)
			if err != nil || got.Duplicate != duplicate || *got.MatchedRecordID != boss {
				t.Fatalf("%+v, %v", got, err)
			}
			if d := cmp.Diff(want, got.Qualification); d != "" {
				t.Errorf("duplicate %t (-want +got):\n%s", duplicate, d)
			}
		}
		if a := c.record(t, acme).Account; a.ICPCode != "eu" {
			t.Errorf("the account was not qualified: %+v", a)
		}
		r := c.record(t, boss)
		if d := cmp.Diff(want, r.RecentSignals[0].Qualification); d != "" || r.Lead.PersonaCode != "cto" {
			t.Errorf("the lead is %+v, its signal (-want +got):\n%s", r.Lead, d)
		}
		if got, err := c.one(t, signal("release", 1, wire.Identity{Email: "boss@acme.de"})); err != nil || got.Qualification != nil {
			t.Errorf("a type without autoqualify: %+v, %v", got, err)
		}
		if got, err := c.one(t, signal("reply", 1, wire.Identity{Email: "new@far.us", CompanyDomain: "far.us"})); err != nil || !cmp.Equal(got.Qualification, &wire.Qualification{}) {
			t.Errorf("what fits nothing: %+v, %v", got, err)
		}
	})
}

func TestABatchQualifiesWhatItMatched(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		c := newCounter(t, db)
		c.set("hiring", true, 0)
		acme := c.mustAccount(t, wire.Account{Domain: "acme.de", CountryCode: "DE"})
		other := c.mustAccount(t, wire.Account{Domain: "other.de", CountryCode: "DE"})
		c.batch(t, signal("hiring", 1, wire.Identity{CompanyDomain: "acme.de"}), signal("release", 1, wire.Identity{CompanyDomain: "other.de"}))
		if a := c.record(t, acme).Account; a.ICPCode != "eu" || *a.ICPScore != 38 {
			t.Errorf("%+v", a)
		}
		if a := c.record(t, other).Account; a.ICPCode != "" {
			t.Errorf("qualified without being asked: %+v", a)
		}
	})
}

func TestCapturesAreChargedOnce(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		c := newCounter(t, db)
		c.set("reply", false, 2)
		c.leave(t, 5)
		in := signal("reply", 1, wire.Identity{Email: "boss@acme.de"})
		for range 2 {
			if _, err := c.one(t, in); err != nil || c.left(t) != 3 {
				t.Fatalf("%d left, %v", c.left(t), err)
			}
		}
		if rows := c.charges(t); len(rows) != 1 || rows[0].Field != "reply" || rows[0].Tool != "push_signal" || rows[0].KeyID != pushKey || rows[0].Amount != -2 || rows[0].RecordID == "" {
			t.Errorf("ledger %+v", rows)
		}
		c.leave(t, 1)
		_, err := c.one(t, signal("reply", 2, wire.Identity{Email: "stranger@acme.de"}))
		if fault.CodeOf(err) != fault.CreditsExhausted {
			t.Errorf("without credits: %v", err)
		}
		c.missing(t, "stranger@acme.de")
		if got, err := c.one(t, in); err != nil || !got.Duplicate {
			t.Errorf("what is there already: %+v, %v", got, err)
		}
		if _, err := c.one(t, signal("release", 1, wire.Identity{Email: "boss@acme.de"})); err != nil {
			t.Errorf("a type that costs nothing: %v", err)
		}
	})
}

// TestABatchTakesWhatCanBePaidFor rejects the others, each in its turn, and charges what it took.
func TestABatchTakesWhatCanBePaidFor(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		c := newCounter(t, db)
		c.set("reply", false, 3)
		c.set("form_fill", false, 1)
		me := wire.Identity{Email: "boss@acme.de"}
		c.batch(t, signal("reply", 1, me))
		c.leave(t, 4)
		out := c.batch(t, signal("reply", 1, me), signal("reply", 2, me), signal("reply", 2, me), signal("reply", 3, wire.Identity{Email: "stranger@acme.de"}),
			signal("form_fill", 1, me), signal("form_fill", 2, me), signal("release", 1, me))
		var got []string
		for _, r := range out.Results {
			if got = append(got, string(r.Status)); r.Status == wire.Rejected && r.Error.Code != fault.CreditsExhausted {
				t.Errorf("%+v", r.Error)
			}
		}
		want := []string{"duplicate", "created", "duplicate", "rejected", "created", "rejected", "created"}
		if !slices.Equal(got, want) || c.left(t) != 0 || len(c.charges(t)) != 3 {
			t.Errorf("%v, %d left, %d charges", got, c.left(t), len(c.charges(t)))
		}
		c.missing(t, "stranger@acme.de")
	})
}

func TestPauseStopsCaptures(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		c := newCounter(t, db)
		c.set("reply", false, 1)
		c.leave(t, 0)
		if _, err := c.credits.TopUp(context.Background(), tester, c.workspace, 10); err != nil {
			t.Fatal(err)
		}
		if _, err := c.one(t, signal("reply", 1, wire.Identity{Email: "boss@acme.de"})); err != nil {
			t.Fatalf("top-ups are spent: %v", err)
		}
		c.pause(t)
		if _, err := c.one(t, signal("reply", 2, wire.Identity{Email: "boss@acme.de"})); fault.CodeOf(err) != fault.CreditsExhausted {
			t.Errorf("paused: %v", err)
		}
	})
}

// TestWhatHappensNowCounts pushes a signal of the time of its own transaction, as a sign-up does, and one dated ahead.
func TestWhatHappensNowCounts(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		c := newCounter(t, db)
		c.set("hiring", true, 0)
		c.mustAccount(t, wire.Account{Domain: "acme.de", CountryCode: "DE"})
		c.mustAccount(t, wire.Account{Domain: "later.de", CountryCode: "DE"})
		score := func(domain string, at func(now time.Time) time.Time) (out int64) {
			err := db.InTx(context.Background(), func(ctx context.Context, now time.Time) error {
				in := signal("hiring", 1, wire.Identity{CompanyDomain: domain})
				in.OccurredAt = at(now)
				got, _, err := c.signals.Push(ctx, c.workspace, c.actor, in)
				if err == nil && got.Qualification != nil && got.Qualification.ICPScore != nil {
					out = *got.Qualification.ICPScore
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		if got := score("acme.de", func(now time.Time) time.Time { return now }); got != 38 {
			t.Errorf("a signal of this very moment: score %d, want that of hiring, 38", got)
		}
		if got := score("later.de", func(now time.Time) time.Time { return now.Add(time.Hour) }); got != 0 {
			t.Errorf("a signal dated ahead: score %d, want 0", got)
		}
	})
}
