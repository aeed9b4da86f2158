package e2e_test

import "github.com/unstuckengine/unstuck/internal/e2e/oracle"

// personWho returns the id of the only person that fulfils the test.
func personWho(test func(*oracle.Person) bool) func(*oracle.Data) any {
	return func(d *oracle.Data) any {
		if found := oracle.Where(d.People, test); len(found) == 1 {
			return found[0].ID
		}
		return nil
	}
}

func byHandle(handle string) func(*oracle.Data) any {
	return personWho(func(p *oracle.Person) bool { return p.Handle == handle })
}

func idAt(domain string) func(*oracle.Data) any {
	return func(d *oracle.Data) any { return companyAt(d, domain).ID }
}

// lookupQuestions name one record in some spelling.
var lookupQuestions = []question{
	single("look-up", "Which company is at https://grafana.com:443/about?x=1#top?", "get_record", `{"domain":"https://grafana.com:443/about?x=1#top"}`,
		field("external_id"), idAt("grafana.com")),
	single("look-up", "Which company is at 'Redhat.COM.'?", "get_record", `{"domain":" Redhat.COM. "}`, field("external_id"), idAt("redhat.com")),
	single("look-alike", "Which of the Capital Ones is at capitalone.tz?", "get_record", `{"domain":"http://www.capitalone.tz"}`, field("external_id"), idAt("capitalone.tz")),
	single("look-up", "Which company has the id co_342cdc43cf39?", "get_record", `{"external_id":"co_342cdc43cf39"}`, field("domain"),
		func(d *oracle.Data) any {
			return oracle.Where(d.Companies, func(c *oracle.Company) bool { return c.ID == "co_342cdc43cf39" })[0].Domain
		}),
	single("look-up", "Whose address is LUIS.PATEL@XLINE-CLOUD.EXAMPLE?", "get_record", `{"email":"LUIS.PATEL@XLINE-CLOUD.EXAMPLE"}`, field("external_id"),
		personWho(func(p *oracle.Person) bool { return p.Email == "luis.patel@xline-cloud.example" })),
	single("look-up", "Whose handle is github:BWPLOTKA?", "get_record", `{"handle":"github:BWPLOTKA"}`, field("external_id"), byHandle("github:bwplotka")),
	single("look-up", "Whose handle is Breee?", "get_record", `{"handle":"breee"}`, field("external_id"), byHandle("github:Breee")),
	single("look-up", "At which company is the person with the handle GitHub:YuriShkuro?", "get_record", `{"handle":"GitHub:YuriShkuro"}`, field("company_domain"),
		func(d *oracle.Data) any {
			return oracle.Where(d.People, func(p *oracle.Person) bool { return p.Handle == "github:yurishkuro" })[0].CompanyDomain
		}),
	{"look-up", "How many signals are there of the first company that a search for 'Grafana Labs' finds?",
		[]call{{"find_accounts", `{"query":"Grafana Labs","limit":1}`}, {"get_record", `{"id":"{{items/0/id}}"}`}}, field("signal_count"),
		func(d *oracle.Data) any { return len(companyAt(d, "grafana.com").Signals) }},
	{"look-up", "Which company employs the one person called Bartłomiej Płotka?",
		[]call{{"find_leads", `{"name":["Bartłomiej Płotka"]}`}, {"get_record", `{"domain":"{{items/0/account/domain}}"}`}}, field("external_id"),
		func(d *oracle.Data) any {
			return oracle.Where(d.People, func(p *oracle.Person) bool { return p.Handle == "github:bwplotka" })[0].At.ID
		}},
	{"paging", "Which are the first 80 Japanese companies by domain, in two pages?",
		[]call{{"find_accounts", `{"country_code":["JP"],"sort":[{"field":"domain"}],"limit":40}`},
			{"find_accounts", `{"country_code":["JP"],"sort":[{"field":"domain"}],"limit":40,"cursor":"{{next_cursor}}"}`}}, column("domain"),
		func(d *oracle.Data) any { return sorted(each(oracle.Where(d.Companies, country("JP")), domainOf))[:80] }},
	{"paging", "Which are the 40 most frequent countries, in two pages?",
		[]call{{"get_insights", `{"over":"accounts","group_by":["country_code"],"measures":[{"name":"n","fn":"count"}],"limit":20}`},
			{"get_insights", `{"over":"accounts","group_by":["country_code"],"measures":[{"name":"n","fn":"count"}],"limit":20,"cursor":"{{next_cursor}}"}`}}, allRows,
		top(40, countryOf)},
	single("absence", "How many companies are named Unstuck Pretend Industries?", "find_accounts", `{"name":["Unstuck Pretend Industries"]}`, total,
		countCompanies(spelt("Unstuck Pretend Industries"))),
}

// allRows is rows, page after page.
func allRows(answers ...answer) any {
	out := []string{}
	for _, a := range answers {
		out = append(out, rows(a).([]string)...)
	}
	return out
}
