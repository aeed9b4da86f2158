package wire

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The bounds of destinations.
const (
	MaxDestinations       = 50 // of a workspace
	MaxDestinationName    = 100
	MaxDestinationHeaders = 10
	MaxDestinationHeader  = 1024 // bytes of a value
	MaxDestinationURL     = 2000
	MaxDestinationOption  = 400
	MaxDestinationSecret  = 4096
)

// DestinationKinds returns the kinds of destination.
func DestinationKinds() []string { return []string{"webhook", "csv", "hubspot", "salesforce"} }

// DeliveryStates returns the states of a delivery.
func DeliveryStates() []string { return []string{"queued", "held", "delivered", "failed", "skipped"} }

// DestinationHeader is sent with each request to a webhook.
type DestinationHeader struct {
	Name   string `json:"name"`
	Value  string `json:"value,omitempty"`  // of a secret one written only; left out it keeps the value that is set
	Secret bool   `json:"secret,omitempty"` // sealed, and never shown again
}

// DestinationMapping says which of our values go into which fields: our path by their field. Left out, records are sent as the kind does by itself.
type DestinationMapping struct {
	Accounts map[string]string `json:"accounts,omitempty"`
	Leads    map[string]string `json:"leads,omitempty"`
}

// SaveDestination makes a destination or, with an id, changes one: what is left out then stays as it is.
type SaveDestination struct {
	ID             string               `json:"id,omitempty"`
	Name           string               `json:"name,omitempty"`
	Kind           string               `json:"kind,omitempty"` // webhook, csv, hubspot or salesforce; never changes
	URL            string               `json:"url,omitempty"`  // https
	Headers        *[]DestinationHeader `json:"headers,omitempty"`
	Options        map[string]string    `json:"options,omitempty"` // settings of the kind, as a whole
	Secrets        map[string]string    `json:"secrets,omitempty"` // of the kind, written only; those left out are kept
	Mapping        *DestinationMapping  `json:"mapping,omitempty"` // as a whole
	Paused         *bool                `json:"paused,omitempty"`  // false also takes up again what its receiver had ended
	IdempotencyKey string               `json:"idempotency_key,omitempty"`
}

// Validate checks what can be told without the store.
func (s SaveDestination) Validate() error {
	var c checker
	c.text("id", s.ID, 0, 64)
	if s.ID == "" {
		c.refuse(s.Name == "", "name", "is required")
		c.refuse(s.Kind == "", "kind", "is required", DestinationKinds()...)
	}
	c.enum("kind", s.Kind, DestinationKinds()...)
	c.refuse(utf8.RuneCountInString(s.Name) > MaxDestinationName, "name", "at most "+strconv.Itoa(MaxDestinationName)+" characters")
	c.text("url", s.URL, 0, MaxDestinationURL)
	if s.Headers != nil {
		c.headers(*s.Headers)
	}
	for name, v := range s.Options {
		c.text("options."+name, v, 0, MaxDestinationOption)
	}
	for name, v := range s.Secrets {
		c.text("secrets."+name, v, 1, MaxDestinationSecret)
		c.refuse(!visible(v), "secrets."+name, "must be of visible ASCII characters")
	}
	c.refuse(!ValidIdempotencyKey(s.IdempotencyKey) && s.IdempotencyKey != "", "idempotency_key", "must be 1 to 255 visible ASCII characters")
	return c.err()
}

// reservedHeaders are written by the sender alone.
var reservedHeaders = []string{"host", "connection", "content-length", "content-type", "content-encoding", "transfer-encoding", "te", "trailer", "upgrade",
	"keep-alive", "proxy-authorization", "proxy-connection", "accept-encoding", "user-agent", "expect", "webhook-id", "webhook-timestamp", "webhook-signature"}

func (c *checker) headers(list []DestinationHeader) {
	c.refuse(len(list) > MaxDestinationHeaders, "headers", "at most "+strconv.Itoa(MaxDestinationHeaders))
	for i, h := range list {
		at, name := "headers["+strconv.Itoa(i)+"]", strings.ToLower(h.Name)
		c.refuse(!headerName(h.Name), at+".name", "must be the name of a header, at most 100 characters")
		c.refuse(slices.Contains(reservedHeaders, name), at+".name", "is written by the sender alone")
		c.refuse(slices.IndexFunc(list, func(o DestinationHeader) bool { return strings.ToLower(o.Name) == name }) != i, at+".name", "stands twice")
		c.text(at+".value", h.Value, 0, MaxDestinationHeader)
		c.refuse(h.Value == "" && !h.Secret, at+".value", "is required")
		c.refuse(!visible(strings.ReplaceAll(h.Value, " ", "")) || strings.TrimSpace(h.Value) != h.Value, at+".value", "must be of visible ASCII characters")
		c.refuse(!h.Secret && (name == "authorization" || name == "cookie"), at+".secret", "must be true: this header carries a secret")
	}
}

func headerName(name string) bool {
	return name != "" && len(name) <= 100 && !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune("\"(),/:;<=>?@[\\]{}", r)
	})
}

