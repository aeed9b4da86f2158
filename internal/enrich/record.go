package enrich

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// SourceWorkspace is the source of values that nobody delivered: they were imported, pushed or entered.
const SourceWorkspace = "workspace"

// kind returns the record's kind; a lead's when there is none yet.
func (s Stored) kind() wire.Kind {
	if s.Account != nil {
		return wire.KindAccount
	}
	return wire.KindLead
}

// place returns where the record keeps the field: *string, **int64 or *[]string; nil for what an account has no place for, which its traces keep.
func (s Stored) place(f Field) any {
	if l := s.Lead; l != nil {
		switch f {
		case WorkEmail:
			return &l.WorkEmail
		case PersonalEmail:
			return &l.PersonalEmail
		case Phone:
			return &l.Phone
		case LinkedInURL:
			return &l.LinkedInURL
		}
	}
	if a := s.Account; a != nil {
		return accountPlace(a, f)
	}
	return nil
}

func accountPlace(a *wire.Account, f Field) any {
	switch f {
	case Name:
		return &a.Name
	case Description:
		return &a.Description
	case Industry:
		return &a.Industry
	case EmployeeCount:
		return &a.EmployeeCount
	case RevenueBand:
		return &a.RevenueBand
	case FoundedYear:
		return &a.FoundedYear
	case HQCountry:
		return &a.CountryCode
	case HQCity:
		return &a.City
	case TechStack:
		return &a.TechStack
	case FundingStage:
		return &a.FundingStage
	case LastFundingDate:
		return &a.LastFundingDate
	case TotalRaisedUSD:
		return &a.TotalRaisedUSD
	}
	return nil
}

// kept returns the values that the record has of the fields.
func (s Stored) kept(fields []Field) map[Field]Kept {
	out := map[Field]Kept{}
	for _, f := range fields {
		trace := s.Values[f]
		value := trace.Value
		if place := s.place(f); place != nil {
			value = valueAt(place)
		}
		if value == nil {
			continue
		}
		k := Kept{Field: f, Value: value, Source: SourceWorkspace}
		if string(trace.Value) == string(value) {
			k.Source, k.Confidence, k.EnrichedAt = trace.Source, &trace.Confidence, &trace.FoundAt
		}
		out[f] = k
	}
	return out
}

// valueAt returns the JSON of what a place holds; nil for nothing.
func valueAt(place any) json.RawMessage {
	switch p := place.(type) {
	case *string:
		if *p != "" {
			return encoded(*p)
		}
	case **int64:
		if *p != nil {
			return encoded(**p)
		}
	case *[]string:
		if len(*p) > 0 {
			return encoded(*p)
		}
	}
	return nil
}

// set puts a value in normal form where the record keeps the field. A country brings its name along.
func (s Stored) set(f Field, value json.RawMessage) error {
	place := s.place(f)
	if place == nil {
		return nil
	}
	if err := json.Unmarshal(value, place); err != nil {
		return err
	}
	if f == HQCountry {
		s.Account.Country, _ = identity.CountryName(s.Account.CountryCode)
	}
	return nil
}

// subject returns what is known of the record.
func (s Stored) subject(workspaceID string) Subject {
	out := Subject{WorkspaceID: workspaceID, Kind: s.kind(), RecordID: s.ID()}
	if a := s.Account; a != nil {
		out.Domain, out.CompanyName, out.CountryCode = a.Domain, a.Name, a.CountryCode
		return out
	}
	l := s.Lead
	out.FirstName, out.LastName = nameParts(*l)
	out.Title, out.LinkedInURL, out.CountryCode = l.Title, l.LinkedInURL, l.CountryCode
	out.Email = cmp.Or(l.WorkEmail, l.PersonalEmail)
	out.Domain, out.CompanyName = l.CompanyDomain, l.Company
	if e := s.Employer; e != nil {
		out.Domain, out.CompanyName = e.Domain, cmp.Or(e.Name, l.Company)
		out.CountryCode = cmp.Or(l.CountryCode, e.CountryCode)
	}
	if out.Domain == "" && l.WorkEmail != "" {
		out.Domain = signals.EmailCompany(l.WorkEmail)
	}
	return out
}

// nameParts returns a lead's first and last name; of a name that is known as a whole only, its first and last word.
func nameParts(l wire.Lead) (first, last string) {
	if l.FirstName != "" || l.LastName != "" {
		return l.FirstName, l.LastName
	}
	words := strings.Fields(l.Name)
	if len(words) == 0 {
		return "", ""
	}
	if len(words) > 1 {
		last = words[len(words)-1]
	}
	return words[0], last
}

// Provenance returns where the values of the record come from, by the names of its own fields: of those that a provider delivered and that are
// there still. What the record has no field for comes with its value.
func (s Stored) Provenance() map[string]wire.Provenance {
	own := map[Field]string{HQCountry: "country_code", HQCity: "city"}
	out := map[string]wire.Provenance{}
	for f, k := range s.kept(slices.Collect(maps.Keys(s.Values))) {
		if k.EnrichedAt == nil {
			continue
		}
		p := wire.Provenance{Source: k.Source, Confidence: *k.Confidence, EnrichedAt: *k.EnrichedAt}
		if s.place(f) == nil {
			p.Value = wire.Value(k.Value)
		}
		out[cmp.Or(own[f], string(f))] = p
	}
	return out
}
