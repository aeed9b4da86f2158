package e2e_test

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"

	"github.com/unstuckengine/unstuck/internal/e2e/oracle"
)

func countryOf(c *oracle.Company) string   { return c.CountryCode }
func industryOf(c *oracle.Company) string  { return c.Industry }
func capOf(c *oracle.Company) string       { return c.MarketCap }
func tagsOf(c *oracle.Company) []string    { return c.Tags }
func sourcesOf(c *oracle.Company) []string { return c.Sources }

// top tallies companies by a value, highest counts first.
func top(n int, value func(*oracle.Company) string, tests ...func(*oracle.Company) bool) func(*oracle.Data) any {
	return func(d *oracle.Data) any { return oracle.Tally(oracle.Where(d.Companies, tests...), value).Top(n) }
}

// cutAt is top where two values tie at the cut.
func cutAt(n int, value func(*oracle.Company) string, tests ...func(*oracle.Company) bool) func(*oracle.Data) any {
	return func(d *oracle.Data) any { return oracle.Tally(oracle.Where(d.Companies, tests...), value).Cut(n) }
}

func located(c *oracle.Company) bool { return c.City != "" }
func dated(c *oracle.Company) bool   { return c.FoundedYear != 0 }

// youngest lists the companies of a country founded last, ties by domain.
func youngest(code string, n int) func(*oracle.Data) any {
	return func(d *oracle.Data) any {
		found := oracle.Where(d.Companies, country(code), dated)
		slices.SortFunc(found, func(a, b *oracle.Company) int {
			return cmp.Or(b.FoundedYear-a.FoundedYear, cmp.Compare(a.Domain, b.Domain))
		})
		return each(found[:n], func(c *oracle.Company) string { return c.Domain + " | " + strconv.Itoa(c.FoundedYear) })
	}
}

// mean is an exact average with six places.
func mean(sum, n int64) string { return big.NewRat(sum, n).FloatString(6) }

