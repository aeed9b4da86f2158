package wire

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/unstuckengine/unstuck/internal/strictjson"
)

// SettingsSection names a part of the settings.
type SettingsSection string

// The sections.
const (
	SectionEnrichment  SettingsSection = "enrichment"
	SectionSignalTypes SettingsSection = "signal_types"
	SectionICPs        SettingsSection = "icps"
	SectionEngagement  SettingsSection = "engagement"
)

// SettingsSections returns the sections.
func SettingsSections() []SettingsSection {
	return []SettingsSection{SectionEnrichment, SectionSignalTypes, SectionICPs, SectionEngagement}
}

func sectionNames() (names []string) {
	for _, s := range SettingsSections() {
		names = append(names, string(s))
	}
	return names
}

// GetSettings asks for the settings of the workspace.
type GetSettings struct {
	Section SettingsSection `json:"section,omitempty"` // only this one
	Name    string          `json:"name,omitempty"`    // only this signal type, or the ICP with this code; needs its section
}

// Validate checks the words.
func (g GetSettings) Validate() error {
	var c checker
	named := g.Section == SectionSignalTypes || g.Section == SectionICPs
	c.enum("section", string(g.Section), sectionNames()...)
	c.refuse(g.Name != "" && !named, "section", "must be given with name", string(SectionSignalTypes), string(SectionICPs))
	return c.err()
}

// UpdateSettings changes settings: each section given is merged into what is set, as JSON Merge Patch (RFC 7396) says: objects are merged by name,
// null removes, everything else replaces. Its result must have the shape of the section in Settings, with secret beside the fields of a provider.
type UpdateSettings struct {
	Version     *int64          `json:"version,omitempty"`    // that was read; another one meanwhile is a conflict. Left out: whatever it is
	Enrichment  json.RawMessage `json:"enrichment,omitempty"` // an object, as are the others
	SignalTypes json.RawMessage `json:"signal_types,omitempty"`
	ICPs        json.RawMessage `json:"icps,omitempty"`
	Engagement  json.RawMessage `json:"engagement,omitempty"`
}

// UnmarshalJSON keeps a section that is null, so that it is refused: everywhere else null means that nothing was given, in a merge patch it removes.
func (u *UpdateSettings) UnmarshalJSON(text []byte) error {
	type plain UpdateSettings
	if err := strictjson.Decode(text, (*plain)(u)); err != nil {
		return err
	}
	strictjson.Members(text, func(name, value []byte) {
		if section := u.section(SettingsSection(name)); section != nil && string(value) == "null" {
			*section = json.RawMessage("null")
		}
	})
	return nil
}

// Patch returns what was sent for a section; empty for nothing.
func (u UpdateSettings) Patch(section SettingsSection) json.RawMessage {
	if patch := u.section(section); patch != nil {
		return *patch
	}
	return nil
}

// section is where the patch of a section stands; nil for what is none.
func (u *UpdateSettings) section(name SettingsSection) *json.RawMessage {
	switch name {
	case SectionEnrichment:
		return &u.Enrichment
	case SectionSignalTypes:
		return &u.SignalTypes
	case SectionICPs:
		return &u.ICPs
	case SectionEngagement:
		return &u.Engagement
	}
	return nil
}

// Validate checks what can be told without the settings at hand.
func (u UpdateSettings) Validate() error {
	var c checker
	given := false
	for _, section := range SettingsSections() {
		patch := u.Patch(section)
		given = given || len(patch) > 0
		c.refuse(len(patch) > 0 && !IsObject(patch), string(section), "must be an object; null removes single names within it")
	}
	c.refuse(!given, string(SectionEnrichment), "give at least one section to change", sectionNames()...)
	c.refuse(u.Version != nil && *u.Version < 0, "version", "must not be negative")
	return c.err()
}

// Settings is what the admins of the workspace chose, with defaults where they chose nothing.
type Settings struct {
	Version     int64                         `json:"version"`               // 0 until something was set; each change adds 1
	UpdatedAt   *time.Time                    `json:"updated_at,omitempty"`  // left out in version 0
	Enrichment  EnrichmentSettings            `json:"enrichment,omitzero"`   // this and the others are left out when they were not asked for
	SignalTypes map[string]SignalTypeSettings `json:"signal_types,omitzero"` // by name; those that are built in, as they count, and the workspace's own
	ICPs        map[string]ICPSettings        `json:"icps,omitzero"`         // by code, 1 to 40 of a-z 0-9 _ -
	Engagement  EngagementSettings            `json:"engagement,omitzero"`
	Note        string                        `json:"note,omitempty"` // what was left out of an answer that would have been too long
}

// Only returns the settings with these sections alone.
func (s Settings) Only(sections ...SettingsSection) Settings {
	out := Settings{Version: s.Version, UpdatedAt: s.UpdatedAt, Note: s.Note}
	for _, section := range sections {
		switch section {
		case SectionEnrichment:
			out.Enrichment = s.Enrichment
		case SectionSignalTypes:
			out.SignalTypes = s.SignalTypes
		case SectionICPs:
			out.ICPs = s.ICPs
		case SectionEngagement:
			out.Engagement = s.Engagement
		}
	}
	return out
}

