package store

import (
	"encoding/json"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// recordKind is what the writing side knows of one kind of record.
type recordKind[T any] struct {
	table  string
	fields []field[T]
	doc    func(*T) search.Doc // what the text index holds of it

	// indexed are the fields that doc is made of, and those by which its matches are ordered.
	indexed []string
}

// leadRow is a lead with the account that it is linked to.
type leadRow struct {
	wire.Lead
	accountID, accountDomain string
}

var accountKind = &recordKind[wire.Account]{
	table:   "accounts",
	doc:     func(a *wire.Account) search.Doc { return search.AccountDoc(a.Name, a.Aliases, a.Domain, a.Description) },
	indexed: []string{"external_id", "domain", "name", "aliases", "description"},
	fields: []field[wire.Account]{
		{"external_id", func(a *wire.Account) any { return &a.ExternalID }, nil},
		{"domain", func(a *wire.Account) any { return &a.Domain }, nil},
		{"name", func(a *wire.Account) any { return &a.Name }, text.Fold},
		{"aliases", func(a *wire.Account) any { return &a.Aliases }, foldList},
		{"website", func(a *wire.Account) any { return &a.Website }, nil},
		{"industry", func(a *wire.Account) any { return &a.Industry }, text.Fold},
		{"sector", func(a *wire.Account) any { return &a.Sector }, text.Fold},
		{"size", func(a *wire.Account) any { return &a.Size }, text.Fold},
		{"employees_text", func(a *wire.Account) any { return &a.EmployeesText }, text.Fold},
		{"employee_count", func(a *wire.Account) any { return &a.EmployeeCount }, nil},
		{"revenue_band", func(a *wire.Account) any { return &a.RevenueBand }, text.Fold},
		{"market_cap", func(a *wire.Account) any { return &a.MarketCap }, text.Fold},
		{"ownership", func(a *wire.Account) any { return &a.Ownership }, text.Fold},
		{"symbol", func(a *wire.Account) any { return &a.Symbol }, text.Fold},
		{"founded_year", func(a *wire.Account) any { return &a.FoundedYear }, nil},
		{"country", func(a *wire.Account) any { return &a.Country }, text.Fold},
		{"country_code", func(a *wire.Account) any { return &a.CountryCode }, nil},
		{"state", func(a *wire.Account) any { return &a.State }, text.Fold},
		{"city", func(a *wire.Account) any { return &a.City }, text.Fold},
		{"location_text", func(a *wire.Account) any { return &a.LocationText }, text.Fold},
		{"tags", func(a *wire.Account) any { return &a.Tags }, nil},
		{"description", func(a *wire.Account) any { return &a.Description }, text.Fold},
		{"tech_stack", func(a *wire.Account) any { return &a.TechStack }, foldList},
		{"funding_stage", func(a *wire.Account) any { return &a.FundingStage }, text.Fold},
		{"last_funding_date", func(a *wire.Account) any { return &a.LastFundingDate }, nil},
		{"total_raised_usd", func(a *wire.Account) any { return &a.TotalRaisedUSD }, nil},
		{"icp_code", func(a *wire.Account) any { return &a.ICPCode }, nil},
		{"icp_score", func(a *wire.Account) any { return &a.ICPScore }, nil},
		{"engagement_score", func(a *wire.Account) any { return &a.EngagementScore }, nil},
		{"engagement_stage", func(a *wire.Account) any { return &a.EngagementStage }, nil},
		{"custom", func(a *wire.Account) any { return &a.Custom }, foldObject},
		{"sources", func(a *wire.Account) any { return &a.Sources }, foldList},
	},
}

var leadKind = &recordKind[leadRow]{
	table:   "leads",
	doc:     func(l *leadRow) search.Doc { return search.LeadDoc(l.Name, l.Title, l.Company) },
	indexed: []string{"external_id", "account_domain", "name", "title", "company"},
	fields: []field[leadRow]{
		{"external_id", func(l *leadRow) any { return &l.ExternalID }, nil},
		{"name", func(l *leadRow) any { return &l.Name }, text.Fold},
		{"first_name", func(l *leadRow) any { return &l.FirstName }, text.Fold},
		{"last_name", func(l *leadRow) any { return &l.LastName }, text.Fold},
		{"title", func(l *leadRow) any { return &l.Title }, text.Fold},
		{"seniority", func(l *leadRow) any { return &l.Seniority }, text.Fold},
		{"department", func(l *leadRow) any { return &l.Department }, text.Fold},
		{"account_id", func(l *leadRow) any { return &l.accountID }, nil},
		{"account_domain", func(l *leadRow) any { return &l.accountDomain }, nil},
		{"company", func(l *leadRow) any { return &l.Company }, text.Fold},
		{"company_domain", func(l *leadRow) any { return &l.CompanyDomain }, nil},
		{"work_email", func(l *leadRow) any { return &l.WorkEmail }, nil},
		{"personal_email", func(l *leadRow) any { return &l.PersonalEmail }, nil},
		{"phone", func(l *leadRow) any { return &l.Phone }, nil},
		{"linkedin_url", func(l *leadRow) any { return &l.LinkedInURL }, nil},
		{"handle", func(l *leadRow) any { return &l.Handle }, handleKey},
		{"country_code", func(l *leadRow) any { return &l.CountryCode }, nil},
		{"state", func(l *leadRow) any { return &l.State }, text.Fold},
		{"city", func(l *leadRow) any { return &l.City }, text.Fold},
		{"icp_code", func(l *leadRow) any { return &l.ICPCode }, nil},
		{"icp_score", func(l *leadRow) any { return &l.ICPScore }, nil},
		{"persona_code", func(l *leadRow) any { return &l.PersonaCode }, nil},
		{"persona_score", func(l *leadRow) any { return &l.PersonaScore }, nil},
		{"engagement_score", func(l *leadRow) any { return &l.EngagementScore }, nil},
		{"engagement_stage", func(l *leadRow) any { return &l.EngagementStage }, nil},
		{"source", func(l *leadRow) any { return &l.Source }, text.Fold},
		{"synthetic", func(l *leadRow) any { return &l.Synthetic }, nil},
		{"custom", func(l *leadRow) any { return &l.Custom }, foldObject},
	},
}

// handleKey is the form in which handles are compared: with its network, in lower case.
func handleKey(handle string) string {
	key, err := identity.Handle(handle)
	if err != nil {
		return text.Fold(handle)
	}
	return key
}

// foldList is foldedTexts of a JSON array.
func foldList(list string) string {
	var texts []string
	if json.Unmarshal([]byte(list), &texts) != nil { // cannot be: columnValue wrote it
		return "[]"
	}
	folded, _ := jsonList(foldedTexts(texts)).(string)
	return folded
}

// foldedTexts folds the elements of a list, each once; one of which nothing is left is dropped.
func foldedTexts(list []string) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		if f := text.Fold(s); f != "" {
			out = append(out, f)
		}
	}
	return text.Unique(out)
}

// foldObject is filter.Index of a JSON object.
func foldObject(object string) string {
	index, err := filter.Index(json.RawMessage(object))
	if err != nil { // cannot be: the object was read strictly when it came in
		return "{}"
	}
	return string(index)
}
