// Package hubspot sends the people and companies of audiences to HubSpot: it creates or updates a contact by its email and a company by its domain,
// through the public CRM API, version 3.
//
// Its target has one secret, token: the access token of a private app, or a service key, with the scopes to read and write contacts and companies.
package hubspot

import (
	"context"
	"net/http"
	"regexp"
	"time"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/destinations/mapping"
	"github.com/unstuckengine/unstuck/internal/destinations/receiver"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
)

// base is where HubSpot is, for accounts of every region.
const base = "https://api.hubapi.com"

// Token is the name of the secret.
const Token = "token"

// maxText is how many characters of a text are sent.
const maxText = 1024

// Sender implements destinations.Sender. It is safe for concurrent use.
type Sender struct {
	client receiver.Client
	now    func() time.Time
}

var _ destinations.Sender = (*Sender)(nil)

// New returns a Sender that asks by the client.
func New(c receiver.Client) *Sender { return &Sender{c, time.Now} }

var (
	property = regexp.MustCompile(`^[a-z][a-z0-9_]{0,99}$`)
	token    = regexp.MustCompile(`^[!-~]{10,256}$`)
)

// Check implements destinations.Sender.
func (s *Sender) Check(_ context.Context, t destinations.Target) (wrong []fault.Field) {
	if !token.MatchString(t.Secrets[Token].Reveal()) {
		wrong = append(wrong, fault.Field{Path: "secrets." + Token, Message: "give the access token of a HubSpot private app, or a service key"})
	}
	for name := range t.Options {
		wrong = append(wrong, fault.Field{Path: "options." + name, Message: "a HubSpot destination has no options"})
	}
	if t.URL != "" {
		wrong = append(wrong, fault.Field{Path: "url", Message: "a HubSpot destination has none: its token says which account is meant"})
	}
	return wrong
}

// Fits implements destinations.Sender.
func (s *Sender) Fits(field string) bool { return property.MatchString(field) }

// Rule says what a mapping must be like.
func (s *Sender) Rule() mapping.Rule {
	return mapping.Rule{Fits: s.Fits, Form: "take the internal name of a HubSpot property: small letters, digits and _, beginning with a letter", Keyed: true}
}

// Defaults implements destinations.Sender: properties that every account of HubSpot has, and of ours those that must be made there first.
func (s *Sender) Defaults(k filter.Kind) destinations.Mapping {
	out := destinations.Mapping{"icp_code": "icp_code", "icp_score": "icp_score", "engagement_score": "engagement_score", "engagement_stage": "engagement_stage",
		"last_signal_type": "last_signal.signal_type", "last_signal_at": "last_signal.occurred_at"}
	own := destinations.Mapping{"domain": "domain", "name": "name", "description": "description", "city": "city", "state": "state", "country": "country",
		"numberofemployees": "employee_count", "founded_year": "founded_year"}
	if k == filter.Leads {
		own = destinations.Mapping{"email": "work_email", "firstname": "first_name", "lastname": "last_name", "company": "company", "jobtitle": "title", "phone": "phone",
			"city": "city", "state": "state", "persona_code": "persona_code", "persona_score": "persona_score"}
	}
	for their, path := range own {
		out[their] = path
	}
	return out
}

// Send implements destinations.Sender. A record that has left an audience is told of where the mapping has a property for that, by which nothing else is
// changed and nothing created; without one it is skipped, and so is a record without the value by which HubSpot would find it.
func (s *Sender) Send(ctx context.Context, t destinations.Target, m destinations.Message) (int, error) {
	c := call{s, ctx, header(t)}
	if m.Type == destinations.Ping {
		return c.ping()
	}
	w, ok := writeOf(m, s.Defaults(m.Kind))
	switch {
	case !ok:
		return 0, destinations.ErrSkipped
	case m.Kind == filter.Leads, w.byID:
		return c.batch(w)
	}
	return c.company(w)
}

func header(t destinations.Target) http.Header {
	return http.Header{"Authorization": {"Bearer " + t.Secrets[Token].Reveal()}}
}

// write is what is to be written.
type write struct {
	object     string // contacts or companies
	key, value string // the property by which the record is found
	byID       bool   // the key takes our id
	left       bool   // the record left the audience: it is updated and never created
	properties map[string]string
	trace      string
}

// writeOf makes it of a message; ok is false where there is nothing to send.
func writeOf(m destinations.Message, defaults destinations.Mapping) (w write, ok bool) {
	fields := m.Mapping
	if fields == nil {
		fields = defaults
	}
	w = write{object: "companies", key: mapping.Key(m.Kind, fields), left: m.Change == audiences.Removed, properties: map[string]string{}, trace: m.ID}
	if m.Kind == filter.Leads {
		w.object = "contacts"
	}
	w.byID = fields[w.key] == "id" || fields[w.key] == mapping.RecordID
	if w.left {
		fields = mapping.Membership(m.Kind, fields)
	}
	if len(fields) == 0 || m.Account == nil && m.Lead == nil && !w.left {
		return w, false
	}
	m.Mapping = fields
	for _, v := range m.Values() {
		w.properties[v.Field] = mapping.Text(v.JSON, ";", maxText)
	}
	w.value = w.properties[w.key]
	return w, w.value != ""
}
