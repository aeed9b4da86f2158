// Package known answers from the workspace's own records: what one record lacks another may have, when both are of the same person.
package known

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/providers/emailcheck"
	"github.com/unstuckengine/unstuck/internal/text"
)

// Source is the name of the provider and the label of its values.
const Source = "workspace"

// Match says by what a record was taken for one of the same person. The zero value is invalid.
type Match int

// The matches.
const (
	ByEmail     Match = iota + 1 // both have the address
	ByLinkedIn                   // both have the URL
	ByOwnSignal                  // no record, but a signal of the record itself
	ByName                       // same name, same company
)

// trust is how likely a match is the same person.
var trust = map[Match]float64{ByEmail: 0.9, ByLinkedIn: 0.9, ByOwnSignal: 0.85, ByName: 0.6}

// companyTrust is how likely the name of a company that its people's records give is the name that it goes by.
const companyTrust = 0.7

// MaxSightings is how many records are looked at for each match, the newest.
const MaxSightings = 20

// Value is one value of a record.
type Value struct {
	Text       string
	Confidence float64 // with which it was enriched; 1 for one that was pushed, imported or corrected
}

// Sighting is what one record or signal says of the person.
type Sighting struct {
	By     Match
	Values map[enrich.Field]Value // channels; a signal's address stands under work_email
}

// Person says who is looked for. An empty text is no hint.
type Person struct {
	RecordID, Email, LinkedInURL, FirstName, LastName, Domain string
}

// CompanyName is the name of a company in the records of its people.
type CompanyName struct {
	Name  string
	Leads int
}

// Store looks into the records of a workspace.
type Store interface {
	// Sightings returns the leads that match the person, and the signals of the record itself, each match the newest first and at most limit. The
	// record itself is none of them.
	Sightings(ctx context.Context, workspaceID string, p Person, limit int) ([]Sighting, error)
	// CompanyNames returns how the leads of the account with the domain name their company, the commonest first, at most limit.
	CompanyNames(ctx context.Context, workspaceID, domain string, limit int) ([]CompanyName, error)
}

// Provider implements enrich.Provider for channels and for the name of an account.
type Provider struct{ store Store }

// New returns the provider.
func New(store Store) *Provider { return &Provider{store} }

// Fields returns what the provider can answer.
func Fields() []enrich.Field { return append(enrich.ChannelFields(), enrich.Name) }

// Lookup implements enrich.Provider; its errors are the store's.
func (p *Provider) Lookup(ctx context.Context, s enrich.Subject, wanted []enrich.Field) (out []enrich.Answer, err error) {
	if slices.Contains(wanted, enrich.Name) {
		return p.company(ctx, s)
	}
	hints := Person{s.RecordID, s.Email, s.LinkedInURL, s.FirstName, s.LastName, s.Domain}
	if a, err := emailcheck.Parse(s.Email); err != nil || a.Role() {
		hints.Email = "" // many people share it
	}
	seen, err := p.store.Sightings(ctx, s.WorkspaceID, hints, MaxSightings)
	if err != nil {
		return nil, err
	}
	for i := range seen {
		seen[i].Values = sound(seen[i], s)
	}
	for _, f := range wanted {
		if a, ok := best(f, seen); ok {
			out = append(out, a)
		}
	}
	return out, nil
}

// sound returns the values of a sighting that are about the person in the present company.
func sound(g Sighting, s enrich.Subject) map[enrich.Field]Value {
	out := map[enrich.Field]Value{}
	for f, v := range g.Values {
		if f != enrich.WorkEmail && f != enrich.PersonalEmail {
			out[f] = v
			continue
		}
		a, err := emailcheck.Parse(v.Text)
		switch {
		case err != nil || a.Role():
		case a.Webmail():
			out[enrich.PersonalEmail] = v
		case f == enrich.WorkEmail && (s.Domain == "" || a.At(s.Domain)):
			out[f] = v // one at another company is of a former job, as likely as not
		case f == enrich.PersonalEmail:
			out[f] = v
		}
	}
	return out
}

// best returns the value that most sightings have, the newest of several. Its confidence is that of the best of them, times the share of those that
// say the same among all that say something.
func best(f enrich.Field, seen []Sighting) (enrich.Answer, bool) {
	type candidate struct {
		text       string
		n          int
		confidence float64
	}
	var list []candidate
	total := 0
	for _, g := range seen {
		v := g.Values[f]
		if v.Text == "" {
			continue
		}
		total++
		at := slices.IndexFunc(list, func(c candidate) bool { return c.text == v.Text })
		if at < 0 {
			at = len(list)
			list = append(list, candidate{text: v.Text})
		}
		list[at].n++
		list[at].confidence = max(list[at].confidence, min(trust[g.By], v.Confidence))
	}
	if total == 0 {
		return enrich.Answer{}, false
	}
	top := slices.MaxFunc(list, func(a, b candidate) int { return a.n - b.n }) // the first of equals
	return answer(f, top.text, top.confidence*float64(top.n)/float64(total))
}

func answer(f enrich.Field, s string, confidence float64) (enrich.Answer, bool) {
	value, err := json.Marshal(s)
	return enrich.Answer{Field: f, Value: value, Confidence: confidence}, err == nil
}

// company answers with the name that most people's records give.
func (p *Provider) company(ctx context.Context, s enrich.Subject) ([]enrich.Answer, error) {
	if s.Domain == "" {
		return nil, enrich.ErrUnfit
	}
	names, err := p.store.CompanyNames(ctx, s.WorkspaceID, s.Domain, MaxSightings)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	votes, total := map[string]int{}, 0
	for _, n := range names {
		votes[text.Fold(n.Name)] += n.Leads
		total += n.Leads
	}
	top := slices.MaxFunc(names, func(a, b CompanyName) int { return votes[text.Fold(a.Name)] - votes[text.Fold(b.Name)] })
	a, ok := answer(enrich.Name, top.Name, companyTrust*float64(votes[text.Fold(top.Name)])/float64(total))
	if !ok {
		return nil, nil
	}
	return []enrich.Answer{a}, nil
}
