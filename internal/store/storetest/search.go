package storetest

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var searchCases = []Case{
	{"any query finds and ranks what the contract says", searchProperty},
	{"look-alike names come in the order of the contract", searchOrder},
	{"leads are found by name, title and company", searchLeads},
	{"a query without words finds nothing", searchNoWords},
	{"what comes in between two searches is found", searchGrowing},
	{"too many near words are told", searchTruncated},
	{"pages beyond the ranking neither repeat nor skip while rows come in", searchPages},
	{"one workspace never finds another's records", searchTenants},
	{"a cursor works for its own question alone", searchCursors},
}

// pageAll reads all pages of a list, and returns the names of its items and the last page's total.
func pageAll[T any](t testing.TB, limit int, name func(T) string, fetch func(wire.Page) (search.Page[T], error)) (names []string, total int) {
	t.Helper()
	names = []string{}
	p := wire.Page{Limit: &limit}
	for {
		page, err := fetch(p)
		if err != nil {
			t.Fatalf("page after %d items: %v", len(names), err)
		}
		if len(page.Items) != len(page.Cursors) || len(page.Items) > limit || page.More && len(page.Items) < limit {
			t.Fatalf("a page of %d items has %d cursors, limit %d, more %v", len(page.Items), len(page.Cursors), limit, page.More)
		}
		for _, item := range page.Items {
			names = append(names, name(item))
		}
		if total = page.Total; !page.More {
			return names, total
		}
		p.Cursor = &page.Cursors[len(page.Cursors)-1]
	}
}

func domainOf(a wire.Account) string { return a.Domain }

// findDomains returns the domains of all accounts that in asks for, read in pages of the given size.
func findDomains(t testing.TB, db *store.DB, workspaceID string, in wire.FindAccounts, limit int) (domains []string, total int) {
	t.Helper()
	s := search.New(db)
	return pageAll(t, limit, domainOf, func(p wire.Page) (search.Page[wire.Account], error) {
		p.Sort = in.Sort
		in.Page = p
		return s.Accounts(context.Background(), workspaceID, in)
	})
}

var searchWords = []string{"Grafana", "Grafna", "grafanas", "Labs", "lab", "la", "L", "Zürich", "zurich", "zuerich", "Data", "dat", "databases", "databsaes", "Systems", "system", "中文", "x1"}

func genName(label string, most int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		out := ""
		for i := range rapid.IntRange(0, most).Draw(t, label) {
			if i > 0 {
				out += rapid.SampledFrom([]string{" ", "-", ", "}).Draw(t, "separator")
			}
			out += rapid.SampledFrom(searchWords).Draw(t, "word")
		}
		return out
	})
}

func genQuery() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		q := genName("words", 3).Draw(t, "name")
		runes := []rune(q)
		return string(runes[:len(runes)-rapid.IntRange(0, min(2, len(runes))).Draw(t, "cut")])
	})
}

func searchProperty(t *testing.T, db *store.DB) {
	var n atomic.Int64
	rapid.Check(t, func(rt *rapid.T) {
		w := MustWorkspace(t, db, fmt.Sprintf("w%d", n.Add(1)))
		var list []wire.Account
		for i := range rapid.IntRange(1, 12).Draw(rt, "accounts") {
			a := wire.Account{Domain: fmt.Sprintf("%s%d.com", rapid.SampledFrom([]string{"grafana-", "x", "labs.y"}).Draw(rt, "domain"), i), Name: genName("name", 3).Draw(rt, "name")}
			if rapid.Bool().Draw(rt, "alias") {
				a.Aliases = []string{genName("alias", 2).Draw(rt, "alias")}
			}
			a.Description = genName("description", 4).Draw(rt, "description")
			list = append(list, a)
		}
		MustAccounts(t, db, w.ID, list...)
		for range 4 {
			query := genQuery().Draw(rt, "query")
			if query == "" {
				continue
			}
			want := ExpectAccounts(list, query)
			got, total := findDomains(t, db, w.ID, wire.FindAccounts{Query: query}, rapid.IntRange(1, 5).Draw(rt, "limit"))
			if d := cmp.Diff(want, got); d != "" || total != len(want) {
				rt.Fatalf("%q: total %d of %d (-want +got):\n%s", query, total, len(want), d)
			}
		}
	})
}

