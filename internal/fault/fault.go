// Package fault is the one error type of the system: a stable code, a public text, and a private cause.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Code is the stable machine-readable name of a refusal. One code has exactly one HTTP status (see Status).
type Code string

// Error is a refusal that may be shown to the caller. Detail, Fields and the rest are public; Cause goes to the log only.
type Error struct {
	Code          Code
	Detail        string        // one fixed sentence with the next step; never input, never a key
	Fields        []Field       // which parts of the input are at fault
	RequiredScope string        // for InsufficientScope: the permission that is missing; "" where no key may pass
	RetryAfter    time.Duration // for 429 and 503: when to try again
	KeyID         string        // for SecretNotReplayable: public id of the key already made
	RequestID     string        // set on errors read from a problem document
	Cause         error
}

// Field names one part of the input that was refused. It never carries the value.
type Field struct {
	Path    string   `json:"field"`
	Message string   `json:"message"`
	Allowed []string `json:"allowed,omitempty"`
}

// New returns an Error with the code and a fixed public text.
func New(code Code, detail string) *Error { return &Error{Code: code, Detail: detail} }

// Newf is New with a format; arguments must be safe to show.
func Newf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// Invalid returns a validation_failed error for one field.
func Invalid(path, message string, allowed ...string) *Error {
	return InvalidFields(Field{Path: path, Message: message, Allowed: allowed})
}

// InvalidFields returns a validation_failed error for several fields.
func InvalidFields(fields ...Field) *Error {
	return &Error{Code: ValidationFailed, Detail: "The input does not fit the schema. Correct the fields named in errors and send it again.", Fields: fields}
}

// Wrap returns an Error with the code's default text and a private cause.
func Wrap(code Code, cause error) *Error {
	return &Error{Code: code, Detail: code.Detail(), Cause: cause}
}

// Error returns code and public text; the cause is left out on purpose so that it cannot leak by printing.
func (e *Error) Error() string {
	if len(e.Fields) > 0 {
		return fmt.Sprintf("%s: %s (%s: %s)", e.Code, e.Detail, e.Fields[0].Path, e.Fields[0].Message)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Detail)
}

// Unwrap returns the private cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is reports whether target is an Error of the same code, so that errors.Is works across the wire.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// From returns err as an Error; anything that is not one becomes Internal with err as its private cause. nil stays nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Wrap(Internal, err)
}

// CodeOf returns the code of err, Internal for a foreign error and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	return From(err).Code
}
