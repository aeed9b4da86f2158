package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var steadyCases = []Case{
	{"pages neither repeat nor skip an old account while others come in", steadyAccounts},
	{"pages neither repeat nor skip an old lead while others come in", steadyLeads},
	{"pages neither repeat nor skip an old signal while others come in", steadySignals},
}

// steady reads a list page by page, adds records between the pages, and fails unless each of the old names comes once and none twice.
func steady[T any](t *testing.T, what string, old []string, name func(T) string, add func(round int), fetch func(wire.Page) (search.Page[T], error)) {
	t.Helper()
	seen, round := map[string]int{}, 0
	pageAll(t, 7, name, func(p wire.Page) (search.Page[T], error) {
		if round > 0 && round < 20 { // fewer come in than are read, so that an end is reached
			add(round)
		}
		round++
		page, err := fetch(p)
		for _, item := range page.Items {
			seen[name(item)]++
		}
		return page, err
	})
	for _, n := range old {
		if seen[n] != 1 {
			t.Errorf("%s: %s came %d times", what, n, seen[n])
		}
	}
	for n, times := range seen {
		if times > 1 {
			t.Errorf("%s: %s came %d times", what, n, times)
		}
	}
	if round < len(old)/7 {
		t.Errorf("%s: only %d pages were read", what, round)
	}
}

// steadySorts are orders by an own field, by the caller's own member and by a related record, all with ties and missing values.
func steadySorts(paths ...string) [][]wire.Sort {
	out := [][]wire.Sort{nil}
	for _, path := range paths {
		for _, dir := range []wire.Direction{wire.Ascending, wire.Descending} {
			out = append(out, []wire.Sort{{Field: path, Dir: dir}})
		}
	}
	return append(out, []wire.Sort{{Field: paths[0], Dir: wire.Descending}, {Field: paths[1]}, {Field: paths[len(paths)-1], Dir: wire.Descending}})
}

// steadyFilter holds for all records here, and for those that come in.
var steadyFilter = wire.Condition{Filter: json.RawMessage(`{"any":[{"field":"created_at","op":"present"},{"field":"id","op":"missing"}]}`), Now: &Epoch}

// steadyCustom is a JSON object with mixed values, some of which are missing.
func steadyCustom(i int) json.RawMessage {
	return json.RawMessage([]string{``, `{"rank":1}`, `{"rank":1.5}`, `{"rank":"b"}`, `{"rank":true}`, `{"other":1}`}[i%6])
}

func steadyAccount(group string, i int) wire.Account {
	return wire.Account{Domain: fmt.Sprintf("%03d-%s.com", i*37%101, group), City: []string{"", "Bonn", "Ulm"}[i%3], Custom: steadyCustom(i)}
}

func steadyAccounts(t *testing.T, db *store.DB) {
	for n, sorts := range steadySorts("city", "custom.rank", "created_at") {
		w, s := MustWorkspace(t, db, fmt.Sprint("w", n)), search.New(db)
		var old []string
		for batch := range 3 {
			var list []wire.Account
			for i := range 20 {
				list = append(list, steadyAccount("old", batch*20+i))
				old = append(old, list[i].Domain)
			}
			MustAccounts(t, db, w.ID, list...)
		}
		add := func(round int) { MustAccounts(t, db, w.ID, steadyAccount(fmt.Sprint("new", round), round*13)) }
		steady(t, fmt.Sprint(sorts), old, domainOf, add, func(p wire.Page) (search.Page[wire.Account], error) {
			p.Sort = sorts
			return s.Accounts(context.Background(), w.ID, wire.FindAccounts{Page: p, Condition: steadyFilter})
		})
	}
}

func steadyLead(group string, i int) wire.Lead {
	l := wire.Lead{WorkEmail: fmt.Sprintf("%03d-%s@x.org", i*37%101, group), Title: []string{"", "CTO", "VP"}[i%3], Custom: steadyCustom(i)}
	if i%4 > 0 {
		l.CompanyDomain = steadyAccount("co", i%8).Domain
	}
	if i%5 > 0 {
		l.ExternalID = fmt.Sprint(group, i)
	}
	return l
}

func steadyLeads(t *testing.T, db *store.DB) {
	for n, sorts := range steadySorts("title", "custom.rank", "account.city") {
		w, s := MustWorkspace(t, db, fmt.Sprint("w", n)), search.New(db)
		var old []string
		var companies []wire.Account
		for i := range 8 {
			companies = append(companies, steadyAccount("co", i))
		}
		MustAccounts(t, db, w.ID, companies...)
		var list []wire.Lead
		for i := range 60 {
			list = append(list, steadyLead("old", i))
			old = append(old, list[i].WorkEmail)
		}
		MustLeads(t, db, w.ID, list...)
		add := func(round int) { MustLeads(t, db, w.ID, steadyLead(fmt.Sprint("new", round), round*13)) }
		steady(t, fmt.Sprint(sorts), old, func(l wire.Lead) string { return l.WorkEmail }, add, func(p wire.Page) (search.Page[wire.Lead], error) {
			p.Sort = sorts
			return s.Leads(context.Background(), w.ID, wire.FindLeads{Page: p, Condition: steadyFilter})
		})
	}
}

func steadySignal(group string, i int) signals.Signal {
	s := signals.Signal{Type: "website_visit", Source: "site", OccurredAt: Epoch.AddDate(0, 0, i*37%11), EventName: []string{"", "Pricing", "Docs"}[i%3], Context: steadyCustom(i),
		Identity: wire.Identity{FirstName: group, Email: fmt.Sprintf("u%d@example.org", i%5)}, ExternalID: fmt.Sprint(group, i)}
	if i%5 == 0 {
		s.ExternalID, s.Title = "", s.ExternalID
	}
	return s
}

func steadySignals(t *testing.T, db *store.DB) {
	for n, sorts := range steadySorts("event_name", "context.rank", "lead.work_email", "occurred_at") {
		w, s := MustWorkspace(t, db, fmt.Sprint("w", n)), search.New(db)
		capture := func(list ...signals.Signal) (ids []string) {
			out, err := db.CaptureSignals(context.Background(), w.ID, list)
			if err != nil {
				t.Fatalf("CaptureSignals: %v", err)
			}
			for _, c := range out {
				ids = append(ids, c.ID)
			}
			return ids
		}
		var list []signals.Signal
		for i := range 60 {
			list = append(list, steadySignal("old", i))
		}
		old := capture(list...)
		slices.Sort(old)
		add := func(round int) { capture(steadySignal(fmt.Sprint("new", round), round*13)) }
		steady(t, fmt.Sprint(sorts), slices.Compact(old), func(s wire.Signal) string { return s.ID }, add, func(p wire.Page) (search.Page[wire.Signal], error) {
			p.Sort = sorts
			return s.Signals(context.Background(), w.ID, wire.ListSignals{Page: p, Condition: steadyFilter})
		})
	}
}
