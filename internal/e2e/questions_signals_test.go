package e2e_test

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/e2e/oracle"
)

func countSignals(tests ...func(*oracle.Signal) bool) func(*oracle.Data) any {
	return func(d *oracle.Data) any { return oracle.Count(d.Signals, tests...) }
}

// tally counts the signals that fulfil every test by a value.
func tally(value func(*oracle.Signal) string, tests ...func(*oracle.Signal) bool) func(*oracle.Data) oracle.Counts {
	return func(d *oracle.Data) oracle.Counts { return oracle.Tally(oracle.Where(d.Signals, tests...), value) }
}

func typeOf(s *oracle.Signal) string   { return s.Type }
func sourceOf(s *oracle.Signal) string { return s.Source }

func text(member string) func(*oracle.Signal) string {
	return func(s *oracle.Signal) string { return s.Text(member) }
}

func is(member string, value any) func(*oracle.Signal) bool {
	return func(s *oracle.Signal) bool { return s.Payload[member] == value }
}

func holds(member string, values ...string) func(*oracle.Signal) bool {
	return func(s *oracle.Signal) bool {
		return slices.ContainsFunc(s.Lists(member), func(v string) bool { return slices.Contains(values, v) })
	}
}

// signalQuestions are about events: windows, contexts, sums.
var signalQuestions = []question{
	single("facet", "How many signals are there of each type?", "get_insights",
		`{"over":"signals","group_by":["signal_type"],"measures":[{"name":"n","fn":"count"}]}`, rows, func(d *oracle.Data) any { return oracle.Tally(d.Signals, typeOf).Top(99) }),
	single("source", "How many signals come from each source, of how many companies?", "get_insights",
		`{"over":"signals","group_by":["source"],"measures":[{"name":"n","fn":"count"},{"name":"companies","fn":"count_distinct","field":"account.id"}],"order":[{"by":"source"}]}`, rows,
		func(d *oracle.Data) any {
			keys, groups := oracle.Group(d.Signals, sourceOf)
			return each(keys, func(k string) string {
				return k + ": " + strconv.Itoa(len(groups[k])) + " | " + strconv.Itoa(oracle.Distinct(groups[k], happenedAt))
			})
		}),
	single("source", "How many hiring signals come from remote-jobs?", "list_signals", `{"limit":1,"types":["hiring"],"source":["Remote-Jobs"]}`, total,
		countSignals(kind("hiring"), func(s *oracle.Signal) bool { return s.Source == "remote-jobs" })),
	single("window", "How many signals lie in the future?", "list_signals", `{"limit":1,"since":"2026-08-22T00:00:00.000001Z"}`, total,
		countSignals(func(s *oracle.Signal) bool { return s.OccurredAt.After(oracle.Time(now)) })),
	single("window", "How many signals of each type are there from the 1990s?", "get_insights",
		`{"over":"signals","group_by":["signal_type"],"measures":[{"name":"n","fn":"count"}],"filter":{"field":"occurred_at","op":"lt","value":"2000-01-01T00:00:00Z"}}`, rows,
		func(d *oracle.Data) any {
			return tally(typeOf, window("1990-01-01T00:00:00Z", "2000-01-01T00:00:00Z"))(d).Top(99)
		}),
	single("window", "How many signals are there from midnight in Berlin on 1 March 2024 to midnight there on 1 April (summer time began)?", "list_signals",
		`{"limit":1,"since":"2024-03-01T00:00:00+01:00","until":"2024-04-01T00:00:00+02:00"}`, total,
		countSignals(window("2024-02-29T23:00:00Z", "2024-03-31T22:00:00Z"))),
	single("future", "Which products reach their end of life in the next 90 days, by product?", "get_insights",
		`{"over":"signals","group_by":["context.product"],"measures":[{"name":"n","fn":"count"}],"filter":{"all":[{"field":"signal_type","op":"eq","value":"end_of_life"},
		{"field":"occurred_at","op":"gte","value":"2026-08-22T00:00:00Z"},{"field":"occurred_at","op":"lt","value":"2026-11-20T00:00:00Z"}]},"order":[{"by":"context.product"}],"limit":200}`, rows,
		func(d *oracle.Data) any {
			return tally(text("product"), kind("end_of_life"), window(now, "2026-11-20T00:00:00Z"))(d).Rows()
		}),
	single("future", "What are the next three ends of life at Red Hat?", "list_signals",
		`{"types":["end_of_life"],"account_domain":["redhat.com"],"since":"2026-08-22T00:00:00Z","sort":[{"field":"occurred_at"},{"field":"title"}],"limit":3}`,
		columns("occurred_at", "title", "account/domain"), func(d *oracle.Data) any {
			found := oracle.Where(companyAt(d, "redhat.com").Signals, kind("end_of_life"), window(now, "2999-01-01T00:00:00Z"))
			slices.SortFunc(found, func(a, b *oracle.Signal) int {
				return cmp.Or(a.OccurredAt.Compare(b.OccurredAt), cmp.Compare(oracle.Fold(a.Title), oracle.Fold(b.Title)))
			})
			return each(found[:3], func(s *oracle.Signal) string {
				return s.OccurredAt.Format(time.RFC3339) + " | " + s.Title + " | " + s.CompanyDomain
			})
		}),
	single("context", "Visits of which pages, how many, how long in all, at most and on average?", "get_insights",
		`{"over":"signals","group_by":["context.page"],"filter":{"field":"signal_type","op":"eq","value":"website_visit"},"order":[{"by":"context.page"}],
		"measures":[{"name":"n","fn":"count"},{"name":"sum","fn":"sum","field":"context.seconds"},{"name":"max","fn":"max","field":"context.seconds"},{"name":"avg","fn":"avg","field":"context.seconds"}]}`,
		rows, func(d *oracle.Data) any {
			keys, groups := oracle.Group(oracle.Where(d.Signals, kind("website_visit")), text("page"))
			return each(keys, func(k string) string {
				sum, most, n := 0, 0, len(groups[k])
				for _, s := range groups[k] {
					seconds, _ := s.Number("seconds")
					sum, most = sum+int(seconds), max(most, int(seconds))
				}
				return k + ": " + strconv.Itoa(n) + " | " + strconv.Itoa(sum) + " | " + strconv.Itoa(most) + " | " + mean(int64(sum), int64(n))
			})
		}),
	single("context", "How many visits lasted more than 800 seconds?", "list_signals",
		`{"limit":1,"filter":{"field":"context.seconds","op":"gt","value":800}}`, total,
		countSignals(func(s *oracle.Signal) bool { n, _ := s.Number("seconds"); return n > 800 })),
	single("context", "How many visits from the newsletter or without a known campaign were of /demo?", "list_signals",
		`{"limit":1,"types":["website_visit"],"filter":{"all":[{"field":"context.page","op":"eq","value":"/demo"},{"any":[{"field":"context.utm_source","op":"missing"},
		{"field":"context.utm_source","op":"eq","value":"Newsletter"}]}]}}`, total,
		countSignals(page("/demo"), func(s *oracle.Signal) bool {
			return s.Payload["utm_source"] == nil || s.Text("utm_source") == "newsletter"
		})),
	single("context", "How many jobs ask for Rust or Go?", "list_signals",
		`{"limit":1,"types":["hiring"],"filter":{"field":"context.technologies","op":"any_of","value":["rust","go"]}}`, total,
		countSignals(kind("hiring"), holds("technologies", "rust", "go"))),
	single("context", "How many jobs ask for both JavaScript and Python, but not for PHP?", "list_signals",
		`{"limit":1,"types":["hiring"],"filter":{"all":[{"field":"context.technologies","op":"all_of","value":["javascript","Python"]},
		{"not":{"field":"context.technologies","op":"any_of","value":["php"]}}]}}`, total,
		countSignals(kind("hiring"), holds("technologies", "javascript"), holds("technologies", "python"), not(holds("technologies", "php")))),
	single("context", "Which eight technologies do most jobs ask for?", "get_insights",
		`{"over":"signals","group_by":["context.technologies"],"measures":[{"name":"n","fn":"count"}],"limit":8,"filter":{"field":"context.technologies","op":"present"}}`, rows,
		func(d *oracle.Data) any {
			asked := oracle.Where(d.Signals, func(s *oracle.Signal) bool { return len(s.Lists("technologies")) > 0 })
			return oracle.TallyEach(asked, func(s *oracle.Signal) []string { return s.Lists("technologies") }).Top(8)
		}),
	single("context", "How many breaches exposed passwords, how many accounts did they hit in all, and how many at most?", "get_insights",
		`{"over":"signals","filter":{"all":[{"field":"signal_type","op":"eq","value":"security_breach"},{"field":"context.data_classes","op":"any_of","value":["passwords"]}]},
		"measures":[{"name":"n","fn":"count"},{"name":"accounts","fn":"sum","field":"context.accounts"},{"name":"most","fn":"max","field":"context.accounts"}]}`, figures,
		func(d *oracle.Data) any {
			out := map[string]int{"n": 0, "accounts": 0, "most": 0}
			for _, s := range oracle.Where(d.Signals, kind("security_breach"), holds("data_classes", "passwords")) {
				n, _ := s.Number("accounts")
				out["n"], out["accounts"], out["most"] = out["n"]+1, out["accounts"]+int(n), max(out["most"], int(n))
			}
			return out
		}),
	single("context", "How many breaches are not verified?", "list_signals", `{"limit":1,"types":["security_breach"],"filter":{"field":"context.verified","op":"eq","value":false}}`,
		total, countSignals(kind("security_breach"), is("verified", false))),
	single("context", "Which products had the most long-term support releases? The six first.", "get_insights",
		`{"over":"signals","group_by":["context.product"],"measures":[{"name":"n","fn":"count"}],"limit":6,"filter":{"all":[{"field":"signal_type","op":"eq","value":"product_launch"},
		{"field":"context.lts","op":"eq","value":true}]}}`, rows,
		func(d *oracle.Data) any {
			return tally(text("product"), kind("product_launch"), is("lts", true))(d).Top(6)
		}),
	single("context", "How many releases are under a GPL licence of any version?", "list_signals",
		`{"limit":1,"types":["release"],"filter":{"field":"context.license","op":"prefix","value":"GPL-"}}`, total,
		countSignals(kind("release"), func(s *oracle.Signal) bool { return len(s.Text("license")) > 3 && s.Text("license")[:4] == "GPL-" })),
	single("context", "How many exploited vulnerabilities of Windows are of cross-site scripting or use after free?", "list_signals",
		`{"limit":1,"types":["security_vulnerability"],"filter":{"any":[{"field":"context.cwes","op":"any_of","value":["CWE-79"]},
		{"all":[{"field":"context.product","op":"eq","value":"windows"},{"field":"context.cwes","op":"any_of","value":["cwe-416"]}]}]}}`, total,
		countSignals(kind("security_vulnerability"), func(s *oracle.Signal) bool {
			return holds("cwes", "CWE-79")(s) || s.Text("product") == "Windows" && holds("cwes", "CWE-416")(s)
		})),
	single("top", "Which 14 companies have the most exploited vulnerabilities (two tie at the cut)?", "get_insights",
		`{"over":"signals","group_by":["account.domain"],"measures":[{"name":"n","fn":"count"}],"limit":14,"filter":{"field":"signal_type","op":"eq","value":"security_vulnerability"}}`,
		rows, func(d *oracle.Data) any { return tally(happenedAt, kind("security_vulnerability"))(d).Cut(14) }),
	single("top", "To which eight employers did most maintainers change (three tie at the cut)?", "get_insights",
		`{"over":"signals","group_by":["context.to"],"measures":[{"name":"n","fn":"count"}],"limit":8,"filter":{"field":"signal_type","op":"eq","value":"job_change"}}`, rows,
		func(d *oracle.Data) any { return tally(text("to"), kind("job_change"))(d).Cut(8) }),
	single("max", "Which ten companies released last before now, and when?", "get_insights",
		`{"over":"signals","group_by":["account.domain"],"measures":[{"name":"last","fn":"max","field":"occurred_at"}],"order":[{"by":"last","dir":"desc"}],"limit":10,
		"filter":{"all":[{"field":"signal_type","op":"eq","value":"release"},{"field":"occurred_at","op":"lt","value":"2026-08-22T00:00:00Z"}]}}`, rows, latest("release", 10)),
	single("max", "When were the first and the last signal of all?", "get_insights",
		`{"over":"signals","measures":[{"name":"first","fn":"min","field":"occurred_at"},{"name":"last","fn":"max","field":"occurred_at"}]}`, figures,
		func(d *oracle.Data) any {
			last := d.Signals[len(d.Signals)-1] // sorted by time
			return map[string]time.Time{"first": d.Signals[0].OccurredAt, "last": last.OccurredAt}
		}),
	single("missing", "How many signals name a person by a handle that nobody has any more?", "list_signals",
		`{"limit":1,"filter":{"all":[{"field":"identity.handle","op":"present"},{"field":"lead.id","op":"missing"}]}}`, total,
		countSignals(func(s *oracle.Signal) bool { return s.PersonHandle != "" && s.By == nil })),
}

// latest lists the companies with the newest signals of a type before now, ties by domain.
func latest(kindOf string, n int) func(*oracle.Data) any {
	return func(d *oracle.Data) any {
		newest := map[string]time.Time{}
		for _, s := range oracle.Where(d.Signals, kind(kindOf), func(s *oracle.Signal) bool { return s.OccurredAt.Before(oracle.Time(now)) }) {
			if s.OccurredAt.After(newest[s.CompanyDomain]) {
				newest[s.CompanyDomain] = s.OccurredAt
			}
		}
		var domains []string
		for domain := range newest {
			domains = append(domains, domain)
		}
		slices.SortFunc(domains, func(a, b string) int {
			return cmp.Or(newest[b].Compare(newest[a]), cmp.Compare(a, b))
		})
		return each(domains[:n], func(domain string) string { return domain + ": " + newest[domain].Format(time.RFC3339) })
	}
}
