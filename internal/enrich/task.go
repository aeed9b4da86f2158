package enrich

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// task is what a call asks for, whichever it was.
type task struct {
	fields  []Field
	hint    wire.Hint // by which the caller named the record, in normal form
	refresh bool
	dry     bool
	tool    string // that it came by, for the ledger
	jobID   string
	find    func(ctx context.Context, workspaceID string) (Stored, error) // the zero value when there is none
	fresh   Stored                                                        // what is made when there is none; the zero value when that is not to be
	onFind  bool                                                          // it is made only when something was found
	facts   bool                                                          // the answer is that of enrich_account
}

// The tools by which credits are spent, as the catalogue names them.
const (
	byRecord    = "enrich_record"
	byDiscovery = "discover_contact"
	byAccount   = "enrich_account"
	byBulk      = "enrich_records"
)

// record is the task of enrich_record.
func (s *Service) record(in wire.EnrichRecord) (*task, error) {
	h, err := normalHint(in)
	if err != nil {
		return nil, err
	}
	t := &task{fields: fieldsOf(in.Channels), hint: h, refresh: in.Refresh, dry: in.DryRun, tool: byRecord}
	var ways []wire.GetRecord
	switch {
	case h.Email == "" && h.LinkedInURL == "":
		ways = []wire.GetRecord{{Domain: h.CompanyDomain}}
		t.fresh = Stored{Account: &wire.Account{Domain: h.CompanyDomain}}
	default:
		ways = []wire.GetRecord{{Email: h.Email}, {LinkedInURL: h.LinkedInURL}}
		t.fresh = Stored{Lead: newLead(h)}
	}
	t.find = s.finder(ways...)
	return t, nil
}

// normalHint brings the hint into normal form, and names what is none by the path at which it was given.
func normalHint(in wire.EnrichRecord) (wire.Hint, error) {
	h, at := in.Who(), ""
	if in.IdentityHint != nil {
		at = "identity_hint."
	}
	var bad []fault.Field
	for _, part := range []struct {
		path   string
		value  *string
		normal func(string) (string, error)
	}{{"email", &h.Email, identity.Email}, {"linkedin_url", &h.LinkedInURL, profile}, {"company_domain", &h.CompanyDomain, identity.Domain}} {
		if *part.value == "" {
			continue
		}
		var err error
		if *part.value, err = part.normal(*part.value); err != nil {
			bad = append(bad, fault.Field{Path: at + part.path, Message: err.Error()})
		}
	}
	if len(bad) > 0 {
		return wire.Hint{}, fault.InvalidFields(bad...)
	}
	return h, nil
}

// profile is identity.LinkedIn of a person.
func profile(s string) (string, error) {
	url, err := identity.LinkedIn(s)
	if err == nil && !strings.HasPrefix(url, profilePage) {
		return "", errNoProfile
	}
	return url, err
}

var errNoProfile = errors.New("must be the URL of a person's profile; name a company by company_domain")

// newLead returns the lead that an unknown person becomes. An address of a mailbox provider is a personal one.
func newLead(h wire.Hint) *wire.Lead {
	l := &wire.Lead{LinkedInURL: h.LinkedInURL, CompanyDomain: h.CompanyDomain}
	if _, domain, _ := strings.Cut(h.Email, "@"); signals.Mailbox(domain) {
		l.PersonalEmail = h.Email
	} else {
		l.WorkEmail = h.Email
	}
	return l
}

// discovery is the task of discover_contact.
func (s *Service) discovery(in wire.DiscoverContact) (*task, error) {
	domain, err := identity.Domain(in.CompanyDomain)
	if err != nil {
		return nil, fault.Invalid("company_domain", err.Error())
	}
	first, last := text.Clean(in.FirstName), text.Clean(in.LastName)
	for path, part := range map[string]string{"first_name": first, "last_name": last} {
		if part == "" {
			return nil, fault.Invalid(path, "is required")
		}
	}
	name := first + " " + last
	return &task{
		fields: fieldsOf(in.Channels), refresh: in.Refresh, dry: in.DryRun, onFind: true, tool: byDiscovery,
		fresh: Stored{Lead: &wire.Lead{Name: name, FirstName: first, LastName: last, CompanyDomain: domain}},
		find: func(ctx context.Context, workspaceID string) (Stored, error) {
			return s.Store.PersonAt(ctx, workspaceID, text.Fold(name), domain)
		},
	}, nil
}

// account is the task of enrich_account.
func (s *Service) account(in wire.EnrichAccount) (*task, error) {
	domain, err := identity.Domain(in.Which())
	if err != nil {
		return nil, fault.Invalid("company_domain", err.Error())
	}
	return &task{
		fields: AccountFields(), refresh: in.Refresh, dry: in.DryRun, facts: true, tool: byAccount,
		fresh: Stored{Account: &wire.Account{Domain: domain}}, find: s.finder(wire.GetRecord{Domain: domain}),
	}, nil
}

// item is the task of one record of a bulk job.
func (s *Service) item(i Item) *task {
	t := &task{fields: fieldsOf(i.Channels), refresh: i.Refresh, jobID: i.JobID, tool: byBulk, facts: i.Kind == wire.KindAccount}
	if t.facts {
		t.fields = AccountFields()
	}
	t.find = func(ctx context.Context, workspaceID string) (Stored, error) {
		found, err := s.Store.EnrichableByID(ctx, workspaceID, i.Kind, []string{i.RecordID})
		if err != nil || len(found) == 0 {
			return Stored{}, err
		}
		return found[0], nil
	}
	return t
}

// hash tells apart what is asked of one record of a job.
func (i Item) hash() []byte {
	h := sha256.New()
	h.Write([]byte(i.Kind))
	for _, f := range fieldsOf(i.Channels) {
		h.Write([]byte("\n" + f))
	}
	if i.Refresh {
		h.Write([]byte("\nrefresh"))
	}
	return h.Sum(nil)
}

func fieldsOf(channels []wire.Channel) []Field {
	if len(channels) == 0 {
		return ChannelFields()
	}
	out := make([]Field, len(channels))
	for i, c := range channels {
		out[i] = Field(c)
	}
	return out
}

// finder returns a search by the hints that are given, in their order; the first that finds a record counts.
func (s *Service) finder(ways ...wire.GetRecord) func(context.Context, string) (Stored, error) {
	return func(ctx context.Context, workspaceID string) (Stored, error) {
		var all []search.Attempt
		for _, way := range ways {
			if way == (wire.GetRecord{}) {
				continue
			}
			attempts, err := search.Attempts(way)
			if err != nil {
				return Stored{}, err
			}
			all = append(all, attempts...)
		}
		return s.Store.Enrichable(ctx, workspaceID, all)
	}
}
