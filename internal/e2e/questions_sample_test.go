package e2e_test

import (
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/e2e/oracle"
)

// Conditions and values that many questions share.

func country(code string) func(*oracle.Company) bool {
	return func(c *oracle.Company) bool { return c.CountryCode == code }
}

func industry(name string) func(*oracle.Company) bool {
	return func(c *oracle.Company) bool { return c.Industry == name }
}

func kind(name string) func(*oracle.Signal) bool {
	return func(s *oracle.Signal) bool { return s.Type == name }
}

func window(from, to string) func(*oracle.Signal) bool {
	return func(s *oracle.Signal) bool { return s.In(from, to) }
}

// until is a window that ends now.
func until(from string) func(*oracle.Signal) bool { return window(from, now) }

func page(name string) func(*oracle.Signal) bool {
	return func(s *oracle.Signal) bool { return s.Text("page") == name }
}

func not[T any](test func(T) bool) func(T) bool { return func(v T) bool { return !test(v) } }

func domainOf(c *oracle.Company) string  { return c.Domain }
func happenedAt(s *oracle.Signal) string { return s.CompanyDomain }

// visitor identifies who a signal is of; empty when nobody among the people.
func visitor(s *oracle.Signal) string {
	if s.By == nil {
		return ""
	}
	return s.By.ID
}

func sorted(in []string) []string {
	out := slices.Clone(in)
	slices.Sort(out)
	return out
}

// each returns a value of every row, in their order.
func each[T any](rows []T, value func(T) string) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = value(r)
	}
	return out
}

// The moment at which the sample ends, and the month before.
const (
	now      = "2026-08-22T00:00:00Z"
	monthAgo = "2026-07-23T00:00:00Z"
)

