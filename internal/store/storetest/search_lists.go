package storetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var listCases = []Case{
	{"any filter and sort of accounts mean what the contract says", listProperty},
	{"a country is found by name or code", listCountry},
	{"leads are filtered and sorted, their account's fields included", listLeads},
	{"signals come newest first, in half-open windows, by lead in any spelling", listSignals},
	{"a filter holds within a query", listFilteredQuery},
	{"what cannot be asked is refused with the field", listRefusals},
}

var (
	someTexts = []string{"", "Berlin", "BERLIN", "Zürich", "zurich", "Aachen", "~"}
	someTags  = []string{"ai", "AI", "saas", "Café"}
)

func genAccount(i int) *rapid.Generator[wire.Account] {
	return rapid.Custom(func(t *rapid.T) wire.Account {
		pick := func(label string) string { return rapid.SampledFrom(someTexts).Draw(t, label) }
		a := wire.Account{Domain: fmt.Sprintf("d%02d.com", i), City: pick("city"), Industry: pick("industry"), CountryCode: rapid.SampledFrom([]string{"", "DE", "CH"}).Draw(t, "code")}
		if rapid.Bool().Draw(t, "founded") {
			a.FoundedYear = year(rapid.Int64Range(1999, 2002).Draw(t, "year"))
		}
		a.Tags = rapid.SliceOfNDistinct(rapid.SampledFrom(someTags), 0, 3, text.Fold).Draw(t, "tags")
		return a
	})
}

func genFilter() *rapid.Generator[wire.FindAccounts] {
	return rapid.Custom(func(t *rapid.T) (in wire.FindAccounts) {
		some := func(label string, from []string) []string {
			if !rapid.Bool().Draw(t, "with "+label) {
				return nil
			}
			return rapid.SliceOfN(rapid.SampledFrom(from), 1, 2).Draw(t, label)
		}
		in.City, in.Industry, in.CountryCode = some("city", someTexts[1:]), some("industry", someTexts[1:]), some("code", []string{"DE", "de", "CH"})
		in.TagsAny, in.TagsAll, in.TagsNone = some("any", someTags), some("all", someTags), some("none", someTags)
		if rapid.Bool().Draw(t, "from") {
			in.FoundedFrom = year(rapid.Int64Range(1999, 2002).Draw(t, "from"))
		}
		if rapid.Bool().Draw(t, "to") {
			in.FoundedTo = year(rapid.Int64Range(1999, 2002).Draw(t, "to"))
		}
		for range rapid.IntRange(0, 2).Draw(t, "sorts") {
			in.Sort = append(in.Sort, wire.Sort{Field: rapid.SampledFrom([]string{"city", "founded_year", "country_code", "domain"}).Draw(t, "field"),
				Dir: rapid.SampledFrom([]wire.Direction{"", wire.Ascending, wire.Descending}).Draw(t, "dir")})
		}
		return in
	})
}

// holds says in the plainest way whether an account fulfils a filter.
func holds(in wire.FindAccounts, a wire.Account) bool {
	equal := func(values []string, have string, same func(string) string) bool {
		return values == nil || have != "" && slices.ContainsFunc(values, func(v string) bool { return same(v) == same(have) })
	}
	exact := func(s string) string { return s }
	tagged := func(tag string) bool {
		return slices.ContainsFunc(a.Tags, func(have string) bool { return text.Fold(have) == text.Fold(tag) })
	}
	switch {
	case !equal(in.City, a.City, text.Fold), !equal(in.Industry, a.Industry, text.Fold), !equal(in.CountryCode, a.CountryCode, exact),
		in.TagsAny != nil && !slices.ContainsFunc(in.TagsAny, tagged), slices.ContainsFunc(in.TagsNone, tagged),
		in.FoundedFrom != nil && (a.FoundedYear == nil || *a.FoundedYear < *in.FoundedFrom),
		in.FoundedTo != nil && (a.FoundedYear == nil || *a.FoundedYear > *in.FoundedTo):
		return false
	}
	return !slices.ContainsFunc(in.TagsAll, func(tag string) bool { return !tagged(tag) })
}

