package wire

import (
	"encoding/json"
	"time"
)

// GetSettings asks for the settings of the workspace.
type GetSettings struct{}

// Validate accepts.
func (GetSettings) Validate() error { return nil }

// UpdateSettings changes settings: each section given is merged into what is set, as JSON Merge Patch (RFC 7396) says: objects are merged by name,
// null removes, everything else replaces. Its result must have the shape of the section in Settings, with secret beside the fields of a provider.
type UpdateSettings struct {
	Version    *int64          `json:"version,omitempty"`    // that was read; another one meanwhile is a conflict. Left out: whatever it is
	Enrichment json.RawMessage `json:"enrichment,omitempty"` // an object
}

// Validate checks what can be told without the settings at hand.
func (u UpdateSettings) Validate() error {
	var c checker
	c.refuse(len(u.Enrichment) == 0, "enrichment", "give at least one section to change", "enrichment")
	c.refuse(len(u.Enrichment) > 0 && !IsObject(u.Enrichment), "enrichment", "expected an object")
	c.refuse(u.Version != nil && *u.Version < 0, "version", "must not be negative")
	return c.err()
}

// Settings is what the admins of the workspace chose, with defaults where they chose nothing.
type Settings struct {
	Version    int64              `json:"version"`              // 0 until something was set; each change adds 1
	UpdatedAt  *time.Time         `json:"updated_at,omitempty"` // left out in version 0
	Enrichment EnrichmentSettings `json:"enrichment"`
}

// EnrichmentSettings is who is asked for missing values, in which order, and what is spent on it.
type EnrichmentSettings struct {
	Overage   string                      `json:"overage,omitempty"`  // when the month's credits are used up: top_up_only (default) or pause
	Order     map[string][]string         `json:"order,omitempty"`    // by channel, account field, or account for all other account fields: providers in their order
	Providers map[string]ProviderSettings `json:"providers,omitzero"` // by name, 1 to 40 of a-z 0-9 _
}

// ProviderSettings describes a provider behind HTTP.
type ProviderSettings struct {
	Kind         string            `json:"kind"`                    // http
	Enabled      *bool             `json:"enabled,omitempty"`       // true when left out
	URL          string            `json:"url"`                     // https; may hold {first_name} {last_name} {domain} {email} {linkedin_url} in path and query
	Method       string            `json:"method,omitempty"`        // GET (default) or POST
	Headers      map[string]string `json:"headers,omitempty"`       // sent with each request; never secrets
	Secret       *string           `json:"secret,omitempty"`        // written only; answers tell secret_set
	SecretSet    *bool             `json:"secret_set,omitempty"`    // read only
	SecretHeader string            `json:"secret_header,omitempty"` // the header that carries the secret
	SecretPrefix string            `json:"secret_prefix,omitempty"` // before the secret in its header, such as "Bearer "
	SecretQuery  string            `json:"secret_query,omitempty"`  // the query parameter that carries the secret
	Request      string            `json:"request,omitempty"`       // jq program from the subject to the JSON body; only with POST
	Response     string            `json:"response"`                // jq program from the answer to an object of values by field
	Fields       []string          `json:"fields"`                  // that it can answer
	Cost         *int64            `json:"cost"`                    // credits for each value delivered, 0 to 1000
	Confidence   *float64          `json:"confidence,omitempty"`    // 0 to 1, of values that come without one; 0.5 when left out
	TimeoutMS    *int64            `json:"timeout_ms,omitempty"`    // 100 to 30000; 10000 when left out
}
