package e2e_test

import (
	"cmp"
	"slices"
	"time"

	"github.com/unstuckengine/unstuck/internal/e2e/oracle"
)

// at tests the company at which a signal happened.
func at(test func(*oracle.Company) bool) func(*oracle.Signal) bool {
	return func(s *oracle.Signal) bool { return test(s.At) }
}

// had tests for companies with at least n signals that fulfil every test.
func had(n int, tests ...func(*oracle.Signal) bool) func(*oracle.Company) bool {
	return func(c *oracle.Company) bool { return oracle.Count(c.Signals, tests...) >= n }
}

// did tests for people with at least n signals that fulfil every test.
func did(n int, tests ...func(*oracle.Signal) bool) func(*oracle.Person) bool {
	return func(p *oracle.Person) bool { return oracle.Count(p.Signals, tests...) >= n }
}

// employs tests for companies with at least n people that fulfil every test.
func employs(n int, tests ...func(*oracle.Person) bool) func(*oracle.Company) bool {
	return func(c *oracle.Company) bool { return oracle.Count(c.People, tests...) >= n }
}

func senior(level string) func(*oracle.Person) bool {
	return func(p *oracle.Person) bool { return p.Seniority == level }
}

func domains(tests ...func(*oracle.Company) bool) func(*oracle.Data) any {
	return func(d *oracle.Data) any { return sorted(each(oracle.Where(d.Companies, tests...), domainOf)) }
}