// sampleQuestions are those that come with the sample, in its order.
var sampleQuestions = []question{
	single("and", "How many machinery companies are based in Japan?", "find_accounts",
		`{"country_code":["JP"],"industry":["Machinery"],"limit":1}`, total,
		func(d *oracle.Data) any { return oracle.Count(d.Companies, country("JP"), industry("Machinery")) }),
	single("facet", "Break the companies that have a size down by size.", "get_insights",
		`{"over":"accounts","filter":{"field":"size","op":"present"},"group_by":["size"],"measures":[{"name":"n","fn":"count"}]}`, facet,
		func(d *oracle.Data) any {
			sized := func(c *oracle.Company) bool { return c.Size != "" }
			return oracle.Tally(oracle.Where(d.Companies, sized), func(c *oracle.Company) string { return c.Size })
		}),
	single("range", "How many Chinese companies were founded from 2000 to 2010 inclusive?", "find_accounts",
		`{"country_code":["CN"],"founded_from":2000,"founded_to":2010,"limit":1}`, total,
		func(d *oracle.Data) any {
			return oracle.Count(d.Companies, country("CN"), func(c *oracle.Company) bool { return 2000 <= c.FoundedYear && c.FoundedYear <= 2010 })
		}),
	single("or", "How many US companies are in California?", "find_accounts", `{"country_code":["US"],"state":["CA","California"],"limit":1}`, total,
		func(d *oracle.Data) any {
			return oracle.Count(d.Companies, country("US"), func(c *oracle.Company) bool { return c.State == "CA" || c.State == "California" })
		}),
	single("look-up", "Look up HTTPS://WWW.Atlassian.COM/ and give its company id.", "get_record", `{"domain":"HTTPS://WWW.Atlassian.COM/"}`,
		field("external_id"), func(d *oracle.Data) any { return companyAt(d, "atlassian.com").ID }),
	single("prefix", "Which companies have a name starting with 'graf'?", "find_accounts",
		`{"filter":{"field":"name","op":"prefix","value":"Graf"},"sort":[{"field":"domain"}],"limit":100}`, column("domain"),
		func(d *oracle.Data) any {
			begins := func(c *oracle.Company) bool { return strings.HasPrefix(oracle.Fold(c.Name), "graf") }
			return sorted(each(oracle.Where(d.Companies, begins), domainOf))
		}),
	single("typo", "Find the company 'Grafna Labs'.", "find_accounts", `{"query":"Grafna Labs","limit":1}`, field("items/0/domain"),
		named("Grafana Labs")),
	single("phrase", "How many descriptions contain the phrase 'supply chain'?", "find_accounts",
		`{"filter":{"field":"description","op":"phrase","value":"supply chain"},"limit":1}`, total, countCompanies(described("supply chain"))),
	single("join", "How many VP-level people work at companies in Germany?", "find_leads",
		`{"seniority":["vp"],"filter":{"field":"account.country_code","op":"eq","value":"DE"},"limit":1}`, total,
		func(d *oracle.Data) any {
			return oracle.Count(d.People, func(p *oracle.Person) bool { return p.Seniority == "vp" && p.At != nil && p.At.CountryCode == "DE" })
		}),
	single("window", "How many signals from 2024-01-01T00:00:00Z (inclusive) to 2024-02-01T00:00:00Z (exclusive)?", "list_signals",
		`{"since":"2024-01-01T00:00:00Z","until":"2024-02-01T00:00:00Z","limit":1}`, total,
		func(d *oracle.Data) any {
			return oracle.Count(d.Signals, window("2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z"))
		}),
	single("context", "How many exploited vulnerabilities added in 2024 are known to be used by ransomware?", "list_signals",
		`{"types":["security_vulnerability"],"since":"2024-01-01T00:00:00Z","until":"2025-01-01T00:00:00Z","limit":1,
		"filter":{"field":"context.ransomware","op":"eq","value":"Known"}}`, total,
		func(d *oracle.Data) any {
			return oracle.Count(d.Signals, kind("security_vulnerability"), window("2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"),
				func(s *oracle.Signal) bool { return s.Text("ransomware") == "Known" })
		}),
	single("having", "Which companies had 3 or more exploited vulnerabilities from January to August 2025?", "get_insights",
		`{"over":"signals","group_by":["account.domain"],"measures":[{"name":"n","fn":"count"}],"having":[{"measure":"n","op":"gte","value":3}],
		"filter":{"all":[{"field":"signal_type","op":"eq","value":"security_vulnerability"},{"field":"occurred_at","op":"gte","value":"2025-01-01T00:00:00Z"},
		{"field":"occurred_at","op":"lt","value":"2025-09-01T00:00:00Z"}]}}`, facet,
		func(d *oracle.Data) any {
			found := oracle.Where(d.Signals, kind("security_vulnerability"), window("2025-01-01T00:00:00Z", "2025-09-01T00:00:00Z"))
			return oracle.Tally(found, happenedAt).AtLeast(3)
		}),
	single("distinct", "How many companies, and how many people, visited /pricing in the last 30 days?", "get_insights",
		`{"over":"signals","measures":[{"name":"companies","fn":"count_distinct","field":"account.id"},{"name":"people","fn":"count_distinct","field":"lead.id"}],
		"filter":{"all":[{"field":"signal_type","op":"eq","value":"website_visit"},{"field":"context.page","op":"eq","value":"/pricing"},
		{"field":"occurred_at","op":"gte","value":"2026-07-23T00:00:00Z"},{"field":"occurred_at","op":"lt","value":"2026-08-22T00:00:00Z"}]}}`, figures,
		func(d *oracle.Data) any {
			visits := oracle.Where(d.Signals, kind("website_visit"), page("/pricing"), until(monthAgo))
			return map[string]int{"companies": oracle.Distinct(visits, happenedAt), "people": oracle.Distinct(visits, visitor)}
		}),
}

func companyAt(d *oracle.Data, domain string) *oracle.Company {
	return oracle.Where(d.Companies, func(c *oracle.Company) bool { return c.Domain == domain })[0]
}

// named is the domain of the only company of that name.
func named(name string) func(*oracle.Data) any {
	return func(d *oracle.Data) any {
		found := oracle.Where(d.Companies, func(c *oracle.Company) bool { return c.Name == name })
		if len(found) != 1 {
			return nil
		}
		return found[0].Domain
	}
}