// facetQuestions count companies by group.
var facetQuestions = []question{
	single("facet", "Break all companies down by market cap, unknown ones included.", "get_insights",
		`{"over":"accounts","group_by":["market_cap"],"measures":[{"name":"n","fn":"count"}],"order":[{"by":"market_cap"}]}`, rows,
		func(d *oracle.Data) any { return oracle.Tally(d.Companies, capOf).Rows() }),
	single("top", "Which 13 industries have the most companies (two tie at the cut)?", "get_insights",
		`{"over":"accounts","group_by":["industry"],"measures":[{"name":"n","fn":"count"}],"order":[{"by":"n","dir":"desc"}],"limit":13}`, rows, cutAt(13, industryOf)),
	single("top", "Which 20 countries have the most companies (two tie at the cut)?", "get_insights",
		`{"over":"accounts","group_by":["country_code"],"measures":[{"name":"n","fn":"count"}],"order":[{"by":"n","dir":"desc"}],"limit":20}`, rows, cutAt(20, countryOf)),
	single("top", "Which five German cities have the most companies (eight tie at the cut)?", "get_insights",
		`{"over":"accounts","group_by":["city"],"measures":[{"name":"n","fn":"count"}],"limit":5,"filter":{"all":[{"field":"country_code","op":"eq","value":"DE"},
		{"field":"city","op":"present"}]}}`, rows, cutAt(5, func(c *oracle.Company) string { return c.City }, country("DE"), located)),
	single("top", "Which 11 tags are the most frequent (two tie at the cut)?", "get_insights",
		`{"over":"accounts","group_by":["tags"],"measures":[{"name":"n","fn":"count"}],"limit":11,"filter":{"field":"tags","op":"present"}}`, rows,
		func(d *oracle.Data) any {
			return oracle.TallyEach(oracle.Where(d.Companies, func(c *oracle.Company) bool { return len(c.Tags) > 0 }), tagsOf).Cut(11)
		}),
	single("facet", "From which sources do the companies come, and how many from each?", "get_insights",
		`{"over":"accounts","group_by":["sources"],"measures":[{"name":"n","fn":"count"}],"order":[{"by":"sources"}]}`, rows,
		func(d *oracle.Data) any { return oracle.TallyEach(d.Companies, sourcesOf).Rows() }),
	single("facet", "How many Israeli companies are there by sector and market cap?", "get_insights",
		`{"over":"accounts","group_by":["sector","market_cap"],"measures":[{"name":"n","fn":"count"}],"order":[{"by":"n","dir":"desc"}],"limit":200,
		"filter":{"all":[{"field":"country_code","op":"eq","value":"IL"},{"field":"sector","op":"present"},{"field":"market_cap","op":"present"}]}}`, rows,
		func(d *oracle.Data) any {
			known := func(c *oracle.Company) bool { return c.Sector != "" && c.MarketCap != "" }
			return oracle.Tally(oracle.Where(d.Companies, country("IL"), known), func(c *oracle.Company) string { return c.Sector + " | " + c.MarketCap }).Top(200)
		}),
	single("having", "Which countries have 100 companies or more?", "get_insights",
		`{"over":"accounts","group_by":["country"],"measures":[{"name":"n","fn":"count"}],"having":[{"measure":"n","op":"gte","value":100}],
		"filter":{"field":"country","op":"present"},"order":[{"by":"country","dir":"asc"}]}`, rows,
		func(d *oracle.Data) any {
			known := oracle.Where(d.Companies, func(c *oracle.Company) bool { return c.Country != "" })
			return oracle.Tally(known, func(c *oracle.Company) string { return c.Country }).AtLeast(100).Rows()
		}),
	single("having", "How many cities have exactly two companies?", "get_insights",
		`{"over":"accounts","group_by":["city"],"measures":[{"name":"n","fn":"count"}],"having":[{"measure":"n","op":"eq","value":2}],"limit":1}`, groupCount,
		func(d *oracle.Data) any {
			all := oracle.Tally(d.Companies, func(c *oracle.Company) string { return c.City })
			return len(all.AtLeast(2)) - len(all.AtLeast(3))
		}),
	single("distinct", "In how many countries, industries and cities are there companies?", "get_insights",
		`{"over":"accounts","measures":[{"name":"all","fn":"count"},{"name":"countries","fn":"count_distinct","field":"country_code"},
		{"name":"industries","fn":"count_distinct","field":"industry"},{"name":"cities","fn":"count_distinct","field":"city"},{"name":"dated","fn":"count","field":"founded_year"}]}`,
		figures, func(d *oracle.Data) any {
			return map[string]int{"all": len(d.Companies), "countries": oracle.Distinct(d.Companies, countryOf), "industries": oracle.Distinct(d.Companies, industryOf),
				"cities": oracle.Distinct(d.Companies, func(c *oracle.Company) string { return c.City }), "dated": oracle.Count(d.Companies, dated)}
		}),
	single("accent", "How many different city names are there as spelt, and how many without regard to case and accents?", "get_insights",
		`{"over":"accounts","measures":[{"name":"spelt","fn":"count_distinct","field":"city"},{"name":"folded","fn":"count_distinct","field":"city.folded"}]}`,
		figures, func(d *oracle.Data) any {
			return map[string]int{"spelt": oracle.Distinct(d.Companies, func(c *oracle.Company) string { return c.City }),
				"folded": oracle.Distinct(d.Companies, func(c *oracle.Company) string { return oracle.Fold(c.City) })}
		}),
	single("max", "What are the first, last and average founding years of Japanese companies, and how many are known?", "get_insights",
		`{"over":"accounts","filter":{"field":"country_code","op":"eq","value":"JP"},"measures":[{"name":"first","fn":"min","field":"founded_year"},
		{"name":"last","fn":"max","field":"founded_year"},{"name":"average","fn":"avg","field":"founded_year"},{"name":"known","fn":"count","field":"founded_year"}]}`,
		figures, func(d *oracle.Data) any {
			first, last, sum, n := 9999, 0, 0, 0
			for _, c := range oracle.Where(d.Companies, country("JP"), dated) {
				first, last, sum, n = min(first, c.FoundedYear), max(last, c.FoundedYear), sum+c.FoundedYear, n+1
			}
			return map[string]any{"first": first, "last": last, "average": mean(int64(sum), int64(n)), "known": n}
		}),
	single("facet", "How many companies were founded in each year from 2010 on?", "get_insights",
		`{"over":"accounts","group_by":["founded_year"],"measures":[{"name":"n","fn":"count"}],"order":[{"by":"founded_year","dir":"asc"}],
		"filter":{"field":"founded_year","op":"gte","value":2010}}`, rows,
		func(d *oracle.Data) any {
			young := oracle.Where(d.Companies, func(c *oracle.Company) bool { return c.FoundedYear >= 2010 })
			return oracle.Tally(young, func(c *oracle.Company) string { return strconv.Itoa(c.FoundedYear) }).Rows()
		}),
}
