package signals

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// MaxYearsAhead is how far in the future a signal may lie: announced dates, such as an end of life, are legitimate.
const MaxYearsAhead = 25

// Normal returns a pushed signal in normal form. It refuses hints that are none, naming each (identity.email); the
// input must have passed its Validate.
func Normal(in wire.PushSignal) (Signal, error) {
	s := Signal{
		ExternalID: in.ExternalID, Type: in.SignalType, Source: strings.TrimSpace(in.Source), OccurredAt: in.OccurredAt.UTC().Truncate(time.Microsecond),
		EventName: strings.TrimSpace(in.EventName), Title: strings.TrimSpace(in.Title), Identity: in.Identity,
	}
	var fields []fault.Field
	if s.Source == "" {
		fields = append(fields, fault.Field{Path: "source", Message: "is required"})
	}
	for _, bad := range NormalIdentity(&s.Identity) {
		fields = append(fields, fault.Field{Path: "identity." + bad.Path, Message: bad.Message})
	}
	if len(fields) > 0 {
		return Signal{}, fault.InvalidFields(fields...)
	}
	var err error
	s.Context, err = NormalContext(in.Context)
	return s, err
}

// NormalContext returns a context as canonical JSON; an empty object is the same as none. The error names the field.
func NormalContext(raw []byte) ([]byte, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	canonical, err := strictjson.Canonical(raw)
	if err != nil || canonical[0] != '{' {
		return nil, fault.Invalid("context", "must be a JSON object")
	}
	if len(canonical) == len("{}") {
		return nil, nil
	}
	return canonical, nil
}

// NormalIdentity brings every hint into normal form and trims the rest. It empties each hint that is none and returns
// which those were and why; the fixed order is email, linkedin_url, handle, company_domain.
func NormalIdentity(i *wire.Identity) (bad []fault.Field) {
	for _, text := range []*string{&i.FirstName, &i.LastName, &i.Title} {
		*text = strings.TrimSpace(*text)
	}
	for _, hint := range []struct {
		path   string
		value  *string
		normal func(string) (string, error)
	}{{"email", &i.Email, identity.Email}, {"linkedin_url", &i.LinkedInURL, identity.LinkedIn}, {"handle", &i.Handle, identity.Handle}, {"company_domain", &i.CompanyDomain, identity.Domain}} {
		if *hint.value == "" {
			continue
		}
		normal, err := hint.normal(*hint.value)
		if err != nil {
			bad = append(bad, fault.Field{Path: hint.path, Message: err.Error()})
		}
		*hint.value = normal
	}
	return bad
}

// Acceptable refuses a signal of a type that is not enabled and one too far ahead of now.
func (t Types) Acceptable(s Signal, now time.Time) error {
	var fields []fault.Field
	if !t.Enabled(s.Type) {
		fields = append(fields, t.refuse())
	}
	if TooFarAhead(s.OccurredAt, now) {
		fields = append(fields, fault.Field{Path: "occurred_at", Message: "must not lie more than 25 years ahead"})
	}
	if len(fields) > 0 {
		return fault.InvalidFields(fields...)
	}
	return nil
}

// TooFarAhead reports whether at lies more than MaxYearsAhead years after now.
func TooFarAhead(at, now time.Time) bool { return at.After(now.AddDate(MaxYearsAhead, 0, 0)) }

// under puts the item's place before the path of each field of an error.
func under(prefix string, err error) error {
	var e *fault.Error
	if !errors.As(err, &e) {
		return err
	}
	moved := *e
	moved.Fields = slices.Clone(e.Fields)
	for i, f := range moved.Fields {
		if f.Path == "$" {
			moved.Fields[i].Path = prefix
			continue
		}
		moved.Fields[i].Path = prefix + "." + f.Path
	}
	return &moved
}
