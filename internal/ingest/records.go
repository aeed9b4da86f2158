package ingest

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var (
	errCountry = errors.New("must be a country's ISO 3166-1 code or English name")
	errDate    = errors.New("must be a date such as 2026-08-22")

	domainHint  = normalised(wire.CodeInvalidDomain, identity.Domain)
	countryCode = normalised(wire.CodeInvalidField, func(s string) (string, error) {
		code, ok := identity.CountryCode(s)
		if !ok {
			return "", errCountry
		}
		return code, nil
	})
	dayOnly = normalised(wire.CodeInvalidTime, func(s string) (string, error) {
		day, _, _ := strings.Cut(s, "T")
		if at, err := time.Parse(time.DateOnly, day); err != nil || !strictjson.TimeInSpan(at) {
			return "", errDate
		}
		return day, nil
	})
	emailHint    = normalised(wire.CodeInvalidField, identity.Email)
	linkedInHint = normalised(wire.CodeInvalidField, identity.LinkedIn)
	// handleHint keeps the case in which a handle was published, where it is in normal form otherwise.
	handleHint = normalised(wire.CodeInvalidField, func(s string) (string, error) {
		normal, err := identity.Handle(s)
		if strings.EqualFold(s, normal) {
			return s, err
		}
		return normal, err
	})
)

var accountTargets = byName([]target[wire.Account]{
	{name: "external_id", alias: "id", most: 200, at: func(a *wire.Account) any { return &a.ExternalID }},
	{name: "domain", at: func(a *wire.Account) any { return &a.Domain }, check: domainHint},
	{name: "name", at: func(a *wire.Account) any { return &a.Name }},
	{name: "aliases", at: func(a *wire.Account) any { return &a.Aliases }},
	{name: "website", at: func(a *wire.Account) any { return &a.Website }, most: 2048},
	{name: "industry", at: func(a *wire.Account) any { return &a.Industry }},
	{name: "sector", at: func(a *wire.Account) any { return &a.Sector }},
	{name: "size", at: func(a *wire.Account) any { return &a.Size }},
	{name: "employees_text", at: func(a *wire.Account) any { return &a.EmployeesText }},
	{name: "employee_count", at: func(a *wire.Account) any { return &a.EmployeeCount }, check: between(0, 1e9)},
	{name: "revenue_band", at: func(a *wire.Account) any { return &a.RevenueBand }},
	{name: "market_cap", at: func(a *wire.Account) any { return &a.MarketCap }},
	{name: "ownership", at: func(a *wire.Account) any { return &a.Ownership }},
	{name: "symbol", at: func(a *wire.Account) any { return &a.Symbol }},
	{name: "founded_year", at: func(a *wire.Account) any { return &a.FoundedYear }, check: between(500, 2100)},
	{name: "country", at: func(a *wire.Account) any { return &a.Country }},
	{name: "country_code", at: func(a *wire.Account) any { return &a.CountryCode }, check: countryCode},
	{name: "state", at: func(a *wire.Account) any { return &a.State }},
	{name: "city", at: func(a *wire.Account) any { return &a.City }},
	{name: "location_text", at: func(a *wire.Account) any { return &a.LocationText }},
	{name: "tags", at: func(a *wire.Account) any { return &a.Tags }},
	{name: "description", at: func(a *wire.Account) any { return &a.Description }, most: maxLongText},
	{name: "tech_stack", at: func(a *wire.Account) any { return &a.TechStack }},
	{name: "funding_stage", at: func(a *wire.Account) any { return &a.FundingStage }},
	{name: "last_funding_date", at: func(a *wire.Account) any { return &a.LastFundingDate }, check: dayOnly},
	{name: "total_raised_usd", at: func(a *wire.Account) any { return &a.TotalRaisedUSD }, check: between(0, 1e15)},
	{name: "custom", at: func(a *wire.Account) any { return &a.Custom }},
	{name: "sources", at: func(a *wire.Account) any { return &a.Sources }},
})

