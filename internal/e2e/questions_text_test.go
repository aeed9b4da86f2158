package e2e_test

import (
	"strings"

	"github.com/unstuckengine/unstuck/internal/e2e/oracle"
)

// foundCompanies counts what a search for q finds among companies.
func foundCompanies(q string, tests ...func(*oracle.Company) bool) func(*oracle.Data) any {
	finds := oracle.Finds(q)
	return countCompanies(append(tests, func(c *oracle.Company) bool {
		return finds(append([]string{c.Name, c.Domain, c.Description}, c.Aliases...)...)
	})...)
}

// foundPeople counts what a search for q finds among people.
func foundPeople(q string) func(*oracle.Data) any {
	finds := oracle.Finds(q)
	return countPeople(func(p *oracle.Person) bool { return finds(p.Name, p.Title, p.Company) })
}

// spelt tests for companies of a name in any spelling.
func spelt(name string) func(*oracle.Company) bool {
	return func(c *oracle.Company) bool { return oracle.Fold(c.Name) == oracle.Fold(name) }
}

// described tests for a phrase in the description.
func described(phrase string) func(*oracle.Company) bool {
	holds := oracle.Phrase(phrase)
	return func(c *oracle.Company) bool { return holds(c.Description) }
}

func nameHolds(phrase string) func(*oracle.Company) bool {
	holds := oracle.Phrase(phrase)
	return func(c *oracle.Company) bool { return holds(c.Name) }
}

// textQuestions look for words.
var textQuestions = []question{
	single("phrase", "How many descriptions contain the phrase 'machine learning'?", "find_accounts",
		`{"limit":1,"filter":{"field":"description","op":"phrase","value":"Machine  Learning"}}`, total, countCompanies(described("machine learning"))),
	single("phrase", "How many descriptions contain 'open source', not counting 'open-source'?", "find_accounts",
		`{"limit":1,"filter":{"field":"description","op":"phrase","value":"open source"}}`, total, countCompanies(described("open source"))),
	single("word", "How many descriptions contain the words 'cloud' and 'security', whole and in any place?", "find_accounts",
		`{"limit":1,"filter":{"field":"description","op":"word","value":"security cloud"}}`, total,
		countCompanies(described("cloud"), described("security"))),
	single("word", "How many companies have 'bank' as a word of their name, in any case?", "find_accounts",
		`{"limit":1,"filter":{"field":"name","op":"word","value":"BANK"}}`, total,
		countCompanies(nameHolds("bank"))),
	single("word", "How many US companies does a search for 'kubernetes' find?", "find_accounts", `{"limit":1,"query":"kubernetes","country_code":["US"]}`, total,
		foundCompanies("kubernetes", country("US"))),
	single("prefix", "How many companies does a search for the beginning 'blockch' find?", "find_accounts", `{"limit":1,"query":"blockch"}`, total,
		foundCompanies("blockch")),
	single("word", "How many companies does a search for 'solar energy' find?", "find_accounts", `{"limit":1,"query":"Solar, ENERGY"}`, total,
		foundCompanies("solar energy")),
	single("typo", "How many companies does a misspelt 'semiconducter equipmnt' find?", "find_accounts", `{"limit":1,"query":"semiconducter equipmnt"}`, total,
		foundCompanies("semiconducter equipmnt")),
	single("typo", "Find the company 'Hashicrop'.", "find_accounts", `{"limit":1,"query":"Hashicrop"}`, field("items/0/domain"), named("HashiCorp")),
	single("typo", "Find the company 'Cloudflair'.", "find_accounts", `{"limit":1,"query":"Cloudflair"}`, field("items/0/domain"), named("Cloudflare")),
	single("typo", "Which companies have a name within typing errors of 'Elastik'?", "find_accounts",
		`{"filter":{"field":"name","op":"fuzzy","value":"Elastik"},"sort":[{"field":"domain"}],"limit":100}`, column("domain"),
		func(d *oracle.Data) any {
			return sorted(each(oracle.Where(d.Companies, func(c *oracle.Company) bool {
				for _, w := range oracle.Words(c.Name) {
					if oracle.Near(w, "elastik") {
						return true
					}
				}
				return false
			}), domainOf))
		}),
	single("accent", "How many people are called Jose Garcia, with or without accents?", "find_leads", `{"limit":1,"name":["JOSE GARCIA"]}`, total,
		countPeople(func(p *oracle.Person) bool { return oracle.Fold(p.Name) == "jose garcia" })),
	single("accent", "How many people does a search for 'José García' find?", "find_leads", `{"limit":1,"query":"José García"}`, total, foundPeople("José García")),
	single("accent", "Whose name begins with 'Bjorn', accents aside?", "find_leads",
		`{"filter":{"field":"name","op":"prefix","value":"BJORN"},"sort":[{"field":"external_id"}],"limit":100}`, columns("external_id", "name"),
		func(d *oracle.Data) any {
			return sorted(each(oracle.Where(d.People, func(p *oracle.Person) bool { return strings.HasPrefix(oracle.Fold(p.Name), "bjorn") }),
				func(p *oracle.Person) string { return p.ID + " | " + p.Name }))
		}),
	single("accent", "How many companies are in Düsseldorf, spelt 'Dusseldorf' or not?", "find_accounts", `{"limit":1,"city":["DÜSSELDORF"]}`, total,
		countCompanies(func(c *oracle.Company) bool { return oracle.Fold(c.City) == "dusseldorf" })),
	single("look-alike", "Which companies are named exactly Capital One?", "find_accounts", `{"name":["capital one"],"sort":[{"field":"domain"}]}`,
		columns("domain", "external_id"), func(d *oracle.Data) any {
			return sorted(each(oracle.Where(d.Companies, spelt("Capital One")), func(c *oracle.Company) string { return c.Domain + " | " + c.ID }))
		}),
	single("look-alike", "Which domains does a search for 'Capital One' show first?", "find_accounts", `{"query":"Capital One","limit":3}`, column("domain"),
		func(d *oracle.Data) any {
			return sorted(each(oracle.Where(d.Companies, spelt("Capital One")), domainOf))
		}),
	single("look-alike", "Which company is first for 'Apple', of all that have the word?", "find_accounts", `{"query":"Apple","limit":1}`, columns("domain", "name"),
		func(d *oracle.Data) any {
			return each(oracle.Where(d.Companies, spelt("Apple")), func(c *oracle.Company) string { return c.Domain + " | " + c.Name })
		}),
	single("look-alike", "How many names are shared by two companies or more, case and accents aside?", "get_insights",
		`{"over":"accounts","group_by":["name.folded"],"measures":[{"name":"n","fn":"count"}],"having":[{"measure":"n","op":"gt","value":1}],"limit":1}`, groupCount,
		func(d *oracle.Data) any {
			return len(oracle.Tally(d.Companies, func(c *oracle.Company) string { return oracle.Fold(c.Name) }).AtLeast(2))
		}),
}
