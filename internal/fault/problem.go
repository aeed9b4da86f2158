package fault

import (
	"encoding/json"
	"math"
	"time"
)

// ContentType is the media type of a problem document (RFC 9457).
const ContentType = "application/problem+json"

const urn = "urn:unstuck:problem:"

// Problem is the JSON envelope of every refusal (RFC 9457 with our extensions).
type Problem struct {
	Type          string  `json:"type"`
	Title         string  `json:"title"`
	Status        int     `json:"status"`
	Detail        string  `json:"detail"`
	Code          Code    `json:"code"`
	RequestID     string  `json:"request_id"`
	Errors        []Field `json:"errors,omitempty"`
	RequiredScope *string `json:"required_scope,omitempty"`
	RetryAfter    int     `json:"retry_after,omitempty"` // whole seconds
	KeyID         string  `json:"key_id,omitempty"`
}

// Problem returns the public document of e for the given request id.
func (e *Error) Problem(requestID string) Problem {
	p := Problem{
		Type: urn + string(e.Code), Title: e.Code.Title(), Status: e.Code.Status(), Detail: e.Detail,
		Code: e.Code, RequestID: requestID, Errors: e.Fields, RetryAfter: e.RetrySeconds(), KeyID: e.KeyID,
	}
	if p.Detail == "" {
		p.Detail = e.Code.Detail()
	}
	if e.Code == InsufficientScope {
		s := e.RequiredScope
		p.RequiredScope = &s
	}
	return p
}

// MarshalJSON writes required_scope as null where no key may pass.
func (p Problem) MarshalJSON() ([]byte, error) {
	type plain Problem
	if p.RequiredScope == nil || *p.RequiredScope != "" {
		return json.Marshal(plain(p))
	}
	p.RequiredScope = nil
	return json.Marshal(struct {
		plain
		RequiredScope *string `json:"required_scope"`
	}{plain: plain(p)})
}

// RetrySeconds returns RetryAfter in whole seconds, rounded up; 429 and 503 never give less than 1.
func (e *Error) RetrySeconds() int {
	s := int(math.Ceil(e.RetryAfter.Seconds()))
	if st := e.Code.Status(); s < 1 && (st == 429 || st == 503) {
		return 1
	}
	return s
}

// Parse rebuilds the Error from a problem document, so that errors.Is holds across the wire.
// A body that is none becomes Internal for the given status, without its text.
func Parse(status int, body []byte) *Error {
	var p Problem
	if json.Unmarshal(body, &p) != nil || !p.Code.Known() || p.Code.Status() != status {
		return fromStatus(status)
	}
	e := &Error{Code: p.Code, Detail: p.Detail, Fields: p.Errors, RetryAfter: time.Duration(p.RetryAfter) * time.Second, RequestID: p.RequestID, KeyID: p.KeyID}
	if p.RequiredScope != nil {
		e.RequiredScope = *p.RequiredScope
	}
	return e
}

func fromStatus(status int) *Error {
	switch {
	case status == 502 || status == 503 || status == 504:
		return &Error{Code: StoreUnavailable, Detail: StoreUnavailable.Detail(), RetryAfter: time.Second}
	default:
		return Newf(Internal, "The API answered with status %d and no problem document. Check UNSTUCK_API_URL.", status)
	}
}
