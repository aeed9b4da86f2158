// Package salesforce sends the people and companies of audiences to Salesforce through its public REST API, as an external client app that signs in by
// the OAuth 2.0 client credentials flow.
//
// Its target has the URL of the organisation's My Domain, the option client_id, the option people (Lead, the default, or Contact: what people become),
// and the secret client_secret. Companies become Accounts.
package salesforce

import (
	"cmp"
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/destinations/mapping"
	"github.com/unstuckengine/unstuck/internal/destinations/receiver"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
)

// The names of options and of the secret.
const (
	ClientID     = "client_id"
	People       = "people"
	ClientSecret = "client_secret"
)

// version of the API.
const version = "/services/data/v62.0"

// Sender implements destinations.Sender. It is safe for concurrent use.
type Sender struct {
	client receiver.Client
	tokens *tokens
	now    func() time.Time
}

var _ destinations.Sender = (*Sender)(nil)

// New returns a Sender that asks by the client.
func New(c receiver.Client) *Sender { return &Sender{c, newTokens(), time.Now} }

var (
	field   = regexp.MustCompile(`^[A-Za-z](_?[A-Za-z0-9]){0,79}(__c)?$`)
	host    = regexp.MustCompile(`^[a-z0-9-]+(\.(sandbox|develop|scratch|trailblaze|demo|patch|free))?\.my\.(salesforce\.com|salesforce\.mil|sfcrmproducts\.cn)$`)
	visible = regexp.MustCompile(`^[!-~]{8,}$`)
	objects = []string{"Lead", "Contact"}
)

// Check implements destinations.Sender: the client secret goes to Salesforce's own hosts alone.
func (s *Sender) Check(_ context.Context, t destinations.Target) (wrong []fault.Field) {
	refuse := func(is bool, path, message string, allowed ...string) {
		if is {
			wrong = append(wrong, fault.Field{Path: path, Message: message, Allowed: allowed})
		}
	}
	refuse(!ours(t.URL), "url", "give the My Domain URL of the organisation, such as https://acme.my.salesforce.com")
	refuse(!visible.MatchString(t.Options[ClientID]), "options."+ClientID, "give the consumer key of the external client app")
	refuse(!slices.Contains(objects, cmp.Or(t.Options[People], objects[0])), "options."+People, "is what people become", objects...)
	refuse(!visible.MatchString(t.Secrets[ClientSecret].Reveal()), "secrets."+ClientSecret, "give the consumer secret of the external client app")
	for name := range t.Options {
		refuse(name != ClientID && name != People, "options."+name, "there is no such option", ClientID, People)
	}
	return wrong
}

// ours reports whether a URL is that of an organisation and nothing else.
func ours(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "https" && u.User == nil && host.MatchString(strings.ToLower(u.Host)) && strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == ""
}

// Fits implements destinations.Sender.
func (s *Sender) Fits(name string) bool {
	return field.MatchString(name) && !strings.EqualFold(name, "Id")
}

// Rule says what a mapping must be like.
func (s *Sender) Rule() mapping.Rule {
	return mapping.Rule{Fits: s.Fits, Form: "take the API name of a Salesforce field other than Id, such as Title or Unstuck_Score__c", Keyed: true}
}

// Defaults implements destinations.Sender: fields that every organisation has, and of ours those that must be made there first. They are those of Leads
// and Accounts.
func (s *Sender) Defaults(k filter.Kind) destinations.Mapping {
	out := destinations.Mapping{"ICP_Code__c": "icp_code", "ICP_Score__c": "icp_score", "Engagement_Score__c": "engagement_score",
		"Engagement_Stage__c": "engagement_stage", "Last_Signal_Type__c": "last_signal.signal_type", "Last_Signal_At__c": "last_signal.occurred_at"}
	own := destinations.Mapping{"Domain__c": "domain", "Name": "name", "Website": "website", "Description": "description", "NumberOfEmployees": "employee_count"}
	if k == filter.Leads {
		own = destinations.Mapping{"Email": "work_email", "FirstName": "first_name", "LastName": "last_name", "Company": "company", "Title": "title", "Phone": "phone",
			"Persona_Code__c": "persona_code", "Persona_Score__c": "persona_score"}
	}
	for their, path := range own {
		out[their] = path
	}
	return out
}

// Send implements destinations.Sender. A record that has left an audience is told of where the mapping has a field for that, by which nothing else is
// changed and nothing created; without one it is skipped, and so is a record without the value by which Salesforce would find it.
func (s *Sender) Send(ctx context.Context, t destinations.Target, m destinations.Message) (int, error) {
	c := call{Sender: s, ctx: ctx, target: t, base: "https://" + hostOf(t.URL)}
	if m.Type == destinations.Ping {
		return c.ping()
	}
	w, ok := s.writeOf(t, m)
	switch {
	case !ok:
		return 0, destinations.ErrSkipped
	case w.external:
		return c.upsert(w)
	}
	return c.findAndWrite(w)
}

func hostOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// write is what is to be written.
type write struct {
	object     string // Lead, Contact or Account
	key, value string // the field by which the record is found
	external   bool   // it is an external id, since it takes our id
	left       bool   // the record left the audience: it is updated and never created
	fields     map[string]any
}

// writeOf makes it of a message; ok is false where there is nothing to send.
func (s *Sender) writeOf(t destinations.Target, m destinations.Message) (w write, ok bool) {
	by := m.Mapping
	if by == nil {
		by = s.Defaults(m.Kind)
	}
	w = write{object: "Account", key: mapping.Key(m.Kind, by), left: m.Change == audiences.Removed, fields: map[string]any{}}
	if m.Kind == filter.Leads {
		w.object = cmp.Or(t.Options[People], objects[0])
	}
	w.external = by[w.key] == "id" || by[w.key] == mapping.RecordID
	if w.left {
		by = mapping.Membership(m.Kind, by)
	}
	if len(by) == 0 || m.Account == nil && m.Lead == nil && !w.left {
		return w, false
	}
	m.Mapping = by
	for _, v := range m.Values() {
		w.fields[v.Field] = valueOf(v)
	}
	w.value, _ = w.fields[w.key].(string)
	if w.external {
		delete(w.fields, w.key) // it stands in the path
	}
	return w, w.value != ""
}
