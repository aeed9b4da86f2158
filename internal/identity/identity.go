// Package identity brings the hints that name a company or a person (domain, email, LinkedIn URL, handle, country) into one spelling each,
// so that the same hint finds the same record however it was written. Every function is idempotent: what it returns, it returns unchanged.
//
// Errors are plain, with short fixed texts fit to be shown; they never repeat the input. Callers put the field's path before them.
package identity

import "errors"

// What can be wrong with a hint.
var (
	ErrDomain   = errors.New("must be a domain name such as example.com")
	ErrIP       = errors.New("must be a domain name, not an IP address")
	ErrEmail    = errors.New("must be an email address such as jane@example.com")
	ErrLinkedIn = errors.New("must be a LinkedIn URL of a profile (https://www.linkedin.com/in/name) or a company (.../company/name)")
	ErrHandle   = errors.New("must be a handle such as github:octocat")
)
