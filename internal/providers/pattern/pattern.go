// Package pattern guesses a person's work email from the addresses that are known of colleagues: when those are made by one rule, the next one is
// too. It never makes up an address from nothing, and its confidence says how much the evidence proves.
package pattern

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/providers/emailcheck"
)

// Source is the name of the provider and the label of its values.
const Source = "pattern"

// MaxKnown is how many known addresses are looked at, the newest.
const MaxKnown = 500

// Person is somebody whose work email is known.
type Person struct{ FirstName, LastName, Name, Email string }

// Store knows the addresses of colleagues.
type Store interface {
	// KnownEmails returns people of the workspace whose work email is at the domain, the newest first, at most limit. Addresses that were
	// guessed here are left out, and so is the record that is asked for.
	KnownEmails(ctx context.Context, workspaceID, domain, except string, limit int) ([]Person, error)
}

// Provider implements enrich.Provider for work emails.
type Provider struct {
	store Store
	mail  emailcheck.Mail
}

// New returns the provider. Mail tells whether a domain takes mail; a domain that does not has no addresses to guess.
func New(store Store, mail emailcheck.Mail) *Provider { return &Provider{store, mail} }

// Lookup implements enrich.Provider. It needs both names and the domain of the company: enrich.ErrUnfit without them. Other errors are those
// of the store and of asking for the domain's mail servers.
func (p *Provider) Lookup(ctx context.Context, s enrich.Subject, wanted []enrich.Field) ([]enrich.Answer, error) {
	if !slices.Contains(wanted, enrich.WorkEmail) {
		return nil, nil
	}
	if s.FirstName == "" || s.LastName == "" || s.Domain == "" {
		return nil, enrich.ErrUnfit
	}
	people, err := p.store.KnownEmails(ctx, s.WorkspaceID, s.Domain, s.RecordID, MaxKnown)
	if err != nil {
		return nil, err
	}
	guess, ok := Infer(evidence(people, s.Domain), s.FirstName, s.LastName)
	if !ok {
		return nil, nil
	}
	if takes, err := p.mail.TakesMail(ctx, s.Domain); err != nil || !takes {
		return nil, err
	}
	value, err := json.Marshal(guess.Local + "@" + s.Domain)
	return []enrich.Answer{{Field: enrich.WorkEmail, Value: value, Confidence: guess.Confidence}}, err
}

// evidence returns the addresses at the domain that belong to people with two names.
func evidence(people []Person, domain string) (out []Known) {
	for _, p := range people {
		a, err := emailcheck.Parse(p.Email)
		if err != nil || a.Domain != domain || a.Role() {
			continue
		}
		first, last := p.FirstName, p.LastName
		if first == "" || last == "" {
			first, last, _ = strings.Cut(strings.TrimSpace(p.Name), " ")
		}
		out = append(out, Known{first, last, a.Local})
	}
	return out
}
