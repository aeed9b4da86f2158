package ingest

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// signalLine is a signal as its line gives it.
type signalLine struct {
	signals.Signal
	occurredAt string
	identity   json.RawMessage
}

var signalTargets = byName([]target[signalLine]{
	{name: "external_id", alias: "id", most: 200, at: func(s *signalLine) any { return &s.ExternalID }},
	{name: "signal_type", alias: "type", most: 64, at: func(s *signalLine) any { return &s.Type }},
	{name: "source", most: 200, at: func(s *signalLine) any { return &s.Source }},
	{name: "occurred_at", at: func(s *signalLine) any { return &s.occurredAt }},
	{name: "event_name", most: 200, at: func(s *signalLine) any { return &s.EventName }},
	{name: "title", at: func(s *signalLine) any { return &s.Title }},
	{name: "context", alias: "payload", at: func(s *signalLine) any { return &s.Context }},
	{name: "identity", at: func(s *signalLine) any { return &s.identity }},
	{name: "email", alias: "person_email", at: func(s *signalLine) any { return &s.Identity.Email }, check: emailHint},
	{name: "linkedin_url", alias: "person_linkedin_url", at: func(s *signalLine) any { return &s.Identity.LinkedInURL }, check: linkedInHint},
	{name: "handle", alias: "person_handle", at: func(s *signalLine) any { return &s.Identity.Handle }, check: handleHint},
	{name: "company_domain", at: func(s *signalLine) any { return &s.Identity.CompanyDomain }, check: domainHint},
	{name: "first_name", at: func(s *signalLine) any { return &s.Identity.FirstName }},
	{name: "last_name", at: func(s *signalLine) any { return &s.Identity.LastName }},
	{name: "person_title", at: func(s *signalLine) any { return &s.Identity.Title }},
})

// parseSignal reads a signal, which needs a type, a source, a time and at least one hint of whom it is about.
func (r *run) parseSignal(m members) (p parsed[signals.Signal]) {
	var line signalLine
	rest, notes := read(signalTargets, m, &line)
	for i := range notes {
		if notes[i].field == "occurred_at" {
			notes[i].code = wire.CodeInvalidTime
		}
	}
	p.notes, p.person = notes, personField(m)
	p.identity(&line)
	s := line.Signal
	p.require(given(m, "signal_type", "type"), s.Type != "")
	p.require("source", s.Source != "")
	p.require("occurred_at", line.occurredAt != "")
	if line.occurredAt != "" {
		p.time(&s, line.occurredAt, r.now)
	}
	hints := s.Identity.Email + s.Identity.LinkedInURL + s.Identity.Handle + s.Identity.CompanyDomain
	p.require(hintField(p.notes), hints != "")
	if s.Type != "" && !p.rejected {
		r.takeType(&p, s.Type, given(m, "signal_type", "type"))
	}
	joined, n := join(given(m, "context", "payload"), s.Context, rest)
	if s.Context = joined; n != nil {
		p.notes = append(p.notes, *n)
	}
	p.record = s
	if s.ExternalID != "" {
		p.known("id", s.ExternalID+" "+s.Source)
	}
	return p
}

// given returns the name that the line uses; the first one where it uses neither.
func given(m members, name, alias string) string {
	if _, ok := m[name]; !ok {
		if _, ok := m[alias]; ok {
			return alias
		}
	}
	return name
}

// personField returns the field by which the line names a person.
func personField(m members) string {
	for _, name := range []string{"person_handle", "handle", "person_linkedin_url", "linkedin_url", "person_email", "email"} {
		if !m[name].absent() {
			return name
		}
	}
	return "identity"
}

// hintField returns the field of a hint that did not fit, else the one that a line usually has.
func hintField(notes []note) string {
	for _, n := range notes {
		switch n.field {
		case "email", "person_email", "linkedin_url", "person_linkedin_url", "handle", "person_handle", "identity":
			return n.field
		}
	}
	return "company_domain"
}

