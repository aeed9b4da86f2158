package e2e_test

import (
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/e2e/oracle"
)

// countCompanies counts the companies that fulfil every test.
func countCompanies(tests ...func(*oracle.Company) bool) func(*oracle.Data) any {
	return func(d *oracle.Data) any { return oracle.Count(d.Companies, tests...) }
}

func tagged(tag string) func(*oracle.Company) bool {
	return func(c *oracle.Company) bool { return slices.Contains(c.Tags, tag) }
}

var chips = oracle.Phrase("semiconductors")

// accountQuestions pick companies by their own fields.
var accountQuestions = []question{
	single("or", "How many companies are in Germany, Austria or Switzerland?", "find_accounts",
		`{"limit":1,"filter":{"any":[{"field":"country_code","op":"eq","value":"DE"},{"field":"country_code","op":"eq","value":"AT"},
		{"field":"country_code","op":"eq","value":"CH"}]}}`, total,
		countCompanies(func(c *oracle.Company) bool { return slices.Contains([]string{"DE", "AT", "CH"}, c.CountryCode) })),
	single("or", "How many companies are in the United Kingdom, by its name, or in Ireland, by its code?", "find_accounts",
		`{"country":["united kingdom","IE"],"limit":1}`, total,
		countCompanies(func(c *oracle.Company) bool { return c.Country == "United Kingdom" || c.CountryCode == "IE" })),
	single("not", "How many Japanese companies are in neither machinery nor chemicals, unknown industries included?", "find_accounts",
		`{"country_code":["JP"],"limit":1,"filter":{"not":{"field":"industry","op":"in","value":["machinery","Chemicals"]}}}`, total,
		countCompanies(country("JP"), not(industry("Machinery")), not(industry("Chemicals")))),
	single("not", "How many US companies have an industry that is not software?", "find_accounts",
		`{"country_code":["US"],"limit":1,"filter":{"field":"industry","op":"ne","value":"SOFTWARE"}}`, total,
		countCompanies(country("US"), not(industry("Software")), not(industry("")))),
	single("not", "How many listed companies are known to be in a sector other than industrials, materials and energy?", "find_accounts",
		`{"limit":1,"filter":{"field":"sector","op":"not_in","value":["Industrials","Materials","Energy"]}}`, total,
		countCompanies(func(c *oracle.Company) bool {
			return !slices.Contains([]string{"", "Industrials", "Materials", "Energy"}, c.Sector)
		})),
	single("and", "How many Japanese or Korean companies are in information technology or have a mega or large market cap, but are no semiconductor makers?",
		"find_accounts", `{"limit":1,"filter":{"all":[{"field":"country_code","op":"in","value":["JP","KR"]},
		{"any":[{"field":"sector","op":"eq","value":"Information Technology"},{"field":"market_cap","op":"in","value":["mega","large"]}]},
		{"not":{"field":"industry","op":"word","value":"semiconductors"}}]}}`, total,
		countCompanies(func(c *oracle.Company) bool {
			return (c.CountryCode == "JP" || c.CountryCode == "KR") && (c.Sector == "Information Technology" || c.MarketCap == "mega" || c.MarketCap == "large") &&
				!chips(c.Industry)
		})),
	single("missing", "How many companies have no country?", "find_accounts", `{"limit":1,"filter":{"field":"country","op":"missing"}}`, total,
		countCompanies(func(c *oracle.Company) bool { return c.Country == "" })),
	single("missing", "How many companies have neither a country code nor an industry?", "find_accounts",
		`{"limit":1,"filter":{"all":[{"field":"country_code","op":"missing"},{"not":{"field":"industry","op":"present"}}]}}`, total,
		countCompanies(country(""), industry(""))),
	single("missing", "Which companies have a country, but no code for it?", "find_accounts",
		`{"filter":{"all":[{"field":"country","op":"present"},{"field":"country_code","op":"missing"}]},"sort":[{"field":"domain"}]}`, column("domain"),
		func(d *oracle.Data) any {
			return sorted(each(oracle.Where(d.Companies, func(c *oracle.Company) bool { return c.Country != "" }, country("")), domainOf))
		}),
	single("missing", "How many companies have no tags?", "find_accounts", `{"limit":1,"filter":{"field":"tags","op":"missing"}}`, total,
		countCompanies(func(c *oracle.Company) bool { return len(c.Tags) == 0 })),
	single("suffix", "How many companies have a domain ending in .io?", "find_accounts",
		`{"limit":1,"filter":{"field":"domain","op":"suffix","value":".io"}}`, total,
		countCompanies(func(c *oracle.Company) bool { return strings.HasSuffix(c.Domain, ".io") })),
	single("suffix", "How many US companies have a domain ending in .dev or .ai?", "find_accounts",
		`{"limit":1,"country":["US"],"filter":{"any":[{"field":"domain","op":"suffix","value":".dev"},{"field":"domain","op":"suffix","value":".ai"}]}}`, total,
		countCompanies(country("US"), func(c *oracle.Company) bool {
			return strings.HasSuffix(c.Domain, ".dev") || strings.HasSuffix(c.Domain, ".ai")
		})),
	single("suffix", "How many company names end in 'Ltd.', in any case?", "find_accounts",
		`{"limit":1,"filter":{"field":"name","op":"suffix","value":"ltd."}}`, total,
		countCompanies(func(c *oracle.Company) bool { return strings.HasSuffix(oracle.Fold(c.Name), "ltd.") })),
	single("prefix", "Which domains begin with 'open'?", "find_accounts",
		`{"filter":{"field":"domain","op":"prefix","value":"open"},"sort":[{"field":"domain","dir":"desc"}],"limit":50}`, column("domain"),
		func(d *oracle.Data) any {
			out := sorted(each(oracle.Where(d.Companies, func(c *oracle.Company) bool { return strings.HasPrefix(c.Domain, "open") }), domainOf))
			slices.Reverse(out)
			return out[:min(50, len(out))]
		}),
	single("range", "How many US companies were founded before 1950?", "find_accounts",
		`{"limit":1,"country_code":["US"],"filter":{"field":"founded_year","op":"lt","value":1950}}`, total,
		countCompanies(country("US"), func(c *oracle.Company) bool { return c.FoundedYear > 0 && c.FoundedYear < 1950 })),
	single("range", "How many companies were not founded after 1900, unknown years included?", "find_accounts",
		`{"limit":1,"filter":{"not":{"field":"founded_year","op":"gt","value":1900}}}`, total,
		countCompanies(func(c *oracle.Company) bool { return c.FoundedYear <= 1900 })),
	single("range", "Which are the five youngest Indian companies of known age, ties by domain?", "find_accounts",
		`{"country_code":["IN"],"sort":[{"field":"founded_year","dir":"desc"},{"field":"domain"}],"limit":5}`, columns("domain", "founded_year"), youngest("IN", 5)),
	single("tags", "How many companies are tagged open-source or bug-bounty?", "find_accounts", `{"limit":1,"tags_any":["open-source","Bug-Bounty"]}`, total,
		countCompanies(func(c *oracle.Company) bool { return tagged("open-source")(c) || tagged("bug-bounty")(c) })),
	single("tags", "How many remote employers use JavaScript and are fully remote?", "find_accounts",
		`{"limit":1,"tags_all":["remote-employer","javascript","fully-remote"]}`, total,
		countCompanies(tagged("remote-employer"), tagged("javascript"), tagged("fully-remote"))),
	single("tags", "How many CNCF members are neither silver nor open source?", "find_accounts",
		`{"limit":1,"tags_any":["cncf-members"],"tags_none":["silver","open-source"]}`, total,
		countCompanies(tagged("cncf-members"), not(tagged("silver")), not(tagged("open-source")))),
	single("tags", "How many companies, untagged ones included, are neither public companies nor Techstars ones?", "find_accounts",
		`{"limit":1,"filter":{"field":"tags","op":"none_of","value":["public-company","techstars"]}}`, total,
		countCompanies(not(tagged("public-company")), not(tagged("techstars")))),
	single("source", "How many companies come from both the CNCF landscape and the list of bug bounties?", "find_accounts",
		`{"limit":1,"filter":{"field":"sources","op":"all_of","value":["cncf-landscape","bug-bounty"]}}`, total,
		countCompanies(func(c *oracle.Company) bool {
			return slices.Contains(c.Sources, "cncf-landscape") && slices.Contains(c.Sources, "bug-bounty")
		})),
	single("source", "How many companies are known from events only?", "find_accounts",
		`{"limit":1,"filter":{"field":"sources","op":"any_of","value":["signals-only"]}}`, total,
		countCompanies(func(c *oracle.Company) bool { return slices.Equal(c.Sources, []string{"signals-only"}) })),
}
