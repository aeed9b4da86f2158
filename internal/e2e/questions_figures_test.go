package e2e_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/e2e/oracle"
)

// seconds is how long a visit lasted.
func seconds(s *oracle.Signal) int {
	n, _ := s.Number("seconds")
	return int(n)
}

// visitTimes sums up the visits of each company.
func visitTimes(d *oracle.Data) (domains []string, sum, n map[string]int) {
	keys, groups := oracle.Group(oracle.Where(d.Signals, kind("website_visit")), happenedAt)
	sum, n = map[string]int{}, map[string]int{}
	for _, k := range keys {
		for _, s := range groups[k] {
			sum[k], n[k] = sum[k]+seconds(s), n[k]+1
		}
	}
	return keys, sum, n
}

// figureQuestions compare, order and cut by figures, and show what they were ordered by.
var figureQuestions = []question{
	single("max", "Which were the five longest visits, and how long?", "list_signals",
		`{"types":["website_visit"],"sort":[{"field":"context.seconds","dir":"desc"},{"field":"external_id"}],"limit":5}`, columns("external_id", "context/seconds"),
		func(d *oracle.Data) any {
			visits := oracle.Where(d.Signals, kind("website_visit"))
			slices.SortFunc(visits, func(a, b *oracle.Signal) int { return cmp.Or(seconds(b)-seconds(a), cmp.Compare(a.ID, b.ID)) })
			return each(visits[:5], func(s *oracle.Signal) string { return s.ID + " | " + strconv.Itoa(seconds(s)) })
		}),
	single("concise", "Who works at the ten companies of known age that were founded first, shown with the year?", "find_leads",
		`{"sort":[{"field":"account.founded_year"},{"field":"external_id"}],"limit":10}`, columns("external_id", "sorted_by/account.founded_year"),
		func(d *oracle.Data) any {
			found := oracle.Where(d.People, worksAt(dated))
			slices.SortFunc(found, func(a, b *oracle.Person) int {
				return cmp.Or(a.At.FoundedYear-b.At.FoundedYear, cmp.Compare(a.ID, b.ID))
			})
			return each(found[:10], func(p *oracle.Person) string { return p.ID + " | " + strconv.Itoa(p.At.FoundedYear) })
		}),
	single("sum", "Which ten companies spent most seconds on the website, in how many visits, and how many on average?", "get_insights",
		`{"over":"signals","group_by":["account.domain"],"filter":{"field":"signal_type","op":"eq","value":"website_visit"},"limit":10,
		"measures":[{"name":"sum","fn":"sum","field":"context.seconds"},{"name":"n","fn":"count"},{"name":"avg","fn":"avg","field":"context.seconds"}]}`, rows,
		func(d *oracle.Data) any {
			domains, sum, n := visitTimes(d)
			slices.SortFunc(domains, func(a, b string) int { return cmp.Or(sum[b]-sum[a], cmp.Compare(a, b)) })
			return each(domains[:10], func(k string) string {
				return k + ": " + strconv.Itoa(sum[k]) + " | " + strconv.Itoa(n[k]) + " | " + mean(int64(sum[k]), int64(n[k]))
			})
		}),
	single("having", "How many companies visited three times or more, for over eight minutes on average?", "get_insights",
		`{"over":"signals","group_by":["account.domain"],"filter":{"field":"signal_type","op":"eq","value":"website_visit"},"limit":1,
		"measures":[{"name":"n","fn":"count"},{"name":"avg","fn":"avg","field":"context.seconds"}],
		"having":[{"measure":"n","op":"gte","value":3},{"measure":"avg","op":"gt","value":480}]}`, groupCount,
		func(d *oracle.Data) any {
			domains, sum, n := visitTimes(d)
			return oracle.Count(domains, func(k string) bool { return n[k] >= 3 && sum[k] > 480*n[k] })
		}),
	single("sum", "What is the sum, and what the average, of seconds over signals that have none?", "get_insights",
		`{"over":"signals","filter":{"field":"signal_type","op":"eq","value":"release"},"measures":[{"name":"n","fn":"count"},{"name":"sum","fn":"sum","field":"context.seconds"},
		{"name":"avg","fn":"avg","field":"context.seconds"}]}`, figures,
		func(d *oracle.Data) any {
			return map[string]any{"n": oracle.Count(d.Signals, kind("release")), "sum": nil, "avg": nil}
		}),
	single("sum", "How many accounts did breaches of each year expose?", "get_insights",
		`{"over":"signals","bucket":{"field":"occurred_at","unit":"year"},"filter":{"field":"signal_type","op":"eq","value":"security_breach"},
		"measures":[{"name":"sum","fn":"sum","field":"context.accounts"}],"order":[{"by":"occurred_at","dir":"desc"}]}`, rows,
		func(d *oracle.Data) any {
			keys, groups := oracle.Group(oracle.Where(d.Signals, kind("security_breach")), by("year", "UTC"))
			out := each(keys, func(k string) string {
				sum := 0
				for _, s := range groups[k] {
					n, _ := s.Number("accounts")
					sum += int(n)
				}
				return k + ": " + strconv.Itoa(sum)
			})
			slices.Reverse(out)
			return out
		}),
	single("max", "What are the first and the last company name, byte by byte?", "get_insights",
		`{"over":"accounts","measures":[{"name":"first","fn":"min","field":"name"},{"name":"last","fn":"max","field":"name"}]}`, figures,
		func(d *oracle.Data) any {
			names := sorted(each(d.Companies, func(c *oracle.Company) string { return c.Name }))
			return map[string]string{"first": names[0], "last": names[len(names)-1]}
		}),
	single("absence", "How many companies in Antarctica are there, in how many cities?", "get_insights",
		`{"over":"accounts","filter":{"field":"country_code","op":"eq","value":"AQ"},"measures":[{"name":"n","fn":"count"},{"name":"cities","fn":"count_distinct","field":"city"}]}`, figures,
		func(d *oracle.Data) any {
			found := oracle.Where(d.Companies, country("AQ"))
			return map[string]int{"n": len(found), "cities": oracle.Distinct(found, func(c *oracle.Company) string { return c.City })}
		}),
	single("missing", "How many visits came from each campaign, unknown last, by page from the most visited?", "get_insights",
		`{"over":"signals","group_by":["context.utm_source","context.page"],"measures":[{"name":"n","fn":"count"}],"filter":{"field":"signal_type","op":"eq","value":"website_visit"},
		"order":[{"by":"context.utm_source","dir":"asc"},{"by":"n","dir":"desc"}]}`, rows, campaigns),
	single("source", "For each type of signal and source, how many are there at companies in India?", "get_insights",
		`{"over":"signals","group_by":["signal_type","source"],"measures":[{"name":"n","fn":"count"}],"filter":{"account":{"field":"country_code","op":"eq","value":"IN"}},"limit":500}`,
		rows, func(d *oracle.Data) any {
			return tally(func(s *oracle.Signal) string { return s.Type + " | " + s.Source }, at(country("IN")))(d).Top(500)
		}),
	single("window", "How many companies had a signal in the last week, and how many in the week before?", "get_insights",
		`{"over":"signals","bucket":{"field":"occurred_at","unit":"week"},"measures":[{"name":"n","fn":"count_distinct","field":"account.id"}],
		"filter":{"all":[{"field":"occurred_at","op":"gte","value":"2026-08-10T00:00:00Z"},{"field":"occurred_at","op":"lt","value":"2026-08-24T00:00:00Z"}]}}`, rows,
		func(d *oracle.Data) any {
			keys, groups := oracle.Group(oracle.Where(d.Signals, window("2026-08-10T00:00:00Z", "2026-08-24T00:00:00Z")), by("week", "UTC"))
			return each(keys, func(k string) string { return k + ": " + strconv.Itoa(oracle.Distinct(groups[k], happenedAt)) })
		}),
	single("join", "How many US companies had a visitor who is a VP, and any signal that is no visit in 2026?", "find_accounts",
		`{"limit":1,"country":["United States"],"filter":{"all":[{"signals":{"types":["website_visit"],"where":{"lead":{"field":"seniority","op":"eq","value":"vp"}}}},
		{"signals":{"from":"2026-01-01T00:00:00Z","where":{"field":"signal_type","op":"ne","value":"website_visit"}}}]}}`, total,
		countCompanies(func(c *oracle.Company) bool { return c.Country == "United States" },
			had(1, kind("website_visit"), func(s *oracle.Signal) bool { return s.By != nil && s.By.Seniority == "vp" }),
			had(1, not(kind("website_visit")), window("2026-01-01T00:00:00Z", "2999-01-01T00:00:00Z")))),
	single("top", "Which listed Japanese companies have a domain that does not end in .jp? The first ten by domain.", "find_accounts",
		`{"country_code":["JP"],"filter":{"all":[{"field":"symbol","op":"present"},{"not":{"field":"domain","op":"suffix","value":".jp"}}]},"sort":[{"field":"domain"}],"limit":10}`,
		columns("domain", "name"), func(d *oracle.Data) any {
			found := oracle.Where(d.Companies, country("JP"), func(c *oracle.Company) bool { return c.Symbol != "" && !strings.HasSuffix(c.Domain, ".jp") })
			return sorted(each(found, func(c *oracle.Company) string { return c.Domain + " | " + c.Name }))[:10]
		}),
}

// campaigns counts visits by campaign and, within each, by page from the most visited.
func campaigns(d *oracle.Data) any {
	out := []string{}
	keys, groups := oracle.Group(oracle.Where(d.Signals, kind("website_visit")), text("utm_source"))
	for _, k := range keys {
		for _, row := range oracle.Tally(groups[k], text("page")).Top(100) {
			out = append(out, fmt.Sprint(k, " | ", row))
		}
	}
	return out
}
