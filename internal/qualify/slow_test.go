package qualify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/qualify"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// slowStore is a store in which some records take as long as one lets them.
type slowStore struct {
	*store.DB
	slow  []string
	asked atomic.Int64 // how often one of them was asked about
}

func (s *slowStore) Held(ctx context.Context, workspaceID string, kind filter.Kind, conditions []filter.Node, ids []string) (map[string][]bool, error) {
	if slices.ContainsFunc(ids, func(id string) bool { return slices.Contains(s.slow, id) }) {
		s.asked.Add(1)
		<-ctx.Done()
	}
	return s.DB.Held(ctx, workspaceID, kind, conditions, ids)
}

// slowly returns the world over a store in which the records are slow, and the store.
func (w *world) slowly(ids ...string) *slowStore {
	s := &slowStore{DB: w.db, slow: ids}
	w.service = qualify.New(qualify.Config{Store: s, Limit: 100 * time.Millisecond,
		Settings: func(context.Context, string) (int64, []qualify.ICP, error) { return w.version, w.icps, nil }})
	return s
}

// TestAJobLeavesOutWhatTakesTooLong: and nothing else, however the slow ones lie, and it tells how many they were.
func TestAJobLeavesOutWhatTakesTooLong(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, "w")
		first := w.mustAccount(t, wire.Account{Domain: "first.de", CountryCode: "DE"})
		w.fill(t, 90)
		last := w.mustAccount(t, wire.Account{Domain: "last.de", CountryCode: "DE"})
		w.slowly(first, last)
		j, err := w.service.Start(context.Background(), w.workspace, tester, wire.QualifyAccounts, nil)
		if err != nil {
			t.Fatal(err)
		}
		w.mustRun(t)
		got := w.await(t, j.ID)
		if got.State != wire.QualificationDone || got.Total != 92 || got.Done != 92 || got.Failed != 2 || got.Matched != 90 || got.Fitting != 30 || got.View().Failed != 2 {
			t.Errorf("%+v", got)
		}
		if icp, _ := w.fitting(t, wire.OverAccounts); icp != 30 {
			t.Errorf("%d accounts fit", icp)
		}
	})
}

// TestAPushIsKeptThoughQualifyingTakesTooLong: without its qualification, once, and the next ones do not try for a while.
func TestAPushIsKeptThoughQualifyingTakesTooLong(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		c := newCounter(t, db)
		c.set("reply", true, 1)
		c.leave(t, 10)
		acme := c.mustAccount(t, wire.Account{Domain: "acme.de", CountryCode: "DE"})
		boss := c.mustLead(t, wire.Lead{WorkEmail: "boss@acme.de", CompanyDomain: "acme.de"})
		slow := c.slowly(acme)
		c.signals = c.signals.With(c.service, c.credits)
		for n := range 3 {
			got, err := c.one(t, signal("reply", n, wire.Identity{Email: "boss@acme.de"}))
			if err != nil || got.Duplicate || got.Qualification != nil || *got.MatchedRecordID != boss {
				t.Errorf("push %d: %+v, %v", n, got, err)
			}
		}
		if out := c.batch(t, signal("reply", 3, wire.Identity{Email: "boss@acme.de"})); out.Created != 1 {
			t.Errorf("%+v", out)
		}
		if slow.asked.Load() != 1 || c.left(t) != 6 || len(c.charges(t)) != 4 {
			t.Errorf("asked %d times, %d credits left, %d charges", slow.asked.Load(), c.left(t), len(c.charges(t)))
		}
	})
}

// TestRecordsAreNamedWhenTheyTakeTooLong: a request at once is refused, and nothing of it kept.
func TestRecordsAreNamedWhenTheyTakeTooLong(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, "w")
		quick := w.mustAccount(t, wire.Account{Domain: "quick.de", CountryCode: "DE"})
		acme := w.mustAccount(t, wire.Account{Domain: "acme.de", CountryCode: "DE"})
		boss := w.mustLead(t, wire.Lead{WorkEmail: "boss@acme.de", CompanyDomain: "acme.de"})
		w.slowly(acme)
		_, err := w.service.Request(context.Background(), w.workspace, tester, wire.Qualify{IDs: []string{quick, boss}})
		if f := fault.From(err); f.Code != fault.ValidationFailed || f.Fields[0].Path != "ids" {
			t.Errorf("%v", err)
		}
		if a := w.record(t, quick).Account; a.ICPCode != "" {
			t.Errorf("half of it was kept: %+v", a)
		}
		if out, err := w.service.Request(context.Background(), w.workspace, tester, wire.Qualify{IDs: []string{quick}}); err != nil || out.Results[0].ICPCode != "eu" {
			t.Errorf("the quick one alone: %+v, %v", out, err)
		}
	})
}

// TestStatementsEndWithTheirTime: what the engines really look at ends too, in whichever row it is.
func TestStatementsEndWithTheirTime(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		c := newCounter(t, db)
		var ids []string
		for i := range 4 {
			domain := fmt.Sprintf("c%d.de", i)
			ids = append(ids, c.mustAccount(t, wire.Account{Domain: domain, CountryCode: "DE"}))
			many := make([]wire.PushSignal, 300)
			for n := range many {
				many[n] = signal("release", n, wire.Identity{CompanyDomain: domain})
			}
			c.batch(t, many...)
		}
		for n := range 30 {
			c.icps[0].Parameters = append(c.icps[0].Parameters, qualify.Parameter{Name: fmt.Sprint("heavy ", n), Mode: wire.ModeScore, Weight: 1,
				Condition: json.RawMessage(fmt.Sprintf(`{"signals":{"min":99999,"where":{"any":[{"field":"event_name","op":"suffix","value":"x%d"},{"field":"event_name","op":"word","value":"y%d"}]}}}`, n, n))})
		}
		c.slowly()
		c.service.Limit = time.Millisecond
		if _, err := c.service.Request(context.Background(), c.workspace, tester, wire.Qualify{IDs: ids}); fault.CodeOf(err) != fault.ValidationFailed {
			t.Errorf("within a millisecond: %v", err)
		}
		c.service.Limit = time.Minute
		if out, err := c.service.Request(context.Background(), c.workspace, tester, wire.Qualify{IDs: ids}); err != nil || len(out.Results) != 4 {
			t.Errorf("with time enough: %+v, %v", out, err)
		}
	})
}
