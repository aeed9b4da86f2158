package audiences_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/records"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// small is a workspace with two companies, a person at the first one, and one audience.
type small struct {
	*world
	a, b, lead string
	audience   audiences.Audience
}

func newSmall(t *testing.T, c store.Config, over filter.Kind, tree string) *small {
	w := newWorld(t, c)
	accounts := storetest.MustAccounts(t, w.db, w.id, wire.Account{Domain: "a.com"}, wire.Account{Domain: "b.com"})
	leads := storetest.MustLeads(t, w.db, w.id, wire.Lead{Handle: "x:ann", CompanyDomain: "a.com", Title: "Engineer"})
	s := &small{w, accounts[0].ID, accounts[1].ID, leads[0].ID, audiences.Audience{ID: newID(), Name: "one", Over: over, Filter: json.RawMessage(tree), Revision: 1, CreatedAt: w.state.Now, UpdatedAt: w.state.Now}}
	if err := w.db.AddAudience(ctx, w.id, s.audience); err != nil {
		t.Fatal(err)
	}
	return s
}

// expect settles and compares who is in the audience.
func (s *small) expect(what string, ids ...string) {
	s.Helper()
	s.settle()
	slices.Sort(ids)
	if got := s.members(s.audience); !slices.Equal(got, ids) {
		s.Fatalf("%s: members %v, want %v", what, got, ids)
	}
	s.check()
}

func (s *small) signal(at time.Time, who wire.Identity) {
	s.Helper()
	g := signals.Signal{ExternalID: newID(), Type: "hiring", Source: "x", OccurredAt: at, Identity: who}
	if _, err := s.db.CaptureSignals(ctx, s.id, []signals.Signal{g}); err != nil {
		s.Fatal(err)
	}
}

// TestBothEndsOfAChangeAreLookedAt moves what connects records: those that lose it change as well as those that gain it.
func TestBothEndsOfAChangeAreLookedAt(t *testing.T) {
	onBothEngines(t, func(t *testing.T, c store.Config) {
		s := newSmall(t, c, filter.Accounts, `{"leads":{"min":1}}`)
		s.expect("at first", s.a)
		storetest.MustLeads(t, s.db, s.id, wire.Lead{Handle: "x:ann", CompanyDomain: "b.com"})
		s.expect("the lead moved", s.b)
		if _, _, err := s.db.Erase(ctx, s.id, records.Ref{Kind: filter.Leads, ID: s.lead}); err != nil {
			t.Fatal(err)
		}
		s.expect("the lead was erased")
		if n := len(s.heard.events); n != 4 {
			t.Errorf("heard of %d events, want 4: %v", n, s.heard.events)
		}
	})
}

// TestRecordsFarAwayAreReached changes an account that a lead's signals lead to.
func TestRecordsFarAwayAreReached(t *testing.T) {
	onBothEngines(t, func(t *testing.T, c store.Config) {
		s := newSmall(t, c, filter.Accounts, `{"leads":{"where":{"signals":{"where":{"account":{"field":"country_code","op":"eq","value":"DE"}}}}}}`)
		s.signal(s.state.Now, wire.Identity{Handle: "x:ann", CompanyDomain: "b.com"})
		s.expect("a signal at the other company")
		storetest.MustAccounts(t, s.db, s.id, wire.Account{Domain: "b.com", CountryCode: "DE"})
		s.expect("the other company changed", s.a)
		if _, _, err := s.db.Erase(ctx, s.id, records.Ref{Kind: filter.Accounts, ID: s.b}); err != nil {
			t.Fatal(err)
		}
		s.expect("the other company was erased")
	})
}

// TestWindowsMoveToTheMicrosecond lets a signal enter and leave a window without a write.
func TestWindowsMoveToTheMicrosecond(t *testing.T) {
	onBothEngines(t, func(t *testing.T, c store.Config) {
		s := newSmall(t, c, filter.Leads, `{"account":{"signals":{"last_days":7}}}`)
		at := s.state.Now.Add(time.Hour)
		s.signal(at, wire.Identity{CompanyDomain: "a.com"})
		s.expect("before it occurs")
		for _, step := range []struct {
			what string
			now  time.Time
			ids  []string
		}{
			{"as it occurs", at, nil},
			{"a microsecond later", at.Add(time.Microsecond), []string{s.lead}},
			{"at the window's end", at.Add(7 * 24 * time.Hour), []string{s.lead}},
			{"a microsecond after", at.Add(7*24*time.Hour + time.Microsecond), nil},
			{"a clock that went back", at.Add(time.Hour), nil},
		} {
			s.state.Now = step.now
			s.expect(step.what, step.ids...)
		}
	})
}
