package e2e_test

import (
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/e2e/oracle"
)

func countPeople(tests ...func(*oracle.Person) bool) func(*oracle.Data) any {
	return func(d *oracle.Data) any { return oracle.Count(d.People, tests...) }
}

func seniority(p *oracle.Person) string { return p.Seniority }
func employer(p *oracle.Person) string  { return p.CompanyDomain }

// worksAt tests the company of a person; without one it fails.
func worksAt(test func(*oracle.Company) bool) func(*oracle.Person) bool {
	return func(p *oracle.Person) bool { return p.At != nil && test(p.At) }
}

// peopleQuestions are about people and where they work.
var peopleQuestions = []question{
	single("facet", "Break all people down by seniority, unknown included.", "get_insights",
		`{"over":"leads","group_by":["seniority"],"measures":[{"name":"n","fn":"count"}],"order":[{"by":"n","dir":"desc"}]}`, rows,
		func(d *oracle.Data) any { return oracle.Tally(d.People, seniority).Top(10) }),
	single("facet", "How many people are there by department and seniority?", "get_insights",
		`{"over":"leads","group_by":["department","seniority"],"measures":[{"name":"n","fn":"count"}],"order":[{"by":"department"},{"by":"seniority"}],
		"filter":{"field":"department","op":"present"}}`, rows,
		func(d *oracle.Data) any {
			known := oracle.Where(d.People, func(p *oracle.Person) bool { return p.Department != "" })
			return oracle.Tally(known, func(p *oracle.Person) string { return p.Department + " | " + p.Seniority }).Rows()
		}),
	single("missing", "How many people are at no known company?", "find_leads", `{"limit":1,"filter":{"field":"account.id","op":"missing"}}`, total,
		countPeople(func(p *oracle.Person) bool { return p.At == nil })),
	single("missing", "How many people work at a company whose country is unknown?", "find_leads",
		`{"limit":1,"filter":{"account":{"field":"country_code","op":"missing"}}}`, total, countPeople(worksAt(country("")))),
	single("not", "How many real people are not known to work in the US, those at no company included?", "find_leads",
		`{"limit":1,"filter":{"all":[{"field":"synthetic","op":"eq","value":false},{"not":{"field":"account.country_code","op":"eq","value":"US"}}]}}`, total,
		countPeople(func(p *oracle.Person) bool { return !p.Synthetic }, not(worksAt(country("US"))))),
	single("prefix", "How many people have a title that begins with 'Maintainer, Kube'?", "find_leads",
		`{"limit":1,"filter":{"field":"title","op":"prefix","value":"maintainer, kube"}}`, total,
		countPeople(func(p *oracle.Person) bool { return strings.HasPrefix(oracle.Fold(p.Title), "maintainer, kube") })),
	single("word", "How many people have 'engineer' and 'software' as words in their title?", "find_leads",
		`{"limit":1,"filter":{"field":"title","op":"word","value":"Engineer software"}}`, total,
		countPeople(func(p *oracle.Person) bool {
			return oracle.Phrase("engineer")(p.Title) && oracle.Phrase("software")(p.Title)
		})),
	single("or", "How many directors or VPs work in security or data?", "find_leads",
		`{"limit":1,"seniority":["director","vp"],"department":["security","data"]}`, total,
		countPeople(func(p *oracle.Person) bool {
			return (p.Seniority == "director" || p.Seniority == "vp") && (p.Department == "security" || p.Department == "data")
		})),
	single("missing", "How many people have a handle, and how many a work email?", "get_insights",
		`{"over":"leads","measures":[{"name":"handles","fn":"count","field":"handle"},{"name":"emails","fn":"count","field":"work_email"}]}`, figures,
		func(d *oracle.Data) any {
			return map[string]int{"handles": oracle.Count(d.People, func(p *oracle.Person) bool { return p.Handle != "" }),
				"emails": oracle.Count(d.People, func(p *oracle.Person) bool { return p.Email != "" })}
		}),
	single("join", "How many people work at fintech companies in the US or Canada?", "find_leads",
		`{"limit":1,"filter":{"all":[{"field":"account.industry","op":"eq","value":"fintech"},{"field":"account.country_code","op":"in","value":["US","CA"]}]}}`, total,
		countPeople(worksAt(industry("Fintech")), worksAt(func(c *oracle.Company) bool { return c.CountryCode == "US" || c.CountryCode == "CA" }))),
	single("join", "How many people work at companies tagged bug-bounty but not techstars?", "find_leads",
		`{"limit":1,"filter":{"all":[{"field":"account.tags","op":"any_of","value":["bug-bounty"]},{"not":{"field":"account.tags","op":"any_of","value":["techstars"]}}]}}`,
		total, countPeople(worksAt(tagged("bug-bounty")), worksAt(not(tagged("techstars"))))),
	single("join", "By the industry of their company, where do executives work? The ten most frequent.", "get_insights",
		`{"over":"leads","group_by":["account.industry"],"measures":[{"name":"n","fn":"count"}],"limit":10,"filter":{"field":"seniority","op":"eq","value":"executive"}}`, rows,
		func(d *oracle.Data) any {
			executives := oracle.Where(d.People, func(p *oracle.Person) bool { return p.Seniority == "executive" })
			return oracle.Tally(executives, func(p *oracle.Person) string {
				if p.At == nil {
					return ""
				}
				return p.At.Industry
			}).Top(10)
		}),
	single("top", "Which twelve companies have the most people?", "get_insights",
		`{"over":"leads","group_by":["account.domain"],"measures":[{"name":"n","fn":"count"}],"limit":12,"filter":{"field":"account.domain","op":"present"}}`, rows,
		func(d *oracle.Data) any {
			return oracle.Tally(oracle.Where(d.People, func(p *oracle.Person) bool { return p.At != nil }), employer).Top(12)
		}),
	single("distinct", "At how many companies do people work, and how many names do they have, as spelt and folded?", "get_insights",
		`{"over":"leads","measures":[{"name":"companies","fn":"count_distinct","field":"account.id"},{"name":"names","fn":"count_distinct","field":"name"},
		{"name":"folded","fn":"count_distinct","field":"name.folded"}]}`, figures,
		func(d *oracle.Data) any {
			return map[string]int{"companies": oracle.Distinct(d.People, employer), "names": oracle.Distinct(d.People, func(p *oracle.Person) string { return p.Name }),
				"folded": oracle.Distinct(d.People, func(p *oracle.Person) string { return oracle.Fold(p.Name) })}
		}),
	single("having", "Which names do three people or more share, without regard to accents?", "get_insights",
		`{"over":"leads","group_by":["name.folded"],"measures":[{"name":"n","fn":"count"}],"having":[{"measure":"n","op":"gte","value":3}],"order":[{"by":"n","dir":"desc"}],"limit":40}`, rows,
		func(d *oracle.Data) any {
			return oracle.Tally(d.People, func(p *oracle.Person) string { return oracle.Fold(p.Name) }).AtLeast(3).Top(40)
		}),
	{"paging", "Who are the first 60 people at IBM, Microsoft, Red Hat and Google by id, in two pages?",
		[]call{{"find_leads", atGiants + `}`}, {"find_leads", atGiants + `,"cursor":"{{next_cursor}}"}`}}, column("external_id"),
		func(d *oracle.Data) any {
			there := oracle.Where(d.People, func(p *oracle.Person) bool {
				return slices.Contains([]string{"ibm.com", "microsoft.com", "redhat.com", "google.com"}, p.CompanyDomain)
			})
			return sorted(each(there, func(p *oracle.Person) string { return p.ID }))[:60]
		}},
}

const atGiants = `{"account_domain":["IBM.com","microsoft.com","https://redhat.com","google.com"],"sort":[{"field":"external_id"}],"limit":30`
