package wire

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// The bounds of audiences.
const (
	MaxAudiences         = 200 // of a workspace
	MaxAudienceName      = 100 // characters
	MaxRanking           = 4
	MaxEnrich            = 16
	MaxAttached          = 20 // destinations of one audience
	MaxMapped            = 100
	SampleSize           = 10 // records that a preview shows
	maxAudienceNameBytes = 4 * MaxAudienceName
)

// AudienceDestination attaches a destination to an audience.
type AudienceDestination struct {
	ID      string            `json:"id"`
	Mapping map[string]string `json:"mapping,omitempty"` // our path by their field; the destination's own when left out
}

// SaveAudience makes an audience or, with an id, changes one: what is left out then stays as it is, and an empty list empties.
type SaveAudience struct {
	ID             string                `json:"id,omitempty"`
	Version        *int64                `json:"version,omitempty"` // that was read; another one meanwhile is a conflict. Left out: whatever it is
	Name           string                `json:"name,omitempty"`
	Over           Over                  `json:"over,omitempty"` // accounts or leads; never changes
	Filter         json.RawMessage       `json:"filter,omitempty"`
	Ranking        []Sort                `json:"ranking,omitempty"`
	Enrich         []string              `json:"enrich,omitempty"` // what members should have: channels of leads, fields of accounts
	Destinations   []AudienceDestination `json:"destinations,omitempty"`
	IdempotencyKey string                `json:"idempotency_key,omitempty"`
}

// Validate checks what can be told without the store.
func (s SaveAudience) Validate() error {
	var c checker
	c.text("id", s.ID, 0, 64)
	if s.ID == "" {
		c.refuse(s.Name == "", "name", "is required")
		c.refuse(s.Over == "", "over", "is required", string(OverAccounts), string(OverLeads))
		c.refuse(len(s.Filter) == 0, "filter", `is required; for every record give {"field":"id","op":"present"}`)
		c.refuse(s.Version != nil, "version", "goes with id alone")
	}
	c.text("name", s.Name, 0, maxAudienceNameBytes)
	c.refuse(s.Version != nil && *s.Version < 1, "version", "must be at least 1")
	c.rules(s.Over, s.Filter, s.Ranking, s.Enrich)
	c.refuse(len(s.Destinations) > MaxAttached, "destinations", "at most "+strconv.Itoa(MaxAttached))
	for i, d := range s.Destinations {
		path := "destinations[" + strconv.Itoa(i) + "]"
		c.text(path+".id", d.ID, 1, 64)
		c.refuse(slices.IndexFunc(s.Destinations, func(o AudienceDestination) bool { return o.ID == d.ID }) != i, path+".id", "stands twice")
		c.refuse(len(d.Mapping) > MaxMapped, path+".mapping", "at most "+strconv.Itoa(MaxMapped)+" fields")
	}
	c.refuse(!ValidIdempotencyKey(s.IdempotencyKey) && s.IdempotencyKey != "", "idempotency_key", "must be 1 to 255 visible ASCII characters")
	return c.err()
}

// rules checks the parts that say who is in an audience, and what its members should have.
func (c *checker) rules(over Over, filter json.RawMessage, ranking []Sort, enrich []string) {
	c.enum("over", string(over), string(OverAccounts), string(OverLeads))
	c.refuse(filter != nil && !IsObject(filter), "filter", "must be a condition, an object")
	c.refuse(len(ranking) > MaxRanking, "ranking", "at most "+strconv.Itoa(MaxRanking)+" fields")
	for i, s := range ranking {
		c.enum("ranking["+strconv.Itoa(i)+"].dir", string(s.Dir), string(Ascending), string(Descending))
	}
	c.refuse(len(enrich) > MaxEnrich, "enrich", "at most "+strconv.Itoa(MaxEnrich))
	for i, f := range enrich {
		c.refuse(slices.Index(enrich, f) != i, "enrich["+strconv.Itoa(i)+"]", "stands twice")
	}
}

