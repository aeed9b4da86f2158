package wire

import (
	"encoding/json"
	"strconv"
	"time"
)

// Condition is the part that every input with a filter tree shares. Package filter reads the tree.
type Condition struct {
	Filter json.RawMessage `json:"filter,omitempty"` // an object
	Now    *time.Time      `json:"now,omitempty"`    // what last_days counts back from; the clock when absent
}

// FindAccounts asks for companies: all parameters must hold, a list means any of its values (tags_all: all, tags_none: none).
type FindAccounts struct {
	Query       string   `json:"query,omitempty"`
	Domain      []string `json:"domain,omitempty"`
	Name        []string `json:"name,omitempty"`
	Country     []string `json:"country,omitempty"`
	CountryCode []string `json:"country_code,omitempty"`
	State       []string `json:"state,omitempty"`
	City        []string `json:"city,omitempty"`
	Industry    []string `json:"industry,omitempty"`
	Sector      []string `json:"sector,omitempty"`
	Size        []string `json:"size,omitempty"`
	MarketCap   []string `json:"market_cap,omitempty"`
	Ownership   []string `json:"ownership,omitempty"`
	Stage       []string `json:"stage,omitempty"`
	TagsAny     []string `json:"tags_any,omitempty"`
	TagsAll     []string `json:"tags_all,omitempty"`
	TagsNone    []string `json:"tags_none,omitempty"`
	FoundedFrom *int64   `json:"founded_from,omitempty"`
	FoundedTo   *int64   `json:"founded_to,omitempty"`
	Condition
	Page
}

// Validate checks the page, the length of the query and of each list.
func (f FindAccounts) Validate() error {
	return validateFind(f.Page, f.Query, map[string][]string{
		"domain": f.Domain, "name": f.Name, "country": f.Country, "country_code": f.CountryCode, "state": f.State, "city": f.City,
		"industry": f.Industry, "sector": f.Sector, "size": f.Size, "market_cap": f.MarketCap, "ownership": f.Ownership, "stage": f.Stage,
		"tags_any": f.TagsAny, "tags_all": f.TagsAll, "tags_none": f.TagsNone,
	})
}

// FindLeads asks for people; lists mean any of their values.
type FindLeads struct {
	Query         string   `json:"query,omitempty"`
	Name          []string `json:"name,omitempty"`
	Title         []string `json:"title,omitempty"`
	Seniority     []string `json:"seniority,omitempty"`
	Department    []string `json:"department,omitempty"`
	AccountDomain []string `json:"account_domain,omitempty"`
	CountryCode   []string `json:"country_code,omitempty"`
	Stage         []string `json:"stage,omitempty"`
	Condition
	Page
}

// Validate checks the page, the length of the query and of each list.
func (f FindLeads) Validate() error {
	return validateFind(f.Page, f.Query, map[string][]string{
		"name": f.Name, "title": f.Title, "seniority": f.Seniority, "department": f.Department,
		"account_domain": f.AccountDomain, "country_code": f.CountryCode, "stage": f.Stage,
	})
}

// ListSignals asks for events in the half-open window [since, until).
type ListSignals struct {
	Types         []string   `json:"types,omitempty"`
	AccountDomain []string   `json:"account_domain,omitempty"`
	Lead          []string   `json:"lead,omitempty"` // an id, external id, email or handle
	Source        []string   `json:"source,omitempty"`
	EventName     []string   `json:"event_name,omitempty"`
	Since         *time.Time `json:"since,omitempty"`
	Until         *time.Time `json:"until,omitempty"`
	Condition
	Page
}

// Validate checks the page, the lists and that the window is not upside down.
func (f ListSignals) Validate() error {
	if f.Since != nil && f.Until != nil && f.Until.Before(*f.Since) {
		var c checker
		c.refuse(true, "until", "must not lie before since")
		return c.err()
	}
	return validateFind(f.Page, "", map[string][]string{
		"types": f.Types, "account_domain": f.AccountDomain, "lead": f.Lead, "source": f.Source, "event_name": f.EventName,
	})
}

// The bounds of a search.
const (
	MaxQueryBytes = 400
	MaxListValues = 200
	MaxValueBytes = 400
)

func validateFind(p Page, query string, lists map[string][]string) error {
	if err := p.Validate(); err != nil {
		return err
	}
	var c checker
	c.refuse(len(query) > MaxQueryBytes, "query", "at most "+strconv.Itoa(MaxQueryBytes)+" bytes")
	for path, values := range lists {
		c.list(path, values)
	}
	return c.err()
}

func (c *checker) list(path string, values []string) {
	c.refuse(values != nil && len(values) == 0, path, "must not be empty; leave it out instead")
	c.refuse(len(values) > MaxListValues, path, "at most "+strconv.Itoa(MaxListValues)+" values")
	for i, v := range values {
		c.refuse(len(v) > MaxValueBytes, path+"["+strconv.Itoa(i)+"]", "at most "+strconv.Itoa(MaxValueBytes)+" bytes")
	}
}

// GetRecord asks for one record by exactly one hint, in any spelling.
type GetRecord struct {
	ID             string `json:"id,omitempty"`
	ExternalID     string `json:"external_id,omitempty"`
	Email          string `json:"email,omitempty"`
	LinkedInURL    string `json:"linkedin_url,omitempty"`
	Handle         string `json:"handle,omitempty"`
	Domain         string `json:"domain,omitempty"`
	ResponseFormat Format `json:"response_format,omitempty"`
}

// Validate refuses anything but exactly one hint.
func (g GetRecord) Validate() error {
	var c checker
	given := 0
	for _, h := range []string{g.ID, g.ExternalID, g.Email, g.LinkedInURL, g.Handle, g.Domain} {
		c.refuse(len(h) > 2048, "$", "a hint has at most 2048 bytes")
		if h != "" {
			given++
		}
	}
	c.refuse(given != 1, "$", "give exactly one of", "id", "external_id", "email", "linkedin_url", "handle", "domain")
	c.format(g.ResponseFormat)
	return c.err()
}

// GetAccess takes nothing.
type GetAccess struct{}
