package wire

// keeper says which fields a sort names, so that a concise item shows what it was ordered by.
type keeper map[string]bool

func keeping(sorts []Sort) keeper {
	k := keeper{}
	for _, s := range sorts {
		k[s.Field] = true
	}
	return k
}

func keep[T any](k keeper, field string, v T) (out T) {
	if k[field] {
		return v
	}
	return out
}

// Concise returns a with id, external_id, domain and name, and the fields that sorts name.
func (a Account) Concise(sorts []Sort) Account {
	k := keeping(sorts)
	return Account{
		ID: a.ID, ExternalID: a.ExternalID, Domain: a.Domain, Name: a.Name,
		Website: keep(k, "website", a.Website), Industry: keep(k, "industry", a.Industry), Sector: keep(k, "sector", a.Sector),
		Size: keep(k, "size", a.Size), EmployeesText: keep(k, "employees_text", a.EmployeesText), EmployeeCount: keep(k, "employee_count", a.EmployeeCount),
		RevenueBand: keep(k, "revenue_band", a.RevenueBand), MarketCap: keep(k, "market_cap", a.MarketCap), Ownership: keep(k, "ownership", a.Ownership),
		Symbol: keep(k, "symbol", a.Symbol), FoundedYear: keep(k, "founded_year", a.FoundedYear), Country: keep(k, "country", a.Country),
		CountryCode: keep(k, "country_code", a.CountryCode), State: keep(k, "state", a.State), City: keep(k, "city", a.City),
		LocationText: keep(k, "location_text", a.LocationText), FundingStage: keep(k, "funding_stage", a.FundingStage),
		LastFundingDate: keep(k, "last_funding_date", a.LastFundingDate), TotalRaisedUSD: keep(k, "total_raised_usd", a.TotalRaisedUSD),
		ICPCode: keep(k, "icp_code", a.ICPCode), ICPScore: keep(k, "icp_score", a.ICPScore),
		EngagementScore: keep(k, "engagement_score", a.EngagementScore), EngagementStage: keep(k, "engagement_stage", a.EngagementStage),
		Description: keep(k, "description", a.Description), Custom: pick(a.Custom, "custom", sorts),
		CreatedAt: keep(k, "created_at", a.CreatedAt), UpdatedAt: keep(k, "updated_at", a.UpdatedAt),
	}
}

// Concise returns l with id, external_id, name, title, work_email, handle and account, and the fields that sorts name.
func (l Lead) Concise(sorts []Sort) Lead {
	k := keeping(sorts)
	return Lead{
		ID: l.ID, ExternalID: l.ExternalID, Name: l.Name, Title: l.Title, WorkEmail: l.WorkEmail, Handle: l.Handle, Account: l.Account,
		FirstName: keep(k, "first_name", l.FirstName), LastName: keep(k, "last_name", l.LastName), Seniority: keep(k, "seniority", l.Seniority),
		Department: keep(k, "department", l.Department), Company: keep(k, "company", l.Company), CompanyDomain: keep(k, "company_domain", l.CompanyDomain),
		PersonalEmail: keep(k, "personal_email", l.PersonalEmail), Phone: keep(k, "phone", l.Phone), LinkedInURL: keep(k, "linkedin_url", l.LinkedInURL),
		CountryCode: keep(k, "country_code", l.CountryCode), State: keep(k, "state", l.State), City: keep(k, "city", l.City),
		ICPCode: keep(k, "icp_code", l.ICPCode), ICPScore: keep(k, "icp_score", l.ICPScore), PersonaCode: keep(k, "persona_code", l.PersonaCode),
		PersonaScore:    keep(k, "persona_score", l.PersonaScore),
		EngagementScore: keep(k, "engagement_score", l.EngagementScore), EngagementStage: keep(k, "engagement_stage", l.EngagementStage),
		Source: keep(k, "source", l.Source), Synthetic: keep(k, "synthetic", l.Synthetic), Custom: pick(l.Custom, "custom", sorts), SortedBy: l.SortedBy.brief(),
		CreatedAt: keep(k, "created_at", l.CreatedAt), UpdatedAt: keep(k, "updated_at", l.UpdatedAt),
	}
}

// Concise returns s with id, external_id, signal_type, occurred_at, title and account, and the fields that sorts name.
// Source is part of every signal and stays.
func (s Signal) Concise(sorts []Sort) Signal {
	k := keeping(sorts)
	return Signal{
		ID: s.ID, ExternalID: s.ExternalID, SignalType: s.SignalType, Source: s.Source, OccurredAt: s.OccurredAt, Title: s.Title, Account: s.Account,
		EventName: keep(k, "event_name", s.EventName), CreatedAt: keep(k, "created_at", s.CreatedAt),
		Identity: s.Identity.keep(k), Qualification: s.Qualification.keep(k), Context: pick(s.Context, "context", sorts), SortedBy: s.SortedBy.brief(),
	}
}

func (i *Identity) keep(k keeper) *Identity {
	if i == nil {
		return nil
	}
	return unlessEmpty(Identity{
		Email: keep(k, "identity.email", i.Email), LinkedInURL: keep(k, "identity.linkedin_url", i.LinkedInURL), Handle: keep(k, "identity.handle", i.Handle),
		CompanyDomain: keep(k, "identity.company_domain", i.CompanyDomain), FirstName: keep(k, "identity.first_name", i.FirstName),
		LastName: keep(k, "identity.last_name", i.LastName), Title: keep(k, "identity.title", i.Title),
	})
}

func (q *Qualification) keep(k keeper) *Qualification {
	if q == nil {
		return nil
	}
	return unlessEmpty(Qualification{
		ICPCode: keep(k, "qualification.icp_code", q.ICPCode), ICPScore: keep(k, "qualification.icp_score", q.ICPScore),
		PersonaCode: keep(k, "qualification.persona_code", q.PersonaCode), PersonaScore: keep(k, "qualification.persona_score", q.PersonaScore),
	})
}

func unlessEmpty[T comparable](v T) *T {
	var empty T
	if v == empty {
		return nil
	}
	return &v
}

// Shorten returns a with its description cut to at most n characters, marked by an ellipsis.
func (a Account) Shorten(n int) Account { a.Description = shorten(a.Description, n); return a }

// Shorten returns l as it is: a lead has no long text.
func (l Lead) Shorten(int) Lead { return l }

// Shorten returns s with its title cut to at most n characters, marked by an ellipsis.
func (s Signal) Shorten(n int) Signal { s.Title = shorten(s.Title, n); return s }

func shorten(s string, n int) string {
	seen := 0
	for i := range s {
		if seen == n {
			return s[:i] + "…"
		}
		seen++
	}
	return s
}
