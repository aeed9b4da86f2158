package settings

import (
	"fmt"
	"slices"
	"time"

	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/enrich"
)

// The providers that are built in, by the names under which orders list them.
const (
	Workspace = "workspace" // other records of the workspace
	Reference = "reference" // all reference files, in the order of their names; "reference:<file>" is one of them
	Website   = "website"
	Pattern   = "pattern" // of work emails at the same domain
	RDAP      = "rdap"
	DNS       = "dns"
)

// ReferencePrefix stands before the name of one reference file.
const ReferencePrefix = Reference + ":"

// Builtins returns the names of the built-in providers.
func Builtins() []string { return []string{Workspace, Reference, Website, Pattern, RDAP, DNS} }

// accountKey names in an order all fields of an account that have no order of their own.
const accountKey = "account"

// orderKeys are the names that an order may have.
func orderKeys() (names []string) {
	for _, f := range enrich.ChannelFields() {
		names = append(names, string(f))
	}
	return append(append(names, accountKey), fieldNames(enrich.AccountFields())...)
}

func fieldNames(fields []enrich.Field) (names []string) {
	for _, f := range fields {
		names = append(names, string(f))
	}
	return names
}

// defaultOrder returns the order under a name while none is set; what answers without asking anybody comes first.
func defaultOrder(key string) []string {
	switch enrich.Field(key) {
	case enrich.WorkEmail:
		return []string{Workspace, Reference, Website, Pattern}
	case enrich.PersonalEmail, enrich.Phone, enrich.LinkedInURL:
		return []string{Workspace, Reference}
	}
	return []string{Workspace, Reference, Website, RDAP, DNS}
}

// Enrichment is the section of that name with its secrets opened, for those who build the waterfall.
type Enrichment struct {
	Version   int64 // of the settings
	Overage   credits.Overage
	Order     map[enrich.Field][]string // for every field the names of its providers, in order; none of one that is switched off
	Providers map[string]HTTPProvider   // those that are switched on
	Locked    []string                  // those left out because their secret cannot be opened, as after the loss of the key that sealed it
}

// HTTPProvider is a provider that is described by data.
type HTTPProvider struct {
	URL          string            // template with {first_name} {last_name} {domain} {email} {linkedin_url}
	Method       string            // GET or POST
	Headers      map[string]string // by name
	Secret       Secret            // zero when none is set
	SecretHeader string            // the header that carries the secret, behind SecretPrefix; "" for none
	SecretPrefix string
	SecretQuery  string // the query parameter that carries the secret; "" for none
	Request      string // jq program for the JSON body; "" for no body
	Response     string // jq program for the values found
	Fields       []enrich.Field
	Cost         int64   // credits for each value delivered
	Confidence   float64 // of values that come without one of their own
	Timeout      time.Duration
}

// Secret is a text that is shown to nobody: however it is printed, encoded or logged, it gives "redacted". Only Reveal gives the text.
type Secret struct {
	_    [0]func() // not comparable
	text *string   // behind a pointer, since fmt prints what it finds in unexported fields
}

// NewSecret returns the secret with the text; the zero Secret for "".
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{text: &text}
}

// Reveal returns the text: to put it into a request. "" for the zero value.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether there is none.
func (s Secret) IsZero() bool { return s.text == nil }

// String hides the text.
func (s Secret) String() string {
	if s.text == nil {
		return ""
	}
	return "redacted"
}

// Format prints String whatever the verb and flags.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// MarshalText encodes String.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// serves reports whether a provider with the fields can be in the order under the name.
func serves(fields []string, key string) bool {
	if key != accountKey {
		return slices.Contains(fields, key)
	}
	return slices.ContainsFunc(fields, func(f string) bool { return !enrich.Field(f).Channel() })
}