// parseAccount reads an account, which is known by its domain.
func parseAccount(m members) (p parsed[wire.Account]) {
	rest, notes := read(accountTargets, m, &p.record)
	p.notes = notes
	p.require("domain", p.record.Domain != "")
	p.custom(&p.record.Custom, rest)
	p.known("domain", p.record.Domain)
	p.known("id", p.record.ExternalID)
	return p
}

var leadTargets = byName([]target[wire.Lead]{
	{name: "external_id", alias: "id", most: 200, at: func(l *wire.Lead) any { return &l.ExternalID }},
	{name: "name", at: func(l *wire.Lead) any { return &l.Name }},
	{name: "first_name", at: func(l *wire.Lead) any { return &l.FirstName }},
	{name: "last_name", at: func(l *wire.Lead) any { return &l.LastName }},
	{name: "title", at: func(l *wire.Lead) any { return &l.Title }},
	{name: "seniority", at: func(l *wire.Lead) any { return &l.Seniority }},
	{name: "department", at: func(l *wire.Lead) any { return &l.Department }},
	{name: "company", at: func(l *wire.Lead) any { return &l.Company }},
	{name: "company_domain", at: func(l *wire.Lead) any { return &l.CompanyDomain }, check: domainHint},
	{name: "work_email", alias: "email", at: func(l *wire.Lead) any { return &l.WorkEmail }, check: emailHint},
	{name: "personal_email", at: func(l *wire.Lead) any { return &l.PersonalEmail }, check: emailHint},
	{name: "phone", at: func(l *wire.Lead) any { return &l.Phone }},
	{name: "linkedin_url", at: func(l *wire.Lead) any { return &l.LinkedInURL }, check: linkedInHint},
	{name: "handle", at: func(l *wire.Lead) any { return &l.Handle }, check: handleHint},
	{name: "country_code", at: func(l *wire.Lead) any { return &l.CountryCode }, check: countryCode},
	{name: "state", at: func(l *wire.Lead) any { return &l.State }},
	{name: "city", at: func(l *wire.Lead) any { return &l.City }},
	{name: "source", at: func(l *wire.Lead) any { return &l.Source }},
	{name: "synthetic", at: func(l *wire.Lead) any { return &l.Synthetic }},
	{name: "custom", at: func(l *wire.Lead) any { return &l.Custom }},
})

// parseLead reads a lead, which is known by any hint, else by its name. A name in parts makes the whole one.
func parseLead(m members) (p parsed[wire.Lead]) {
	rest, notes := read(leadTargets, m, &p.record)
	l := &p.record
	p.notes, p.person = notes, "company_domain"
	if l.Name == "" {
		l.Name = strings.TrimSpace(l.FirstName + " " + l.LastName)
	}
	p.require("name", l.Name != "" || l.ExternalID != "" || l.WorkEmail != "" || l.PersonalEmail != "" || l.LinkedInURL != "" || l.Handle != "")
	p.custom(&l.Custom, rest)
	p.known("id", l.ExternalID)
	p.known("email", l.WorkEmail)
	p.known("email", l.PersonalEmail)
	p.known("linkedin_url", l.LinkedInURL)
	p.known("handle", strings.ToLower(l.Handle))
	if len(p.keys) == 0 { // a name alone is a hint only where there is no better one
		p.known("name", text.Fold(l.Name))
	}
	return p
}

// require rejects the line unless it has what its record is known by. What was there but did not fit is noted already.
func (p *parsed[T]) require(field string, has bool) {
	if has {
		return
	}
	p.rejected = true
	for _, n := range p.notes {
		if n.field == field {
			return
		}
	}
	p.notes = append(p.notes, note{wire.CodeMissingField, field, "is required; the line was rejected"})
}

// known adds a key by which lines about the same record are found; what is not given is none.
func (p *parsed[T]) known(kind, value string) {
	if value != "" {
		p.keys = append(p.keys, kind+" "+value)
	}
}

// custom gathers the fields that have no place of their own.
func (p *parsed[T]) custom(into *json.RawMessage, rest members) {
	joined, n := join("custom", *into, rest)
	if *into = joined; n != nil {
		p.notes = append(p.notes, *n)
	}
}
