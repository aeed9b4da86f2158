// Package wire is the vocabulary that both ends of the API speak: the JSON shapes of its inputs and answers.
//
// A field that is unknown is left out, never null; times are RFC 3339 in UTC. Inputs are read with strictjson and then
// proved by their Validate method, so a value of these types that came through the front is well formed.
package wire

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// Kind is the sort of record. The zero value is invalid.
type Kind string

// The kinds of record.
const (
	KindAccount Kind = "account"
	KindLead    Kind = "lead"
)

// Limits of a page and of a batch.
const (
	DefaultLimit = 25
	MaxLimit     = 100
	MaxBatch     = 500
)

// List is one page of a result.
type List[T any] struct {
	Items      []T     `json:"items"`
	Total      int     `json:"total"`               // exact size of the whole result
	NextCursor *string `json:"next_cursor"`         // null on the last page
	Truncated  bool    `json:"truncated,omitempty"` // the typo-tolerant expansion of the query was cut, so near spellings may be missing
	Note       string  `json:"note,omitempty"`      // how to narrow or go on, when the page was cut
}

// Format is how much of each item a model wants to read. Empty means the door's default: concise over MCP, detailed over HTTP.
type Format string

// The formats.
const (
	Concise  Format = "concise"
	Detailed Format = "detailed"
)

// Direction is the order of a sort. Empty means Ascending.
type Direction string

// The directions.
const (
	Ascending  Direction = "asc"
	Descending Direction = "desc"
)

// Sort orders a result by one field; missing values come last both ways.
type Sort struct {
	Field string    `json:"field"`
	Dir   Direction `json:"dir,omitempty"`
}

// Page is the part that every list input shares.
type Page struct {
	Sort           []Sort  `json:"sort,omitempty"`
	Limit          *int    `json:"limit,omitempty"`
	Cursor         *string `json:"cursor,omitempty"`
	ResponseFormat Format  `json:"response_format,omitempty"`
}

// maxCursor leaves room for four sort values of the longest texts that a record may hold.
const maxCursor = 64 << 10

// Size returns the number of items asked for.
func (p Page) Size() int {
	if p.Limit == nil {
		return DefaultLimit
	}
	return *p.Limit
}

// Validate refuses a limit outside 1 to 100, an unknown format or direction, and too many sorts.
func (p Page) Validate() error {
	var c checker
	c.refuse(p.Limit != nil && (*p.Limit < 1 || *p.Limit > MaxLimit), "limit", "must be from 1 to "+strconv.Itoa(MaxLimit))
	c.refuse(p.Cursor != nil && len(*p.Cursor) > maxCursor, "cursor", "must be a next_cursor of an earlier page")
	c.refuse(len(p.Sort) > 4, "sort", "at most 4 fields")
	for i, s := range p.Sort {
		c.enum("sort["+strconv.Itoa(i)+"].dir", string(s.Dir), string(Ascending), string(Descending))
	}
	c.format(p.ResponseFormat)
	return c.err()
}

// checker gathers the fields at fault.
type checker struct{ fields []fault.Field }

func (c *checker) refuse(bad bool, path, message string, allowed ...string) {
	if bad {
		c.fields = append(c.fields, fault.Field{Path: path, Message: message, Allowed: allowed})
	}
}

func (c *checker) enum(path, value string, allowed ...string) {
	for _, a := range allowed {
		if value == a || value == "" {
			return
		}
	}
	c.refuse(true, path, "is not one of the allowed values", allowed...)
}

func (c *checker) format(f Format) {
	c.enum("response_format", string(f), string(Concise), string(Detailed))
}

func (c *checker) err() error {
	if len(c.fields) == 0 {
		return nil
	}
	return fault.InvalidFields(c.fields...)
}

// IsObject reports whether raw, a valid JSON text, is an object.
func IsObject(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '{' }

// Time returns a pointer to t, or nil for the zero time, so that an unknown time is left out.
func Time(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	u := t.UTC()
	return &u
}
