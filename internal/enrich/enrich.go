// Package enrich finds what is missing of a record: it asks the providers of each field in the order that the workspace's settings say, takes the
// first usable value, and charges the credits of the provider that delivered it, in the transaction that keeps the value.
package enrich

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/unstuckengine/unstuck/internal/wire"
)

// Field names what is looked for: a channel of a person or a field of an account.
type Field string

// The fields, by the names of the wire.
const (
	WorkEmail     = Field(wire.WorkEmail)
	PersonalEmail = Field(wire.PersonalEmail)
	Phone         = Field(wire.Phone)
	LinkedInURL   = Field(wire.LinkedInURL)

	Name            Field = "name"
	Description     Field = "description"
	Industry        Field = "industry"
	EmployeeCount   Field = "employee_count"
	RevenueBand     Field = "revenue_band"
	FoundedYear     Field = "founded_year"
	HQCountry       Field = "hq_country" // ISO 3166 alpha-2; the account's country_code
	HQCity          Field = "hq_city"    // the account's city
	TechStack       Field = "tech_stack"
	FundingStage    Field = "funding_stage"
	LastFundingDate Field = "last_funding_date" // YYYY-MM-DD
	TotalRaisedUSD  Field = "total_raised_usd"
)

// ChannelFields returns the channels in their order.
func ChannelFields() []Field { return []Field{WorkEmail, PersonalEmail, Phone, LinkedInURL} }

// AccountFields returns the fields of an account in their order.
func AccountFields() []Field {
	return []Field{Name, Description, Industry, EmployeeCount, RevenueBand, FoundedYear, HQCountry, HQCity, TechStack, FundingStage, LastFundingDate, TotalRaisedUSD}
}

// ValueType says what a field's value is.
type ValueType int

// The types of value.
const (
	TextValue    ValueType = iota // a JSON string
	IntegerValue                  // a JSON integer
	ListValue                     // a JSON array of strings
)

// Type returns the type of the field's values.
func (f Field) Type() ValueType {
	switch f {
	case EmployeeCount, FoundedYear, TotalRaisedUSD:
		return IntegerValue
	case TechStack:
		return ListValue
	}
	return TextValue
}

// Channel reports whether f is a channel of a person.
func (f Field) Channel() bool { return slices.Contains(ChannelFields(), f) }

// Subject is what is known of a record before a provider is asked. Its texts are in normal form (package identity); an empty one is unknown.
type Subject struct {
	WorkspaceID string
	Kind        wire.Kind // lead or account
	RecordID    string    // "" while there is no record
	FirstName   string
	LastName    string
	Title       string
	Email       string // any address known of the person
	LinkedInURL string
	Domain      string // of the company; never a mailbox provider's
	CompanyName string
	CountryCode string // of the person, else of the company; for telephone numbers
}

// Answer is one value that a provider has. Value is JSON of the field's type.
type Answer struct {
	Field      Field
	Value      json.RawMessage
	Confidence float64 // 0 to 1
}

// Provider is one source of values. Implementations are safe for concurrent use and obey the context's deadline.
type Provider interface {
	// Lookup returns what the source has of the wanted fields, at most one answer for each; none is a miss and no error. It may answer fields
	// that it was not asked for, which are ignored. An error makes the waterfall go on to the next provider.
	Lookup(ctx context.Context, s Subject, wanted []Field) ([]Answer, error)
}

// ErrUnfit is returned by a provider that cannot ask with what is known of the subject; it counts as a miss that says nothing of the provider's health.
var ErrUnfit = errors.New("enrich: the subject lacks what the provider needs")

// ErrUnreachable is wrapped by what a provider returns when the subject's own servers do not answer: it failed for this subject, which says nothing
// of how it does for others.
var ErrUnreachable = errors.New("enrich: the subject's servers do not answer")

// Entry is a provider as the settings of a workspace set it up.
type Entry struct {
	Name     string // unique in the workspace; the source label of its values
	Provider Provider
	Fields   []Field       // that it can answer
	Cost     int64         // credits for each value delivered
	Timeout  time.Duration // for one lookup
	Setup    int64         // grows when the provider is set up anew, upon which what was known of its health is forgotten
}

// Plan is the waterfall of a workspace: for each field the entries in the order in which they are asked.
type Plan map[Field][]Entry

// Kept is a value that a record has, with where it comes from.
type Kept struct {
	Field      Field
	Value      json.RawMessage
	Source     string
	Confidence *float64   // nil for a value that was not enriched
	EnrichedAt *time.Time // nil likewise
}