// visible reports whether the text holds visible ASCII characters alone.
func visible(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// Destination is a place that hears of changes in audiences.
type Destination struct {
	ID          string              `json:"id"`
	Name        string              `json:"name"`
	Kind        string              `json:"kind"`
	Status      string              `json:"status"`        // pending until an admin confirms it, then active, paused or disabled
	URL         string              `json:"url,omitempty"` // without its query, which is kept as a secret
	Headers     []DestinationHeader `json:"headers,omitempty"`
	Options     map[string]string   `json:"options,omitempty"`
	Secrets     map[string]bool     `json:"secrets,omitempty"` // whether they are set
	Mapping     *DestinationMapping `json:"mapping,omitempty"`
	CreatedAt   *time.Time          `json:"created_at,omitempty"`
	CreatedBy   string              `json:"created_by,omitempty"`
	Via         string              `json:"via,omitempty"` // key, person or operator
	UpdatedAt   *time.Time          `json:"updated_at,omitempty"`
	ConfirmedBy string              `json:"confirmed_by,omitempty"`
	RotatedAt   *time.Time          `json:"rotated_at,omitempty"` // when its signing secret was made
}

// ListDestinations asks for the destinations of the workspace, by name.
type ListDestinations struct{}

// GetDestination asks for one destination.
type GetDestination struct {
	ID string `json:"id"`
}

// Validate checks what can be told without the store.
func (g GetDestination) Validate() error {
	var c checker
	c.text("id", g.ID, 1, 64)
	return c.err()
}

// DeleteDestination ends a destination, and drops what is queued for it.
type DeleteDestination struct {
	ID string `json:"id"`
}

// Validate checks what can be told without the store.
func (d DeleteDestination) Validate() error { return GetDestination(d).Validate() }

// TestDestination sends a ping now.
type TestDestination struct {
	ID             string `json:"id"`
	IdempotencyKey string `json:"idempotency_key,omitempty"`
}

// Validate checks what can be told without the store.
func (t TestDestination) Validate() error {
	var c checker
	c.text("id", t.ID, 1, 64)
	c.refuse(!ValidIdempotencyKey(t.IdempotencyKey) && t.IdempotencyKey != "", "idempotency_key", "must be 1 to 255 visible ASCII characters")
	return c.err()
}

// SyncAudience asks that all members of an audience be sent to its destinations, or to one of them.
type SyncAudience struct {
	ID             string `json:"id"` // of the audience
	DestinationID  string `json:"destination_id,omitempty"`
	IdempotencyKey string `json:"idempotency_key,omitempty"`
}

// Validate checks what can be told without the store.
func (s SyncAudience) Validate() error {
	var c checker
	c.text("id", s.ID, 1, 64)
	c.text("destination_id", s.DestinationID, 0, 64)
	c.refuse(!ValidIdempotencyKey(s.IdempotencyKey) && s.IdempotencyKey != "", "idempotency_key", "must be 1 to 255 visible ASCII characters")
	return c.err()
}

// AudienceSync is what was queued.
type AudienceSync struct {
	AudienceID   string   `json:"audience_id"`
	Destinations []string `json:"destinations"` // ids
	Members      int64    `json:"members"`      // for each of them
}

// ListDeliveries asks for what was sent to a destination, the newest first.
type ListDeliveries struct {
	ID     string  `json:"id"`
	State  string  `json:"state,omitempty"`
	Limit  *int    `json:"limit,omitempty"`
	Cursor *string `json:"cursor,omitempty"`
}

// Validate checks what can be told without the store.
func (l ListDeliveries) Validate() error {
	var c checker
	c.text("id", l.ID, 1, 64)
	c.enum("state", l.State, DeliveryStates()...)
	if err := c.err(); err != nil {
		return err
	}
	return Page{Limit: l.Limit, Cursor: l.Cursor}.Validate()
}

// Delivery is one message and what became of it: never what was in it, nor what was answered.
type Delivery struct {
	ID            string     `json:"id"`
	DestinationID string     `json:"destination_id"`
	Type          string     `json:"type"`
	State         string     `json:"state"` // queued, held, delivered, failed or skipped
	AudienceID    string     `json:"audience_id,omitempty"`
	EventID       string     `json:"event_id,omitempty"` // of the audience; left out where somebody asked for all members
	RecordType    Kind       `json:"record_type,omitempty"`
	RecordID      string     `json:"record_id,omitempty"`
	Attempts      int64      `json:"attempts"`
	Status        int64      `json:"status,omitempty"` // HTTP, of the last attempt
	DurationMS    int64      `json:"duration_ms,omitempty"`
	Error         string     `json:"error,omitempty"` // why the last attempt failed
	Field         string     `json:"field,omitempty"` // of the receiver, that it did not take
	CreatedAt     time.Time  `json:"created_at"`
	NextAttemptAt *time.Time `json:"next_attempt_at,omitempty"`
	FinishedAt    *time.Time `json:"finished_at,omitempty"`
}

// DestinationFile asks for the members of an audience as a CSV file, with the columns of the mapping.
type DestinationFile struct {
	ID         string `json:"id"`
	AudienceID string `json:"audience"`
}

// Validate checks what can be told without the store.
func (d DestinationFile) Validate() error {
	var c checker
	c.text("id", d.ID, 1, 64)
	c.text("audience", d.AudienceID, 1, 64)
	return c.err()
}
