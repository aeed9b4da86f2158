package wire

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// PushSignal is one event to keep.
type PushSignal struct {
	SignalType     string          `json:"signal_type"`
	Source         string          `json:"source"`
	OccurredAt     time.Time       `json:"occurred_at"`
	Identity       Identity        `json:"identity"`
	EventName      string          `json:"event_name,omitempty"`
	Title          string          `json:"title,omitempty"`
	Context        json.RawMessage `json:"context,omitempty"`
	ExternalID     string          `json:"external_id,omitempty"`
	IdempotencyKey string          `json:"idempotency_key,omitempty"`
}

// Validate checks what can be told without the store.
func (p PushSignal) Validate() error {
	var c checker
	p.check(&c)
	return c.err()
}

func (p PushSignal) check(c *checker) {
	c.text("signal_type", p.SignalType, 1, 64)
	c.text("source", p.Source, 1, 200)
	c.refuse(p.OccurredAt.IsZero(), "occurred_at", "is required")
	c.text("event_name", p.EventName, 0, 200)
	c.text("title", p.Title, 0, 1000)
	c.text("external_id", p.ExternalID, 0, 200)
	c.refuse(p.Context != nil && !IsObject(p.Context), "context", "must be an object")
	c.refuse(len(p.Context) > 64<<10, "context", "at most 65536 bytes")
	c.refuse(!ValidIdempotencyKey(p.IdempotencyKey) && p.IdempotencyKey != "", "idempotency_key", "must be 1 to 255 visible ASCII characters")
	i := p.Identity
	c.refuse(i.Email == "" && i.LinkedInURL == "" && i.CompanyDomain == "" && i.Handle == "", "identity", "give at least one of", "email", "linkedin_url", "handle", "company_domain")
	for path, v := range map[string]string{"email": i.Email, "linkedin_url": i.LinkedInURL, "handle": i.Handle, "company_domain": i.CompanyDomain,
		"first_name": i.FirstName, "last_name": i.LastName, "title": i.Title} {
		c.text("identity."+path, v, 0, 400)
	}
}

func (c *checker) text(path, v string, least, most int) {
	c.refuse(len(v) < least, path, "is required")
	c.refuse(len(v) > most, path, "at most "+strconv.Itoa(most)+" bytes")
}

// ValidIdempotencyKey reports whether k is 1 to 255 visible ASCII characters.
func ValidIdempotencyKey(k string) bool {
	for i := range len(k) {
		if k[i] <= ' ' || k[i] > '~' {
			return false
		}
	}
	return k != "" && len(k) <= 255
}

// Pushed is the answer to one push.
type Pushed struct {
	SignalCaptureID string         `json:"signal_capture_id"`
	MatchedRecordID *string        `json:"matched_record_id"` // the lead, else the account, else null
	Qualification   *Qualification `json:"qualification"`     // null unless qualified automatically
	Duplicate       bool           `json:"duplicate"`         // the same signal was there already; nothing was added
}

// PushSignals is a batch. Each item is read by itself, so that one bad item does not spoil the others.
type PushSignals struct {
	Signals        []json.RawMessage `json:"signals"`
	IdempotencyKey string            `json:"idempotency_key,omitempty"`
}

// Validate checks the size of the batch only; items are judged one by one.
func (p PushSignals) Validate() error {
	var c checker
	c.refuse(len(p.Signals) < 1 || len(p.Signals) > MaxBatch, "signals", "must hold 1 to "+strconv.Itoa(MaxBatch)+" items")
	c.refuse(!ValidIdempotencyKey(p.IdempotencyKey) && p.IdempotencyKey != "", "idempotency_key", "must be 1 to 255 visible ASCII characters")
	return c.err()
}

// BatchStatus is what became of one item of a batch.
type BatchStatus string

// The outcomes of an item.
const (
	Created   BatchStatus = "created"
	Duplicate BatchStatus = "duplicate"
	Rejected  BatchStatus = "rejected"
)

// BatchResult is the outcome of one item.
type BatchResult struct {
	Index           int         `json:"index"`
	Status          BatchStatus `json:"status"`
	SignalCaptureID *string     `json:"signal_capture_id"`
	Error           *ItemError  `json:"error"`
}

// ItemError says why an item was rejected.
type ItemError struct {
	Code   fault.Code    `json:"code"`
	Detail string        `json:"detail"`
	Errors []fault.Field `json:"errors,omitempty"`
}

// Batch is the answer to a batch.
type Batch struct {
	Results    []BatchResult `json:"results"`
	Created    int           `json:"created"`
	Duplicates int           `json:"duplicates"`
	Rejected   int           `json:"rejected"`
}
