// Package judge decides which answers of providers are usable and brings them into the form in which they are kept. Providers are not trusted:
// what they say is checked by the field that it is for, cleaned of what cannot be seen, and bounded.
package judge

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/providers/emailcheck"
	"github.com/unstuckengine/unstuck/internal/providers/phonecheck"
)

// Unproven is what is left of an email's confidence when it could not be found out whether its domain takes mail.
const Unproven = 0.8

// Config says what to judge by. The zero value judges by the answer alone.
type Config struct {
	Mail emailcheck.Mail  // nil: whether a domain takes mail is not asked
	Now  func() time.Time // nil = time.Now
}

// Judge implements enrich.Judge.
type Judge struct {
	mail emailcheck.Mail
	now  func() time.Time
}

// New returns a judge.
func New(c Config) *Judge {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Judge{c.Mail, c.Now}
}

// Judge implements enrich.Judge. Emails: syntax, no throw-away, role or undeliverable address, a work email not at a mailbox provider,
// a personal one not at the company. Telephone numbers: valid and in E.164. LinkedIn URLs: of a person. Numbers and dates: in a sane range.
// Texts: cleaned and bounded. A confidence beyond 0 to 1 is brought to its nearer end; one that is no number makes the answer unusable.
func (j *Judge) Judge(ctx context.Context, s enrich.Subject, a enrich.Answer) (enrich.Answer, bool) {
	if math.IsNaN(a.Confidence) {
		return enrich.Answer{}, false
	}
	out := enrich.Answer{Field: a.Field, Confidence: min(max(a.Confidence, 0), 1)}
	var value any
	var ok bool
	switch a.Field {
	case enrich.WorkEmail, enrich.PersonalEmail:
		value, out.Confidence, ok = j.email(ctx, s, a.Field, textOf(a.Value), out.Confidence)
	default:
		value, ok = j.value(s, a.Field, a.Value)
	}
	if !ok {
		return enrich.Answer{}, false
	}
	out.Value = encode(value)
	return out, out.Value != nil
}

// encode returns a value as JSON in which <, > and & stand for themselves.
func encode(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil { // texts, integers and lists of texts always encode
		return nil
	}
	return bytes.TrimSpace(b.Bytes())
}

func (j *Judge) email(ctx context.Context, s enrich.Subject, f enrich.Field, raw string, confidence float64) (string, float64, bool) {
	a, err := emailcheck.Parse(raw)
	if err != nil || a.Disposable() || a.Role() {
		return "", 0, false
	}
	if f == enrich.WorkEmail && a.Webmail() || f == enrich.PersonalEmail && a.At(s.Domain) {
		return "", 0, false
	}
	if j.mail == nil {
		return a.Text, confidence, true
	}
	takes, err := j.mail.TakesMail(ctx, a.Domain)
	switch {
	case err != nil:
		return a.Text, confidence * Unproven, true
	case !takes:
		return "", 0, false
	}
	return a.Text, confidence, true
}

// value judges every field but emails.
func (j *Judge) value(s enrich.Subject, f enrich.Field, raw json.RawMessage) (any, bool) {
	switch f {
	case enrich.Phone:
		number, err := phonecheck.E164(textOf(raw), s.CountryCode)
		return number, err == nil
	case enrich.LinkedInURL:
		url, err := identity.LinkedIn(textOf(raw))
		return url, err == nil && strings.HasPrefix(url, "https://www.linkedin.com/in/")
	case enrich.HQCountry:
		code, ok := identity.CountryCode(textOf(raw))
		return code, ok
	case enrich.LastFundingDate:
		return j.date(textOf(raw))
	case enrich.EmployeeCount:
		return integer(raw, 1, 20_000_000)
	case enrich.FoundedYear:
		return integer(raw, 1000, int64(j.now().Year()))
	case enrich.TotalRaisedUSD:
		return integer(raw, 0, 10_000_000_000_000)
	case enrich.TechStack:
		return list(raw)
	}
	return prose(f, textOf(raw))
}
