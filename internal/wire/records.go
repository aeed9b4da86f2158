package wire

import (
	"encoding/json"
	"time"
)

// Account is a company.
type Account struct {
	ID              string          `json:"id"`
	ExternalID      string          `json:"external_id,omitempty"` // the id in the source it was imported from
	Domain          string          `json:"domain"`                // normalised; unique in a workspace
	Name            string          `json:"name,omitempty"`
	Aliases         []string        `json:"aliases,omitempty"`
	Website         string          `json:"website,omitempty"`
	Industry        string          `json:"industry,omitempty"`
	Sector          string          `json:"sector,omitempty"`
	Size            string          `json:"size,omitempty"` // headcount band
	EmployeesText   string          `json:"employees_text,omitempty"`
	EmployeeCount   *int64          `json:"employee_count,omitempty"`
	RevenueBand     string          `json:"revenue_band,omitempty"`
	MarketCap       string          `json:"market_cap,omitempty"` // band
	Ownership       string          `json:"ownership,omitempty"`
	Symbol          string          `json:"symbol,omitempty"`
	FoundedYear     *int64          `json:"founded_year,omitempty"`
	Country         string          `json:"country,omitempty"` // as published
	CountryCode     string          `json:"country_code,omitempty"`
	State           string          `json:"state,omitempty"`
	City            string          `json:"city,omitempty"`
	LocationText    string          `json:"location_text,omitempty"`
	Tags            []string        `json:"tags,omitempty"`
	Description     string          `json:"description,omitempty"`
	TechStack       []string        `json:"tech_stack,omitempty"`
	FundingStage    string          `json:"funding_stage,omitempty"`
	LastFundingDate string          `json:"last_funding_date,omitempty"` // YYYY-MM-DD
	TotalRaisedUSD  *int64          `json:"total_raised_usd,omitempty"`
	ICPCode         string          `json:"icp_code,omitempty"`
	ICPScore        *int64          `json:"icp_score,omitempty"`        // 0-100
	EngagementScore *int64          `json:"engagement_score,omitempty"` // 0-100
	EngagementStage string          `json:"engagement_stage,omitempty"`
	Custom          json.RawMessage `json:"custom,omitempty"` // an object
	Sources         []string        `json:"sources,omitempty"`
	CreatedAt       *time.Time      `json:"created_at,omitempty"`
	UpdatedAt       *time.Time      `json:"updated_at,omitempty"`
}

// Lead is a person.
type Lead struct {
	ID              string          `json:"id"`
	ExternalID      string          `json:"external_id,omitempty"`
	Name            string          `json:"name,omitempty"` // as given
	FirstName       string          `json:"first_name,omitempty"`
	LastName        string          `json:"last_name,omitempty"`
	Title           string          `json:"title,omitempty"`
	Seniority       string          `json:"seniority,omitempty"`
	Department      string          `json:"department,omitempty"`
	Account         *AccountRef     `json:"account,omitempty"`
	Company         string          `json:"company,omitempty"`        // as published
	CompanyDomain   string          `json:"company_domain,omitempty"` // normalised
	WorkEmail       string          `json:"work_email,omitempty"`
	PersonalEmail   string          `json:"personal_email,omitempty"`
	Phone           string          `json:"phone,omitempty"`
	LinkedInURL     string          `json:"linkedin_url,omitempty"`
	Handle          string          `json:"handle,omitempty"`
	CountryCode     string          `json:"country_code,omitempty"`
	State           string          `json:"state,omitempty"`
	City            string          `json:"city,omitempty"`
	ICPCode         string          `json:"icp_code,omitempty"`
	ICPScore        *int64          `json:"icp_score,omitempty"`
	PersonaCode     string          `json:"persona_code,omitempty"`
	PersonaScore    *int64          `json:"persona_score,omitempty"`
	EngagementScore *int64          `json:"engagement_score,omitempty"` // 0-100
	EngagementStage string          `json:"engagement_stage,omitempty"`
	Source          string          `json:"source,omitempty"`
	Synthetic       *bool           `json:"synthetic,omitempty"` // made up for a demonstration
	Custom          json.RawMessage `json:"custom,omitempty"`
	CreatedAt       *time.Time      `json:"created_at,omitempty"`
	UpdatedAt       *time.Time      `json:"updated_at,omitempty"`
	SortedBy        SortedBy        `json:"sorted_by,omitempty"`
}

// SortedBy shows an item's value at each path of a related record that the call sorts by, as it is stored there; a missing one is left out.
type SortedBy map[string]json.RawMessage

// AccountRef names the account that a lead or a signal belongs to.
type AccountRef struct {
	ID         string `json:"id"`
	ExternalID string `json:"external_id,omitempty"`
	Domain     string `json:"domain"`
	Name       string `json:"name,omitempty"`
}

// LeadRef names the lead that a signal belongs to.
type LeadRef struct {
	ID         string `json:"id"`
	ExternalID string `json:"external_id,omitempty"`
	Name       string `json:"name,omitempty"`
}

// Signal is one dated event at an account or by a lead.
type Signal struct {
	ID            string          `json:"id"` // the signal_capture_id of its push
	ExternalID    string          `json:"external_id,omitempty"`
	SignalType    string          `json:"signal_type"`
	Source        string          `json:"source"`
	OccurredAt    time.Time       `json:"occurred_at"`
	EventName     string          `json:"event_name,omitempty"`
	Title         string          `json:"title,omitempty"`
	Account       *AccountRef     `json:"account,omitempty"`
	Lead          *LeadRef        `json:"lead,omitempty"`
	Identity      *Identity       `json:"identity,omitempty"` // as pushed, spelt in the normal form
	Context       json.RawMessage `json:"context,omitempty"`  // an object
	Qualification *Qualification  `json:"qualification,omitempty"`
	CreatedAt     *time.Time      `json:"created_at,omitempty"`
	SortedBy      SortedBy        `json:"sorted_by,omitempty"`
}

// Identity is what a source knows of the person or company behind a signal.
type Identity struct {
	Email         string `json:"email,omitempty"`
	LinkedInURL   string `json:"linkedin_url,omitempty"`
	Handle        string `json:"handle,omitempty"`
	CompanyDomain string `json:"company_domain,omitempty"`
	FirstName     string `json:"first_name,omitempty"`
	LastName      string `json:"last_name,omitempty"`
	Title         string `json:"title,omitempty"`
}

// Qualification says which ICP and persona the matched record fits.
type Qualification struct {
	ICPCode      string `json:"icp_code,omitempty"`
	ICPScore     *int64 `json:"icp_score,omitempty"`
	PersonaCode  string `json:"persona_code,omitempty"`
	PersonaScore *int64 `json:"persona_score,omitempty"`
}