func searchOrder(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	MustAccounts(t, db, w.ID,
		wire.Account{Domain: "other.com", Name: "Other", Description: "uses Grafana Labs"},
		wire.Account{Domain: "alias.com", Name: "Raintank", Aliases: []string{"Grafana", "The Labs"}},
		wire.Account{Domain: "longer.com", Name: "My Grafana Labs Shop"},
		wire.Account{Domain: "begins.com", Name: "Grafana Labs Europe and More"},
		wire.Account{Domain: "near.com", Name: "Grafena Labs"},
		wire.Account{Domain: "exact.com", Name: "GRAFANA LÁBS"},
		wire.Account{Domain: "half.com", Name: "Grafana"},
	)
	for query, want := range map[string][]string{
		"Grafana Labs": {"exact.com", "begins.com", "longer.com", "near.com", "alias.com", "other.com"},
		"Grafna Labs":  {"exact.com", "near.com", "longer.com", "begins.com", "alias.com", "other.com"},
		"graf":         {"half.com", "exact.com", "near.com", "begins.com", "longer.com", "alias.com", "other.com"},
		"labs grafana": {"exact.com", "longer.com", "begins.com", "near.com", "alias.com", "other.com"},
		"labs nobody":  {},
	} {
		got, _ := findDomains(t, db, w.ID, wire.FindAccounts{Query: query}, 100)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q (-want +got):\n%s", query, d)
		}
	}
}

func searchLeads(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	MustAccounts(t, db, w.ID, wire.Account{Domain: "acme.com", Name: "Acme"})
	MustLeads(t, db, w.ID,
		wire.Lead{ExternalID: "1", Name: "José García", Title: "VP Sales", CompanyDomain: "acme.com", Company: "Acme"},
		wire.Lead{ExternalID: "2", Name: "Jose Garcia", Title: "Engineer"},
		wire.Lead{ExternalID: "3", Name: "Anna Smyth", Title: "Jose Garcia's assistant", Company: "Acme"},
	)
	s := search.New(db)
	for query, want := range map[string][]string{
		"jose garcia": {"1", "2", "3"}, "josé garcía": {"1", "2", "3"}, "garcai": {"1", "2", "3"}, "acme": {"1", "3"}, "smith": {"3"}, "vp acme": {"1"}, "engineer acme": {},
	} {
		got, total := pageAll(t, 2, func(l wire.Lead) string { return l.ExternalID }, func(p wire.Page) (search.Page[wire.Lead], error) {
			return s.Leads(context.Background(), w.ID, wire.FindLeads{Query: query, Page: p})
		})
		if d := cmp.Diff(want, got); d != "" || total != len(want) {
			t.Errorf("%q: total %d (-want +got):\n%s", query, total, d)
		}
	}
}

func searchNoWords(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	MustAccounts(t, db, w.ID, wire.Account{Domain: "acme.com", Name: "!!!"})
	for query, want := range map[string]int{"!!!": 0, " ": 0, "": 1, `" OR "`: 0, "acme' | 'x": 0, "*": 0, "acme": 1} {
		if got, total := findDomains(t, db, w.ID, wire.FindAccounts{Query: query}, 10); total != want || len(got) != want {
			t.Errorf("%q found %v of %d, want %d", query, got, total, want)
		}
	}
}

func searchGrowing(t *testing.T, db *store.DB) {
	w, s := MustWorkspace(t, db, "a"), search.New(db)
	ask := func(query string) []string {
		page, err := s.Accounts(context.Background(), w.ID, wire.FindAccounts{Query: query})
		wantCode(t, query, err, "")
		got := []string{}
		for _, a := range page.Items {
			got = append(got, a.Domain)
		}
		return got
	}
	for i, name := range []string{"Grafana", "Grafanistas", "Grafena"} {
		if got := ask("grafana"); len(got) != min(i, 1) {
			t.Errorf("before %s: %v", name, got)
		}
		MustAccounts(t, db, w.ID, wire.Account{Domain: fmt.Sprintf("d%d.com", i), Name: name})
		if got := ask(name); !slices.Contains(got, fmt.Sprintf("d%d.com", i)) {
			t.Errorf("%s is not found: %v", name, got)
		}
	}
	MustAccounts(t, db, w.ID, wire.Account{Domain: "d0.com", Name: "Renamed"})
	if d := cmp.Diff([][]string{{"d2.com"}, {"d0.com"}}, [][]string{ask("grafana"), ask("renamed")}); d != "" {
		t.Errorf("after the change (-want +got):\n%s", d)
	}
}

func searchTruncated(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	var list []wire.Account
	for i := range 80 {
		list = append(list, wire.Account{Domain: fmt.Sprintf("d%02d.com", i), Name: "graf" + string(rune('a'+i%26)) + string(rune('a'+i/26)) + "nas"})
	}
	MustAccounts(t, db, w.ID, list...)
	for query, want := range map[string]bool{"grafxxnas": true, "graf": false} {
		page, err := search.New(db).Accounts(context.Background(), w.ID, wire.FindAccounts{Query: query})
		wantCode(t, query, err, "")
		if page.Truncated != want || page.Total == 0 {
			t.Errorf("%s: truncated %v of %d", query, page.Truncated, page.Total)
		}
	}
}