// joinQuestions tie companies, people and signals together.
var joinQuestions = []question{
	single("join", "How many signals are there of Japanese companies in machinery?", "list_signals",
		`{"limit":1,"filter":{"all":[{"field":"account.country_code","op":"eq","value":"JP"},{"field":"account.industry","op":"eq","value":"Machinery"}]}}`, total,
		countSignals(at(country("JP")), at(industry("Machinery")))),
	single("join", "How many hiring signals are there by country of the company? The ten most.", "get_insights",
		`{"over":"signals","group_by":["account.country_code"],"measures":[{"name":"n","fn":"count"}],"limit":10,"filter":{"field":"signal_type","op":"eq","value":"hiring"}}`, rows,
		func(d *oracle.Data) any {
			return tally(func(s *oracle.Signal) string { return s.At.CountryCode }, kind("hiring"))(d).Top(10)
		}),
	single("join", "How many people of each seniority visited the website?", "get_insights",
		`{"over":"signals","group_by":["lead.seniority"],"measures":[{"name":"n","fn":"count_distinct","field":"lead.id"}],
		"filter":{"field":"signal_type","op":"eq","value":"website_visit"},"order":[{"by":"lead.seniority"}]}`, rows,
		func(d *oracle.Data) any {
			visitors := oracle.Where(d.People, did(1, kind("website_visit")))
			return oracle.Tally(visitors, seniority).Rows()
		}),
	single("join", "Which companies had five or more exploited vulnerabilities in 2024?", "find_accounts",
		`{"limit":100,"sort":[{"field":"domain"}],"filter":{"signals":{"types":["security_vulnerability"],"from":"2024-01-01T00:00:00Z","to":"2025-01-01T00:00:00Z","min":5}}}`,
		column("domain"), domains(had(5, kind("security_vulnerability"), window("2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z")))),
	single("join", "How many companies had exactly one or two breaches?", "find_accounts",
		`{"limit":1,"filter":{"signals":{"types":["security_breach"],"min":1,"max":2}}}`, total,
		countCompanies(had(1, kind("security_breach")), not(had(3, kind("security_breach"))))),
	single("join", "How many companies were hiring at some time and never stopped?", "find_accounts",
		`{"limit":1,"filter":{"all":[{"signals":{"types":["hiring"]}},{"not":{"signals":{"types":["hiring_stopped"]}}}]}}`, total,
		countCompanies(had(1, kind("hiring")), not(had(1, kind("hiring_stopped"))))),
	single("absence", "How many public German companies had no signal in the last 365 days?", "find_accounts",
		`{"limit":1,"country_code":["DE"],"ownership":["public"],"now":"2026-08-22T00:00:00Z","filter":{"signals":{"last_days":365,"max":0}}}`, total,
		countCompanies(country("DE"), func(c *oracle.Company) bool { return c.Ownership == "public" }, not(had(1, until("2025-08-22T00:00:00Z"))))),
	single("absence", "How many companies that had a product launch in 2025 had no release in it?", "find_accounts",
		`{"limit":1,"filter":{"all":[{"signals":{"types":["product_launch"],"from":"2025-01-01T00:00:00Z","to":"2026-01-01T00:00:00Z"}},
		{"signals":{"types":["release"],"from":"2025-01-01T00:00:00Z","to":"2026-01-01T00:00:00Z","max":0}}]}}`, total,
		countCompanies(had(1, kind("product_launch"), window("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z")),
			not(had(1, kind("release"), window("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"))))),
	single("join", "How many people visited /pricing in the last 30 days?", "find_leads",
		`{"limit":1,"now":"2026-08-22T00:00:00Z","filter":{"signals":{"types":["website_visit"],"last_days":30,"where":{"field":"context.page","op":"eq","value":"/pricing"}}}}`, total,
		countPeople(did(1, kind("website_visit"), page("/pricing"), until(monthAgo)))),
	single("join", "Which VPs and executives visited both /pricing and /demo in the last 30 days?", "find_leads",
		`{"seniority":["vp","executive"],"now":"2026-08-22T00:00:00Z","sort":[{"field":"external_id"}],"filter":{"all":[
		{"signals":{"last_days":30,"where":{"field":"context.page","op":"eq","value":"/pricing"}}},{"signals":{"last_days":30,"where":{"field":"context.page","op":"eq","value":"/demo"}}}]}}`,
		columns("external_id", "name", "account/domain"), func(d *oracle.Data) any {
			return sorted(each(oracle.Where(d.People, did(1, page("/pricing"), until(monthAgo)), did(1, page("/demo"), until(monthAgo)),
				func(p *oracle.Person) bool { return p.Seniority == "vp" || p.Seniority == "executive" }),
				func(p *oracle.Person) string { return p.ID + " | " + p.Name + " | " + p.CompanyDomain }))
		}),
	single("join", "How many people visited twice or more for ten minutes or longer?", "find_leads",
		`{"limit":1,"filter":{"signals":{"types":["website_visit"],"min":2,"where":{"field":"context.seconds","op":"gte","value":600}}}}`, total,
		countPeople(did(2, kind("website_visit"), func(s *oracle.Signal) bool { n, _ := s.Number("seconds"); return n >= 600 }))),
	single("join", "How many companies have a VP and have been hiring?", "find_accounts",
		`{"limit":1,"filter":{"all":[{"leads":{"where":{"field":"seniority","op":"eq","value":"vp"}}},{"signals":{"types":["hiring"]}}]}}`, total,
		countCompanies(employs(1, senior("vp")), had(1, kind("hiring")))),
	single("join", "How many companies have three executives or more, but no manager?", "find_accounts",
		`{"limit":1,"filter":{"all":[{"leads":{"min":3,"where":{"field":"seniority","op":"eq","value":"executive"}}},
		{"leads":{"max":0,"where":{"field":"seniority","op":"eq","value":"manager"}}}]}}`, total,
		countCompanies(employs(3, senior("executive")), not(employs(1, senior("manager"))))),
	single("absence", "How many Fintech companies have nobody among the people?", "find_accounts",
		`{"limit":1,"industry":["Fintech"],"filter":{"leads":{"max":0}}}`, total, countCompanies(industry("Fintech"), not(employs(1)))),
	single("distinct", "Which companies were visited by two or more of their people in the last 30 days?", "find_accounts",
		`{"limit":100,"now":"2026-08-22T00:00:00Z","sort":[{"field":"domain"}],"filter":{"signals":{"types":["website_visit"],"last_days":30,"min":2,"distinct":"lead.id"}}}`,
		column("domain"), domains(func(c *oracle.Company) bool {
			return oracle.Distinct(oracle.Where(c.Signals, kind("website_visit"), until(monthAgo)), visitor) >= 2
		})),
	single("distinct", "Which companies had the most different visitors? The ten first.", "get_insights",
		`{"over":"signals","group_by":["account.domain"],"measures":[{"name":"n","fn":"count_distinct","field":"lead.id"}],"limit":10,
		"filter":{"field":"signal_type","op":"eq","value":"website_visit"}}`, rows,
		func(d *oracle.Data) any {
			keys, groups := oracle.Group(oracle.Where(d.Signals, kind("website_visit")), happenedAt)
			out := oracle.Counts{}
			for _, k := range keys {
				out[k] = oracle.Distinct(groups[k], visitor)
			}
			return out.Top(10)
		}),
	single("join", "How many people work at companies with a vulnerability that ransomware uses?", "find_leads",
		`{"limit":1,"filter":{"account":{"signals":{"types":["security_vulnerability"],"where":{"field":"context.ransomware","op":"eq","value":"known"}}}}}`, total,
		countPeople(worksAt(had(1, kind("security_vulnerability"), is("ransomware", "Known"))))),
	single("join", "How many people had a signal of their own and work at a company that had a breach from 2016 on?", "find_leads",
		`{"limit":1,"filter":{"all":[{"signals":{}},{"account":{"signals":{"types":["security_breach"],"from":"2016-01-01T00:00:00Z"}}}]}}`, total,
		countPeople(did(1), worksAt(had(1, kind("security_breach"), window("2016-01-01T00:00:00Z", "2999-01-01T00:00:00Z"))))),
	single("handle", "To which employers did the maintainer with the handle AHRTR change, and when, newest first?", "list_signals",
		`{"types":["job_change"],"filter":{"field":"identity.handle","op":"eq","value":"GitHub:AHRTR"},"sort":[{"field":"occurred_at","dir":"desc"},{"field":"external_id"}]}`,
		columns("occurred_at", "title"), changes("github:ahrtr")),
	single("handle", "When was the person with the handle yurishkuro named in a signal?", "list_signals",
		`{"lead":["yurishkuro"],"sort":[{"field":"occurred_at","dir":"desc"},{"field":"external_id"}],"limit":100}`, columns("occurred_at", "external_id"),
		func(d *oracle.Data) any {
			return newestFirst(oracle.Where(d.Signals, func(s *oracle.Signal) bool { return s.PersonHandle == "github:yurishkuro" }),
				func(s *oracle.Signal) string { return s.OccurredAt.Format(time.RFC3339) + " | " + s.ID })
		}),
	single("handle", "Which maintainers were named in six signals or more? By handle.", "get_insights",
		`{"over":"signals","group_by":["identity.handle.folded"],"measures":[{"name":"n","fn":"count"}],"having":[{"measure":"n","op":"gte","value":6}],
		"filter":{"field":"identity.handle","op":"present"},"limit":500}`, groupCount,
		func(d *oracle.Data) any {
			named := oracle.Where(d.Signals, func(s *oracle.Signal) bool { return s.PersonHandle != "" })
			return len(oracle.Tally(named, func(s *oracle.Signal) string { return oracle.Fold(s.PersonHandle) }).AtLeast(6))
		}),
	single("concise", "What were the last three hires or launches at GitLab before now?", "list_signals",
		`{"types":["hiring","product_launch"],"account_domain":["gitlab.com"],"until":"2026-08-22T00:00:00Z","sort":[{"field":"occurred_at","dir":"desc"},{"field":"external_id"}],"limit":3}`,
		columns("occurred_at", "signal_type", "title", "account/name"), func(d *oracle.Data) any {
			c := companyAt(d, "gitlab.com")
			return newestFirst(oracle.Where(c.Signals, until("1900-01-01T00:00:00Z"), func(s *oracle.Signal) bool { return s.Type == "hiring" || s.Type == "product_launch" }),
				func(s *oracle.Signal) string {
					return s.OccurredAt.Format(time.RFC3339) + " | " + s.Type + " | " + s.Title + " | " + c.Name
				})[:3]
		}),
	single("concise", "Who at Microsoft is named Kevin or David in any spelling, with title and company?", "find_leads",
		`{"account_domain":["www.microsoft.com"],"filter":{"any":[{"field":"name","op":"word","value":"KEVIN"},{"field":"name","op":"word","value":"david"}]},"sort":[{"field":"external_id"}]}`,
		columns("external_id", "name", "title", "account/domain"), func(d *oracle.Data) any {
			return sorted(each(oracle.Where(companyAt(d, "microsoft.com").People, func(p *oracle.Person) bool {
				return slices.ContainsFunc(oracle.Words(p.Name), func(w string) bool { return w == "kevin" || w == "david" })
			}), func(p *oracle.Person) string {
				return p.ID + " | " + p.Name + " | " + p.Title + " | " + p.CompanyDomain
			}))
		}),
}

// newestFirst spells the signals, by time from the newest, then by id.
func newestFirst(signals []*oracle.Signal, spell func(*oracle.Signal) string) []string {
	signals = slices.Clone(signals)
	slices.SortFunc(signals, func(a, b *oracle.Signal) int {
		return cmp.Or(b.OccurredAt.Compare(a.OccurredAt), cmp.Compare(a.ID, b.ID))
	})
	return each(signals, spell)
}

func changes(handle string) func(*oracle.Data) any {
	return func(d *oracle.Data) any {
		return newestFirst(oracle.Where(d.Signals, kind("job_change"), func(s *oracle.Signal) bool { return s.PersonHandle == handle }),
			func(s *oracle.Signal) string { return s.OccurredAt.Format(time.RFC3339) + " | " + s.Title })
	}
}
