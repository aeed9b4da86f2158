package search

import (
	"context"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Record returns the account or lead that the one hint of in names, in any spelling, with its newest signals. An account comes before a lead,
// and of several leads with the hint the first by natural key is taken. Errors: validation_failed naming a hint that is none, not_found.
func (s *Service) Record(ctx context.Context, workspaceID string, in wire.GetRecord) (wire.Record, error) {
	attempts, err := Attempts(in)
	if err != nil {
		return wire.Record{}, err
	}
	return s.store.Record(ctx, workspaceID, attempts)
}

// Attempts returns the ways to find the record that the one hint of in names, in any spelling, in their order. Errors: validation_failed naming a
// hint that is none.
func Attempts(in wire.GetRecord) ([]Attempt, error) {
	for _, h := range []struct {
		path, value string
		normal      func(string) (string, error)
		accounts    []string
		leads       []string
	}{
		{"id", in.ID, asIs, []string{"id"}, []string{"id"}},
		{"external_id", in.ExternalID, asIs, []string{"external_id"}, []string{"external_id"}},
		{"email", in.Email, identity.Email, nil, []string{"work_email", "personal_email"}},
		{"linkedin_url", in.LinkedInURL, identity.LinkedIn, nil, []string{"linkedin_url"}},
		{"handle", in.Handle, identity.Handle, nil, []string{"handle"}},
		{"domain", in.Domain, identity.Domain, []string{"domain"}, nil},
	} {
		if h.value == "" {
			continue
		}
		value, err := h.normal(h.value)
		if err != nil {
			return nil, fault.Invalid(h.path, err.Error())
		}
		return append(attempt(filter.Accounts, h.accounts, value), attempt(filter.Leads, h.leads, value)...), nil
	}
	return nil, fault.Invalid("$", "give exactly one of", "id", "external_id", "email", "linkedin_url", "handle", "domain")
}

func asIs(s string) (string, error) { return s, nil }

func attempt(k filter.Kind, fields []string, value string) []Attempt {
	if len(fields) == 0 {
		return nil
	}
	var either filter.Any
	for _, name := range fields {
		either = append(either, filter.Leaf{Field: filter.Must(k, name), Op: filter.In, Values: []any{value}})
	}
	return []Attempt{{k, either}}
}
