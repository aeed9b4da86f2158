// Package file is the kind of destination that is sent nothing: the members of an audience are fetched from it as a CSV file.
package file

import (
	"context"

	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/destinations/mapping"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
)

// Sender is destinations.Sender for files.
type Sender struct{}

var _ destinations.Sender = Sender{}

// Check implements destinations.Sender: a file needs nothing.
func (Sender) Check(_ context.Context, t destinations.Target) (wrong []fault.Field) {
	if t.URL != "" {
		wrong = append(wrong, fault.Field{Path: "url", Message: "a csv destination has none: its file is fetched"})
	}
	for name := range t.Options {
		wrong = append(wrong, fault.Field{Path: "options." + name, Message: "a csv destination has no options"})
	}
	for name := range t.Secrets {
		wrong = append(wrong, fault.Field{Path: "secrets." + name, Message: "a csv destination has no secrets"})
	}
	return wrong
}

// Defaults implements destinations.Sender: the columns that most tools take.
func (Sender) Defaults(k filter.Kind) destinations.Mapping {
	names := []string{"id", "domain", "name", "industry", "country_code", "employee_count", "icp_code", "icp_score", "engagement_stage"}
	if k == filter.Leads {
		names = []string{"id", "first_name", "last_name", "title", "company", "work_email", "phone", "linkedin_url", "icp_code", "icp_score", "persona_code",
			"persona_score", "engagement_stage"}
	}
	m := destinations.Mapping{"last_signal_type": "last_signal.signal_type", "last_signal_at": "last_signal.occurred_at"}
	for _, n := range names {
		m[n] = n
	}
	return m
}

// Rule implements destinations.Sender.
func (Sender) Rule() mapping.Rule {
	return mapping.Rule{Fits: mapping.Column, Ranked: true, Form: "must be 1 to 100 visible characters that do not begin as a formula does"}
}

// Send implements destinations.Sender; it is never called.
func (Sender) Send(context.Context, destinations.Target, destinations.Message) (int, error) {
	return 0, destinations.ErrSkipped
}