// Audience is a saved filter and how it stands.
type Audience struct {
	ID           string                `json:"id"`
	Name         string                `json:"name"`
	Over         Over                  `json:"over"`
	Filter       json.RawMessage       `json:"filter,omitempty"` // left out in concise form
	Ranking      []Sort                `json:"ranking,omitempty"`
	Enrich       []string              `json:"enrich,omitempty"`
	Destinations []AudienceDestination `json:"destinations,omitempty"`
	State        string                `json:"state"`   // scanning until every record was looked at, then current
	Version      int64                 `json:"version"` // grows with each save
	Members      int64                 `json:"members"`
	AsOf         *time.Time            `json:"as_of,omitempty"` // the time for which the members hold
	CreatedAt    *time.Time            `json:"created_at,omitempty"`
	CreatedBy    string                `json:"created_by,omitempty"`
	UpdatedAt    *time.Time            `json:"updated_at,omitempty"`
}

// Concise returns a without its filter and mappings.
func (a Audience) Concise([]Sort) Audience {
	a.Filter, a.CreatedAt, a.CreatedBy, a.UpdatedAt = nil, nil, "", nil
	a.Destinations = slices.Clone(a.Destinations)
	for i := range a.Destinations {
		a.Destinations[i].Mapping = nil
	}
	return a
}

// Shorten returns a as it is: the texts of an audience are short.
func (a Audience) Shorten(int) Audience { return a }

// ListAudiences asks for the audiences of the workspace, by name.
type ListAudiences struct {
	Limit          *int    `json:"limit,omitempty"`
	Cursor         *string `json:"cursor,omitempty"`
	ResponseFormat Format  `json:"response_format,omitempty"`
}

// Page returns the paging of l.
func (l ListAudiences) Page() Page {
	return Page{Limit: l.Limit, Cursor: l.Cursor, ResponseFormat: l.ResponseFormat}
}

// Validate checks the page.
func (l ListAudiences) Validate() error { return l.Page().Validate() }

// GetAudience asks for one audience.
type GetAudience struct {
	ID string `json:"id"`
}

// Validate checks what can be told without the store.
func (g GetAudience) Validate() error {
	var c checker
	c.text("id", g.ID, 1, 64)
	return c.err()
}

// DeleteAudience ends an audience.
type DeleteAudience struct {
	ID string `json:"id"`
}

// Validate checks what can be told without the store.
func (d DeleteAudience) Validate() error { return GetAudience(d).Validate() }

// Deleted tells that something is gone.
type Deleted struct {
	ID      string `json:"id"`
	Deleted bool   `json:"deleted"` // always true
}

// PreviewAudience asks who would be in an audience, without keeping anything. With an id, what is left out is that audience's.
type PreviewAudience struct {
	ID      string          `json:"id,omitempty"`
	Over    Over            `json:"over,omitempty"`
	Filter  json.RawMessage `json:"filter,omitempty"`
	Ranking []Sort          `json:"ranking,omitempty"`
	Enrich  []string        `json:"enrich,omitempty"`
}

// Validate checks what can be told without the store.
func (p PreviewAudience) Validate() error {
	var c checker
	c.text("id", p.ID, 0, 64)
	if p.ID == "" {
		c.refuse(p.Over == "", "over", "is required", string(OverAccounts), string(OverLeads))
		c.refuse(len(p.Filter) == 0, "filter", `is required; for every record give {"field":"id","op":"present"}`)
	}
	c.rules(p.Over, p.Filter, p.Ranking, p.Enrich)
	return c.err()
}

// AudiencePreview is who would be in an audience, and what it would cost to give them what they should have.
type AudiencePreview struct {
	Over       Over             `json:"over"`
	Count      int              `json:"count"` // exact
	Sample     []AudienceMember `json:"sample"`
	Enrichment AudienceGaps     `json:"enrichment"`
	Now        time.Time        `json:"now"` // for which it holds
}

// AudienceGaps is what the records of an audience lack of what they should have.
type AudienceGaps struct {
	Missing       map[string]int64 `json:"missing"`         // records without it, by channel or field; empty when nothing is asked for
	CreditsAtMost int64            `json:"credits_at_most"` // if each gap were filled by its dearest provider
}