// searchPages reads through more records than are ranked, and through mistyped ones, while others come in.
func searchPages(t *testing.T, db *store.DB) {
	w, s := MustWorkspace(t, db, "a"), search.New(db)
	var list []wire.Account
	for i := range 1300 {
		list = append(list, wire.Account{Domain: fmt.Sprintf("d%04d.com", (i*7919)%1300), Name: fmt.Sprintf("Acme %c", 'z'-i%26)})
	}
	MustAccounts(t, db, w.ID, list...)
	for _, query := range []string{"acme", "acne"} {
		seen, added := map[string]int{}, 0
		_, total := pageAll(t, 100, domainOf, func(p wire.Page) (search.Page[wire.Account], error) {
			added++
			MustAccounts(t, db, w.ID, wire.Account{Domain: fmt.Sprintf("%s-%d.com", query, added), Name: "Acme"})
			page, err := s.Accounts(context.Background(), w.ID, wire.FindAccounts{Query: query, Page: p})
			for _, a := range page.Items {
				seen[a.Domain]++
			}
			return page, err
		})
		for _, a := range list {
			if seen[a.Domain] != 1 {
				t.Errorf("%s: %s came %d times", query, a.Domain, seen[a.Domain])
			}
		}
		for domain, n := range seen {
			if n != 1 {
				t.Errorf("%s: %s came %d times", query, domain, n)
			}
		}
		if total < len(list)+added {
			t.Errorf("%s: total %d", query, total)
		}
	}
}

func searchTenants(t *testing.T, db *store.DB) {
	a, b := MustWorkspace(t, db, "a"), MustWorkspace(t, db, "b")
	MustAccounts(t, db, a.ID, wire.Account{Domain: "acme.com", Name: "Acme Canary", ExternalID: "x"})
	MustAccounts(t, db, b.ID, wire.Account{Domain: "beta.com", Name: "Acme Beta", Tags: []string{"t"}})
	for query, want := range map[string][]string{"acme": {"beta.com"}, "canary": {}, "canari": {}, "": {"beta.com"}} {
		if got, total := findDomains(t, db, b.ID, wire.FindAccounts{Query: query}, 10); cmp.Diff(want, got) != "" || total != len(want) {
			t.Errorf("%q in b found %v of %d", query, got, total)
		}
	}
	for _, hint := range []wire.GetRecord{{Domain: "acme.com"}, {ExternalID: "x"}} {
		_, err := search.New(db).Record(context.Background(), b.ID, hint)
		wantCode(t, "another's record", err, fault.NotFound)
	}
	_, err := search.New(db).Accounts(context.Background(), "nobody", wire.FindAccounts{Query: "acme"})
	wantCode(t, "an unknown workspace", err, fault.NotFound)
}

func searchCursors(t *testing.T, db *store.DB) {
	ctx, a, b, s := context.Background(), MustWorkspace(t, db, "a"), MustWorkspace(t, db, "b"), search.New(db)
	for _, w := range []string{a.ID, b.ID} {
		MustAccounts(t, db, w, wire.Account{Domain: "a.com", Name: "Acme"}, wire.Account{Domain: "b.com", Name: "Acme"})
	}
	one := 1
	first, err := s.Accounts(ctx, a.ID, wire.FindAccounts{Query: "acme", Page: wire.Page{Limit: &one}})
	wantCode(t, "first page", err, "")
	cursor := first.Cursors[0]
	ask := func(workspaceID string, in wire.FindAccounts, cursor string) error {
		in.Cursor = &cursor
		_, err := s.Accounts(ctx, workspaceID, in)
		return err
	}
	wantCode(t, "its own", ask(a.ID, wire.FindAccounts{Query: "acme"}, cursor), "")
	wantCode(t, "another query", ask(a.ID, wire.FindAccounts{Query: "acm"}, cursor), fault.InvalidRequest)
	wantCode(t, "another filter", ask(a.ID, wire.FindAccounts{Query: "acme", City: []string{"x"}}, cursor), fault.InvalidRequest)
	wantCode(t, "another sort", ask(a.ID, wire.FindAccounts{Query: "acme", Page: wire.Page{Sort: []wire.Sort{{Field: "name"}}}}, cursor), fault.InvalidRequest)
	wantCode(t, "another workspace", ask(b.ID, wire.FindAccounts{Query: "acme"}, cursor), fault.InvalidRequest)
	for _, broken := range []string{"", "x", cursor[:len(cursor)-3], cursor + "AA", "AQ"} {
		wantCode(t, "broken "+broken, ask(a.ID, wire.FindAccounts{Query: "acme"}, broken), fault.InvalidRequest)
	}
}
