package audiences_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/records"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// stream writes as callers do, at random: mostly signals, and between them whatever else changes records, audiences and time.
type stream struct {
	*world
	drawing
	domains, handles []string
	accounts, leads  []string // ids that were seen
	sent             []signals.Signal
	saved            []string
	pushed           int
	refused          int // as another process held the store
	levels           int // of conditions within each other
}

func newStream(w *world, seed uint64, lines, many int) *stream {
	s := &stream{world: w, drawing: drawing{rand.New(rand.NewPCG(seed, 7))}, levels: 3}
	if *streamed > 5000 { // what looks from each signal of a busy company at all signals of its people costs their product
		s.levels = 2
	}
	s.domains, s.handles = w.load(lines)
	for range many {
		s.save(newID())
	}
	return s
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// next does one thing.
func (s *stream) next() {
	s.Helper()
	switch n := s.IntN(100); {
	case n < 70:
		s.push(1 + s.IntN(8+*streamed/400)) // as large streams come in larger parts
	case n < 78:
		s.enrichAccount()
	case n < 88:
		s.enrichLead()
	case n < 90:
		s.erase()
	case n < 92:
		s.resave()
	default:
		s.pass()
	}
}

func (s *stream) push(n int) {
	s.Helper()
	batch := make([]signals.Signal, n)
	for i := range batch {
		batch[i] = s.signal()
	}
	var out []signals.Captured
	s.insist("push", func() (err error) { out, err = s.db.CaptureSignals(ctx, s.id, batch); return err })
	for _, c := range out {
		if c.Match.AccountID != "" {
			s.accounts = append(s.accounts, c.Match.AccountID)
		}
		if c.Match.LeadID != "" {
			s.leads = append(s.leads, c.Match.LeadID)
		}
	}
	s.pushed += n
}

// signal is new, or one that was sent before; past or yet to come; of a company, a person, both or a stranger.
func (s *stream) signal() signals.Signal {
	if len(s.sent) > 0 && s.IntN(12) == 0 {
		return s.sent[s.IntN(len(s.sent))]
	}
	g := signals.Signal{Type: s.of(signalTypes...), Source: s.of("site", "list", "crm"), OccurredAt: s.moment()}
	if s.IntN(3) > 0 {
		g.ExternalID = newID()
	}
	g.Context = json.RawMessage(fmt.Sprintf(`{"page":"/p%d"}`, s.IntN(4)))
	hot := s.IntN(3) > 0 // some companies have many signals
	company := func() string {
		if hot {
			return s.domains[s.IntN(min(40, len(s.domains)))]
		}
		return s.domains[s.IntN(len(s.domains))]
	}
	switch s.IntN(6) {
	case 0, 1:
		g.Identity.CompanyDomain = company()
	case 2:
		g.Identity.Handle = s.handles[s.IntN(len(s.handles))]
	case 3:
		g.Identity.Email, g.Identity.CompanyDomain = fmt.Sprintf("p%d@%s", s.IntN(5), company()), company()
	case 4:
		g.Identity.Email = fmt.Sprintf("p%d@gmail.com", s.IntN(200))
	default:
		g.Identity.CompanyDomain, g.Identity.Handle = fmt.Sprintf("new%d.com", s.IntN(1000)), s.handles[s.IntN(len(s.handles))]
	}
	s.sent = append(s.sent, g)
	return g
}

// moment lies within the last 200 days or the next 20, now and then exactly at a bound of some window.
func (s *stream) moment() time.Time {
	switch s.IntN(8) {
	case 0:
		return s.state.Now.Add(time.Duration(s.Int64N(int64(20 * 24 * time.Hour)))).Truncate(time.Microsecond)
	case 1:
		return s.state.Now.AddDate(0, 0, -[]int{0, 1, 7, 14, 30, 90, 180}[s.IntN(7)])
	}
	return s.state.Now.Add(-time.Duration(s.ExpFloat64() * float64(20*24*time.Hour))).Truncate(time.Microsecond)
}

func (s *stream) enrichAccount() {
	s.Helper()
	n := int64(s.IntN(101))
	a := wire.Account{Domain: s.domains[s.IntN(len(s.domains))], CountryCode: s.of("US", "DE", "JP"), Tags: []string{s.of("public-company", "t1", "t2"), s.of("t3", "t4")}, ICPScore: &n,
		Custom: json.RawMessage(`{"tier":"` + s.of("gold", "silver") + `"}`), Description: s.of("The company makes open source", "Real estate", "Nothing")}
	s.insist("merge an account", func() error { _, err := s.db.MergeAccounts(ctx, s.id, []wire.Account{a}); return err })
}

// enrichLead also moves leads from one company to another.
func (s *stream) enrichLead() {
	s.Helper()
	n := int64(s.IntN(101))
	l := wire.Lead{Handle: s.handles[s.IntN(len(s.handles))], Title: s.of("Engineer", "Sales Manager", "Maintainer"), ICPScore: &n, CountryCode: s.of("US", "DE", "CN")}
	if s.IntN(3) == 0 {
		l.CompanyDomain = s.domains[s.IntN(len(s.domains))]
	}
	s.insist("merge a lead", func() error { _, err := s.db.MergeLeads(ctx, s.id, []wire.Lead{l}); return err })
}

func (s *stream) erase() {
	s.Helper()
	ref := records.Ref{Kind: filter.Accounts}
	list := &s.accounts
	if s.IntN(2) == 0 {
		ref.Kind, list = filter.Leads, &s.leads
	}
	if len(*list) == 0 {
		return
	}
	ref.ID = (*list)[s.IntN(len(*list))]
	*list = slices.DeleteFunc(*list, func(id string) bool { return id == ref.ID })
	s.insist("erase", func() error { _, _, err := s.db.Erase(ctx, s.id, ref); return err })
}

// save makes an audience, or gives the one of the id another filter or ranking.
func (s *stream) save(id string) {
	s.Helper()
	a := audiences.Audience{ID: id, Name: id, Over: filter.Kind(s.of("accounts", "leads")), Revision: 1, CreatedAt: s.state.Now, UpdatedAt: s.state.Now}
	s.change("save an audience", func(ctx context.Context) error {
		before, known := s.db.FindAudience(ctx, s.id, id)
		if known == nil {
			a.Over, a.Revision = before.Over, before.Revision+1
		}
		tree, err := strictjson.Canonical(json.RawMessage(s.filter(a.Over, s.levels)))
		if err != nil {
			return err
		}
		if _, err := filter.Parse(a.Over, tree, s.state.Now); err != nil {
			return fmt.Errorf("%s: %w", tree, err)
		}
		if a.Filter, a.Ranking = tree, s.ranking(a.Over); known == nil {
			return s.db.ChangeAudience(ctx, s.id, a, true)
		}
		return s.db.AddAudience(ctx, s.id, a)
	})
	if !slices.Contains(s.saved, id) {
		s.saved = append(s.saved, id)
	}
}

// resave saves an audience anew, or ends one and makes another.
func (s *stream) resave() {
	s.Helper()
	i := s.IntN(len(s.saved))
	if s.IntN(3) > 0 {
		s.save(s.saved[i])
		return
	}
	s.change("drop an audience", func(ctx context.Context) error { return s.db.DropAudience(ctx, s.id, s.saved[i]) })
	s.saved = slices.Delete(s.saved, i, i+1)
	s.save(newID())
}

// change does something to audiences as their service does.
func (s *stream) change(what string, fn func(ctx context.Context) error) {
	s.Helper()
	s.insist(what, func() error {
		return s.db.InTx(ctx, func(ctx context.Context, _ time.Time) error {
			if err := s.db.LockAudiences(ctx, s.id); err != nil {
				return err
			}
			return fn(ctx)
		})
	})
}

// insist tries again what was refused because another process held the store, as a client does.
func (s *stream) insist(what string, fn func() error) {
	s.Helper()
	for begun := time.Now(); ; {
		err := fn()
		switch {
		case err == nil:
			return
		case fault.CodeOf(err) != fault.StoreUnavailable || time.Since(begun) > 2*time.Minute:
			s.Fatalf("%s: %v", what, err)
		}
		s.refused++
	}
}

// pass lets time pass, mostly minutes, now and then days, and now and then back; and once in a while signals count otherwise.
func (s *stream) pass() {
	switch n := s.IntN(20); {
	case n < 12:
		s.state.Now = s.state.Now.Add(time.Duration(s.IntN(3600)) * time.Second)
	case n < 18:
		s.state.Now = s.state.Now.Add(time.Duration(s.IntN(48*3600)) * time.Second)
	case n < 19:
		s.state.Now = s.state.Now.Add(-time.Duration(s.IntN(3600)) * time.Second)
	case s.IntN(4) == 0:
		s.state.HalfLife = []int64{7, 14, 30}[s.IntN(3)]
	}
}