// identity reads the hints of an identity object, as a push has it, and brings all into normal form.
func (p *parsed[T]) identity(line *signalLine) {
	if len(line.identity) > 0 {
		flat := line.Identity
		if err := strictjson.Decode(line.identity, &line.Identity); err != nil {
			line.Identity = flat
			p.notes = append(p.notes, note{wire.CodeInvalidField, "identity", "must be an object of email, linkedin_url, handle, company_domain, first_name, last_name and title; it was left out"})
		}
	}
	for _, bad := range signals.NormalIdentity(&line.Identity) {
		code := wire.CodeInvalidField
		if bad.Path == "company_domain" {
			code = wire.CodeInvalidDomain
		}
		p.notes = append(p.notes, note{code, "identity." + bad.Path, bad.Message + "; it was left out"})
	}
}

func (p *parsed[T]) time(s *signals.Signal, text string, now time.Time) {
	at, err := parseTime(text)
	if err == nil && signals.TooFarAhead(at, now) {
		err = errAhead
	}
	if err != nil {
		p.rejected = true
		p.notes = append(p.notes, note{wire.CodeInvalidTime, "occurred_at", err.Error() + "; the line was rejected"})
	}
	s.OccurredAt = at
}

// takeType rejects a line whose type is not enabled, unless it may be registered.
func (r *run) takeType(p *parsed[signals.Signal], name, field string) {
	if r.types.Enabled(name) {
		return
	}
	message := "is a signal type that is disabled in this workspace"
	switch {
	case r.types.Known(name):
	case !signals.ValidTypeName(name):
		message = "must be a signal type: 1 to 64 of a-z, 0-9, underscore, hyphen and dot, beginning with a letter"
	case r.opt.RegisterTypes:
		r.types[name] = signals.Terms{Enabled: true}
		r.newTypes = append(r.newTypes, name)
		return
	default:
		message = "is an unknown signal type; import with type registration to enable it"
	}
	p.rejected = true
	p.notes = append(p.notes, note{wire.CodeInvalidField, field, message + "; the line was rejected"})
}

var (
	errTime   = errors.New("must be a date such as 2026-08-22, or a time with an offset such as 2026-08-22T09:30:00Z")
	errOffset = errors.New("must have an offset such as Z or +02:00 behind its time")
	errAhead  = errors.New("must not lie more than 25 years ahead")
)

// The forms of a time: those with an offset are taken as they are, a day alone is its first moment in UTC. Forms whose
// day and month could be mistaken for each other are not taken.
var (
	timeForms = []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 Z07:00", "2006-01-02 15:04:05 -0700",
		"2006-01-02 15:04:05 MST", "2006-01-02T15:04:05-0700", time.RFC1123, time.RFC1123Z, time.RFC822Z, time.RFC850}
	dayForms  = []string{time.DateOnly, "2006/01/02", "20060102", "2 Jan 2006", "2 January 2006", "Jan 2, 2006", "January 2, 2006"}
	bareForms = []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"}
)

func parseTime(s string) (time.Time, error) {
	if colon := strings.IndexByte(s, ':'); colon >= 0 && strings.IndexByte(s[colon:], ',') >= 0 { // time.Parse takes it as the mark of a fraction
		return time.Time{}, errTime
	}
	upper := s
	if len(s) > 10 && s[4] == '-' {
		upper = strings.ToUpper(s) // t and z are as good as T and Z
	}
	for _, form := range append(timeForms, dayForms...) {
		at, err := time.ParseInLocation(form, upper, time.UTC)
		if err == nil && offsetKnown(at) && strictjson.TimeInSpan(at) {
			return at.UTC().Truncate(time.Microsecond), nil
		}
	}
	for _, form := range bareForms {
		if _, err := time.Parse(form, upper); err == nil {
			return time.Time{}, errOffset
		}
	}
	return time.Time{}, errTime
}

const day = 24 * 60 * 60 // seconds

// offsetKnown refuses offsets of a day and more, and the abbreviations of zones, which mean nothing by themselves, but for UTC and GMT.
func offsetKnown(at time.Time) bool {
	name, offset := at.Zone()
	if offset <= -day || offset >= day {
		return false
	}
	return offset != 0 || name == "UTC" || name == "GMT" || name == ""
}