// Named returns the settings with the one type or ICP of the name alone; ok is false when neither has it.
func (s Settings) Named(name string) (out Settings, ok bool) {
	out = s
	out.SignalTypes, out.ICPs = one(s.SignalTypes, name), one(s.ICPs, name)
	return out, len(out.SignalTypes)+len(out.ICPs) > 0
}

func one[T any](of map[string]T, name string) map[string]T {
	if v, ok := of[name]; ok {
		return map[string]T{name: v}
	}
	return nil
}

// Concise leaves out what need not be told twice: what each signal type is about.
func (s Settings) Concise() Settings {
	types := make(map[string]SignalTypeSettings, len(s.SignalTypes))
	for name, t := range s.SignalTypes {
		t.About = ""
		types[name] = t
	}
	if s.SignalTypes != nil {
		s.SignalTypes = types
	}
	return s
}

// Outline leaves out what makes settings long, and says so: the parameters of several ICPs, or the conditions of one.
func (s Settings) Outline() Settings {
	shorter := func([]ParameterSettings) []ParameterSettings { return nil }
	s.Note = "The parameters of ICPs are left out here; ask for one ICP by section and name."
	if len(s.ICPs) == 1 {
		shorter, s.Note = withoutConditions, "The conditions are left out here: they are too long. They can be read over HTTP."
	}
	icps := make(map[string]ICPSettings, len(s.ICPs))
	for code, icp := range s.ICPs {
		personas := make(map[string]PersonaSettings, len(icp.Personas))
		for code, p := range icp.Personas {
			p.Parameters = shorter(p.Parameters)
			personas[code] = p
		}
		icp.Parameters, icp.Personas = shorter(icp.Parameters), personas
		icps[code] = icp
	}
	s.ICPs = icps
	return s
}

func withoutConditions(parameters []ParameterSettings) []ParameterSettings {
	out := slices.Clone(parameters)
	for i := range out {
		out[i].Condition = nil
	}
	return out
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

// SignalTypeSettings is how signals of one type are taken and counted.
type SignalTypeSettings struct {
	Enabled     *bool  `json:"enabled,omitempty"`     // whether they are taken; true when left out
	Autoqualify *bool  `json:"autoqualify,omitempty"` // whether each one qualifies the record that it matched; false when left out
	Weight      *int64 `json:"weight,omitempty"`      // its strength, 0 to 100: what one signal of today adds to the engagement
	CreditCost  *int64 `json:"credit_cost,omitempty"` // credits for each one taken, 0 to 3; 0 when left out
	Class       string `json:"class,omitempty"`       // of its usual source: first_party, second_party or zero_party; fixed for those built in
	About       string `json:"about,omitempty"`       // one line for people and models; fixed for those built in
}

// ICPSettings describes one kind of company that the workspace looks for (an ideal customer profile).
type ICPSettings struct {
	Name       string                     `json:"name"`
	Enabled    *bool                      `json:"enabled,omitempty"`   // true when left out
	Parameters []ParameterSettings        `json:"parameters,omitzero"` // about accounts; 1 to 30
	Personas   map[string]PersonaSettings `json:"personas,omitzero"`   // by code; the people looked for in such companies
}

// PersonaSettings describes one kind of person within an ICP.
type PersonaSettings struct {
	Name       string              `json:"name"`
	Enabled    *bool               `json:"enabled,omitempty"`
	Parameters []ParameterSettings `json:"parameters,omitzero"` // about leads; 1 to 30
}

// The modes of a parameter.
const (
	ModeFilter  = "filter"  // must hold, or the record is not scored
	ModeScore   = "score"   // adds its weight when it holds
	ModeExclude = "exclude" // must not hold
)

// ParameterSettings is one thing that is asked of a record.
type ParameterSettings struct {
	Name      string          `json:"name"`                // once in its list
	Mode      string          `json:"mode"`                // filter, score or exclude
	Weight    *int64          `json:"weight,omitempty"`    // of mode score alone, 1 to 100
	Condition json.RawMessage `json:"condition,omitempty"` // in the filter language, over accounts in an ICP and over leads in a persona
}

// EngagementSettings is how signals become a score and a stage.
type EngagementSettings struct {
	HalfLifeDays  *int64           `json:"half_life_days,omitempty"` // after which a signal counts half, 1 to 365; 14 when left out
	Stages        *StageSettings   `json:"stages,omitempty"`
	SourceWeights map[string]int64 `json:"source_weights,omitzero"` // percent, 0 to 300, by source or by class of source; 100 for others
}

// StageSettings are the scores from which on a record is in a stage; below warm it is cool. Each lies above the one before, within 1 to 100.
type StageSettings struct {
	Warm     int64 `json:"warm"`      // 40 by default
	InMarket int64 `json:"in_market"` // 65
	Hot      int64 `json:"hot"`       // 85
}