// sortedBy orders accounts by one field, missing last.
func sortedBy(s wire.Sort, a, b wire.Account) int {
	order := func(aMissing, bMissing bool, c int) int {
		switch {
		case aMissing || bMissing:
			return cmp.Compare(btoi(aMissing), btoi(bMissing))
		case s.Dir == wire.Descending:
			return -c
		}
		return c
	}
	switch s.Field {
	case "city":
		return order(a.City == "", b.City == "", cmp.Compare(text.Fold(a.City), text.Fold(b.City)))
	case "country_code":
		return order(a.CountryCode == "", b.CountryCode == "", cmp.Compare(a.CountryCode, b.CountryCode))
	case "domain":
		return order(false, false, cmp.Compare(a.Domain, b.Domain))
	}
	if a.FoundedYear == nil || b.FoundedYear == nil {
		return order(a.FoundedYear == nil, b.FoundedYear == nil, 0)
	}
	return order(false, false, cmp.Compare(*a.FoundedYear, *b.FoundedYear))
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func listProperty(t *testing.T, db *store.DB) {
	var n atomic.Int64
	rapid.Check(t, func(rt *rapid.T) {
		w := MustWorkspace(t, db, fmt.Sprintf("w%d", n.Add(1)))
		var list []wire.Account
		for i := range rapid.IntRange(1, 12).Draw(rt, "accounts") {
			list = append(list, genAccount(i).Draw(rt, "account"))
		}
		MustAccounts(t, db, w.ID, list...)
		for range 4 {
			in := genFilter().Draw(rt, "filter")
			kept := slices.DeleteFunc(slices.Clone(list), func(a wire.Account) bool { return !holds(in, a) })
			slices.SortStableFunc(kept, func(a, b wire.Account) int {
				for _, s := range in.Sort {
					if c := sortedBy(s, a, b); c != 0 {
						return c
					}
				}
				return cmp.Compare(a.Domain, b.Domain)
			})
			want := []string{}
			for _, a := range kept {
				want = append(want, a.Domain)
			}
			got, total := findDomains(t, db, w.ID, in, rapid.IntRange(1, 5).Draw(rt, "limit"))
			if d := gocmp.Diff(want, got); d != "" || total != len(want) {
				rt.Fatalf("total %d of %d (-want +got):\n%s", total, len(want), d)
			}
		}
	})
}

func listCountry(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	MustAccounts(t, db, w.ID,
		wire.Account{Domain: "both.com", Country: "Germany", CountryCode: "DE"}, wire.Account{Domain: "code.com", CountryCode: "DE"},
		wire.Account{Domain: "name.com", Country: "GERMANY"}, wire.Account{Domain: "odd.com", Country: "Deutsches Land"}, wire.Account{Domain: "none.com"},
	)
	for value, want := range map[string][]string{
		"Germany": {"both.com", "code.com", "name.com"}, "de": {"both.com", "code.com", "name.com"}, "DEU": {"both.com", "code.com", "name.com"},
		"deutsches land": {"odd.com"}, "nowhere": {},
	} {
		if got, _ := findDomains(t, db, w.ID, wire.FindAccounts{Country: []string{value}}, 10); gocmp.Diff(want, got) != "" {
			t.Errorf("country %s: %v, want %v", value, got, want)
		}
	}
}

func leadIDs(t *testing.T, db *store.DB, workspaceID string, in wire.FindLeads) []string {
	t.Helper()
	got, total := pageAll(t, 2, func(l wire.Lead) string { return l.ExternalID }, func(p wire.Page) (search.Page[wire.Lead], error) {
		p.Sort = in.Sort
		in.Page = p
		return search.New(db).Leads(context.Background(), workspaceID, in)
	})
	if total != len(got) {
		t.Errorf("total %d of %d", total, len(got))
	}
	return got
}

func listLeads(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	MustAccounts(t, db, w.ID, wire.Account{Domain: "b.com", Name: "Alpha", ExternalID: "co_b"}, wire.Account{Domain: "a.com", Name: "Zeta"})
	MustLeads(t, db, w.ID,
		wire.Lead{ExternalID: "4", Name: "Dora"},
		wire.Lead{ExternalID: "3", Name: "Çem", CompanyDomain: "a.com", Seniority: "VP"},
		wire.Lead{ExternalID: "1", Name: "Bob", CompanyDomain: "b.com", Seniority: "vp", CountryCode: "DE"},
		wire.Lead{ExternalID: "2", Name: "ann", CompanyDomain: "a.com", Title: "CTO"},
	)
	by := func(field string, dir wire.Direction) wire.Page {
		return wire.Page{Sort: []wire.Sort{{Field: field, Dir: dir}}}
	}
	for name, c := range map[string]struct {
		in   wire.FindLeads
		want []string
	}{
		"natural":           {wire.FindLeads{}, []string{"2", "3", "1", "4"}},
		"name":              {wire.FindLeads{Page: by("name", "")}, []string{"2", "1", "3", "4"}},
		"account name":      {wire.FindLeads{Page: by("account.name", "")}, []string{"1", "2", "3", "4"}},
		"account name desc": {wire.FindLeads{Page: by("account.name", "desc")}, []string{"2", "3", "1", "4"}},
		"account domain":    {wire.FindLeads{Page: by("account.domain", "desc")}, []string{"1", "2", "3", "4"}},
		"seniority":         {wire.FindLeads{Seniority: []string{"Vp"}}, []string{"3", "1"}},
		"company":           {wire.FindLeads{AccountDomain: []string{"HTTPS://WWW.A.com/x"}}, []string{"2", "3"}},
		"folded name":       {wire.FindLeads{Name: []string{"CEM", "ANN"}}, []string{"2", "3"}},
		"title and code":    {wire.FindLeads{Title: []string{"cto"}, CountryCode: []string{"DE"}}, []string{}},
	} {
		if d := gocmp.Diff(c.want, leadIDs(t, db, w.ID, c.in)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	page, err := search.New(db).Leads(context.Background(), w.ID, wire.FindLeads{Name: []string{"Bob"}})
	wantCode(t, "Bob", err, "")
	bob := page.Items[0]
	if bob.Account == nil || bob.Account.ID == "" || bob.Account.ExternalID != "co_b" || bob.Account.Domain != "b.com" || bob.Account.Name != "Alpha" {
		t.Errorf("the account of Bob = %+v", bob.Account)
	}
}

func listSignals(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	MustLeads(t, db, w.ID, wire.Lead{ExternalID: "pe_1", Name: "Ann", WorkEmail: "ann@a.com", Handle: "github:Ann"})
	push := func(id string, at time.Duration, change func(*wire.PushSignal)) {
		mustPush(t, db, w.ID, visit(func(s *wire.PushSignal) {
			s.ExternalID, s.OccurredAt = id, Epoch.Add(at)
			if change != nil {
				change(s)
			}
		}))
	}
	push("3", time.Hour, nil)
	push("2", time.Hour, func(s *wire.PushSignal) {
		s.Identity = wire.Identity{Handle: "ANN", CompanyDomain: "www.zeta.com"}
		s.EventName = "Pricing"
	})
	push("1", time.Hour, func(s *wire.PushSignal) { s.SignalType = "hiring"; s.Source = "Böard" })
	push("4", 2*time.Hour, func(s *wire.PushSignal) { s.Identity = wire.Identity{Email: "Ann@a.com"} })
	push("5", 0, nil)
	at := func(d time.Duration) *time.Time { t := Epoch.Add(d); return &t }
	for name, c := range map[string]struct {
		in   wire.ListSignals
		want []string
	}{
		"all":        {wire.ListSignals{}, []string{"4", "1", "3", "2", "5"}},
		"window":     {wire.ListSignals{Since: at(time.Hour), Until: at(2 * time.Hour)}, []string{"1", "3", "2"}},
		"past it":    {wire.ListSignals{Since: at(time.Hour + 1)}, []string{"4"}},
		"oldest":     {wire.ListSignals{Page: wire.Page{Sort: []wire.Sort{{Field: "occurred_at"}}}}, []string{"5", "1", "3", "2", "4"}},
		"type":       {wire.ListSignals{Types: []string{"hiring", "nothing"}}, []string{"1"}},
		"source":     {wire.ListSignals{Source: []string{"BOARD"}}, []string{"1"}},
		"event":      {wire.ListSignals{EventName: []string{"pricing"}}, []string{"2"}},
		"account":    {wire.ListSignals{AccountDomain: []string{"Zeta.com"}}, []string{"2"}},
		"handle":     {wire.ListSignals{Lead: []string{"@ann"}}, []string{"4", "2"}},
		"email":      {wire.ListSignals{Lead: []string{"ANN@a.com"}}, []string{"4", "2"}},
		"id":         {wire.ListSignals{Lead: []string{"pe_1", "x"}}, []string{"4", "2"}},
		"nobody":     {wire.ListSignals{Lead: []string{"pe_2"}}, []string{}},
		"lead names": {wire.ListSignals{Page: wire.Page{Sort: []wire.Sort{{Field: "lead.name"}, {Field: "external_id", Dir: "desc"}}}}, []string{"4", "2", "5", "3", "1"}},
	} {
		got, total := pageAll(t, 2, func(s wire.Signal) string { return s.ExternalID }, func(p wire.Page) (search.Page[wire.Signal], error) {
			p.Sort = c.in.Sort
			c.in.Page = p
			return search.New(db).Signals(context.Background(), w.ID, c.in)
		})
		if d := gocmp.Diff(c.want, got); d != "" || total != len(c.want) {
			t.Errorf("%s: total %d (-want +got):\n%s", name, total, d)
		}
	}
}

func listFilteredQuery(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	MustAccounts(t, db, w.ID,
		wire.Account{Domain: "a.com", Name: "Acme One", City: "Rome"}, wire.Account{Domain: "b.com", Name: "Acme", City: "Oslo"},
		wire.Account{Domain: "c.com", Name: "Acme", City: "rome"}, wire.Account{Domain: "d.com", Name: "Other", City: "Rome", FoundedYear: year(1)},
	)
	in := wire.FindAccounts{Query: "acme", City: []string{"ROME"}}
	if got, total := findDomains(t, db, w.ID, in, 1); gocmp.Diff([]string{"c.com", "a.com"}, got) != "" || total != 2 {
		t.Errorf("ranked: %v of %d", got, total)
	}
	in.Sort = []wire.Sort{{Field: "domain"}}
	if got, total := findDomains(t, db, w.ID, in, 1); gocmp.Diff([]string{"a.com", "c.com"}, got) != "" || total != 2 {
		t.Errorf("sorted: %v of %d", got, total)
	}
}

func listRefusals(t *testing.T, db *store.DB) {
	ctx, w, s := context.Background(), MustWorkspace(t, db, "a"), search.New(db)
	_, err := s.Accounts(ctx, w.ID, wire.FindAccounts{Domain: []string{"a.com", "not a domain"}})
	wantField(t, err, "domain[1]")
	_, err = s.Leads(ctx, w.ID, wire.FindLeads{AccountDomain: []string{"1.2.3.4"}})
	wantField(t, err, "account_domain[0]")
	for _, field := range []string{"tags", "aliases", "account.name", "name; DROP TABLE accounts", ""} {
		_, err = s.Accounts(ctx, w.ID, wire.FindAccounts{Page: wire.Page{Sort: []wire.Sort{{Field: "name"}, {Field: field}}}})
		if allowed := wantField(t, err, "sort[1].field"); !slices.Contains(allowed, "founded_year") || slices.Contains(allowed, "tags") {
			t.Errorf("allowed = %v", allowed)
		}
	}
	for _, hint := range []wire.GetRecord{{Domain: "x"}, {Email: "x"}, {LinkedInURL: "x"}, {Handle: "?"}} {
		_, err = s.Record(ctx, w.ID, hint)
		wantCode(t, "a hint that is none", err, fault.ValidationFailed)
	}
}

// wantField checks that err names the field, and returns what it allows.
func wantField(t testing.TB, err error, path string) []string {
	t.Helper()
	wantCode(t, path, err, fault.ValidationFailed)
	fields := fault.From(err).Fields
	if len(fields) != 1 || fields[0].Path != path {
		t.Fatalf("fields at fault = %+v, want %s", fields, path)
	}
	return fields[0].Allowed
}
