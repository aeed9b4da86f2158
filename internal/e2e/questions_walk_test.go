package e2e_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/e2e/oracle"
)

// walks are results of at least three pages.
var walks = []struct {
	tool, args string // without the last brace
	total      string
	got        func(...answer) any
	want       func(*oracle.Data) []string
}{
	{"find_accounts", `{"country_code":["JP"],"sort":[{"field":"domain"}],"limit":60`, "total", column("domain"),
		func(d *oracle.Data) []string { return sorted(each(oracle.Where(d.Companies, country("JP")), domainOf)) }},
	{"find_leads", `{"department":["security"],"sort":[{"field":"seniority"},{"field":"external_id","dir":"asc"}],"limit":100`, "total", columns("seniority", "external_id"),
		func(d *oracle.Data) []string {
			found := oracle.Where(d.People, func(p *oracle.Person) bool { return p.Department == "security" })
			return sorted(each(found, func(p *oracle.Person) string { return p.Seniority + " | " + p.ID }))
		}},
	{"list_signals", `{"types":["security_breach"],"sort":[{"field":"external_id"}],"limit":70`, "total", column("external_id"),
		func(d *oracle.Data) []string {
			return sorted(each(oracle.Where(d.Signals, kind("security_breach")), func(s *oracle.Signal) string { return s.ID }))
		}},
	{"get_insights", `{"over":"accounts","group_by":["city"],"measures":[{"name":"n","fn":"count"}],"limit":500`, "total_groups", allRows,
		func(d *oracle.Data) []string {
			return oracle.Tally(d.Companies, func(c *oracle.Company) string { return c.City }).Top(1 << 20)
		}},
}

// walk pages through results to their end: every page tells the same exact total, nothing comes twice, and nothing is left out.
func walk(t *testing.T, d *oracle.Data, door asker) {
	t.Helper()
	for _, w := range walks {
		var pages []answer
		want, args := w.want(d), w.args+`}`
		for len(pages) < len(want) {
			doc, err := door.ask(w.tool, args)
			if err != nil {
				t.Fatalf("%s, page %d: %v", w.tool, len(pages)+1, err)
			}
			page, err := read(args, doc)
			if err != nil {
				t.Fatal(err)
			}
			pages = append(pages, page)
			if got := fmt.Sprint(page.at(w.total)); got != fmt.Sprint(len(want)) {
				t.Errorf("%s, page %d tells a total of %s, want %d", w.tool, len(pages), got, len(want))
			}
			if page.at("next_cursor") == nil {
				break
			}
			args = w.args + page.fill(`,"cursor":"{{next_cursor}}"}`)
		}
		if diff := cmp.Diff(want, w.got(pages...)); diff != "" || len(pages) < 3 {
			t.Errorf("%s in %d pages (-want +got):\n%s", w.tool, len(pages), diff)
		}
	}
}
