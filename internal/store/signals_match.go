package store

import (
	"context"

	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// signalMatch is a match with the domain of its account.
type signalMatch struct {
	signals.Match
	accountDomain string
}

// matchOrMake matches the signals and makes the accounts and leads that are missing. The common case, where nothing
// is, takes no lock.
func (w *Workspace) matchOrMake(ctx context.Context, tx *Tx, q Q, in []signals.Signal) ([]signalMatch, error) {
	known, err := w.lookUp(ctx, q, in)
	if err != nil {
		return nil, err
	}
	if accounts, leads := known.missing(in); len(accounts)+len(leads) > 0 {
		if err := w.lockRecords(ctx, tx); err != nil {
			return nil, err
		}
		if known, err = w.lookUp(ctx, q, in); err != nil { // another caller may have made them meanwhile
			return nil, err
		}
		if err := w.makeMissing(ctx, known, in); err != nil {
			return nil, err
		}
		if known, err = w.lookUp(ctx, q, in); err != nil {
			return nil, err
		}
	}
	out := make([]signalMatch, len(in))
	for i := range in {
		out[i] = known.match(in[i].Identity)
	}
	return out, nil
}

func (w *Workspace) makeMissing(ctx context.Context, known knownHints, in []signals.Signal) error {
	accounts, leads := known.missing(in)
	if len(accounts) > 0 {
		if _, err := w.db.MergeAccounts(ctx, w.id, accounts); err != nil {
			return err
		}
	}
	if len(leads) == 0 {
		return nil
	}
	_, err := w.db.MergeLeads(ctx, w.id, leads)
	return err
}

// leadKey is a lead as a signal finds it.
type leadKey struct{ id, accountID, accountDomain string }

// knownHints finds accounts and leads by what a signal's identity gives; of several leads the oldest counts.
type knownHints struct {
	accounts                    map[string]string // id by domain
	byEmail, byLinkedIn, byName map[string]leadKey
}

func (k knownHints) lead(i wire.Identity) leadKey {
	if l, ok := k.byEmail[i.Email]; ok {
		return l
	}
	if l, ok := k.byLinkedIn[i.LinkedInURL]; ok {
		return l
	}
	return k.byName[i.Handle]
}

func (k knownHints) match(i wire.Identity) (m signalMatch) {
	lead := k.lead(i)
	m.LeadID = lead.id
	for _, domain := range []string{i.CompanyDomain, signals.EmailCompany(i.Email)} {
		if id := k.accounts[domain]; id != "" {
			m.AccountID, m.accountDomain = id, domain
			return m
		}
	}
	m.AccountID, m.accountDomain = lead.accountID, lead.accountDomain
	return m
}

// missing returns the accounts and leads that the signals name and nobody has made yet.
func (k knownHints) missing(in []signals.Signal) (accounts []wire.Account, leads []wire.Lead) {
	seen := map[string]bool{}
	for _, s := range in {
		domain := s.Identity.CompanyDomain
		if domain != "" && k.accounts[domain] == "" && !seen[domain] {
			seen[domain] = true
			accounts = append(accounts, wire.Account{Domain: domain})
		}
		if lead, ok := signals.NewLead(s.Identity); ok && k.lead(s.Identity).id == "" {
			leads = append(leads, lead)
		}
	}
	return accounts, leads
}

// lookUp finds everything that the signals name, in a few statements for all of them.
func (w *Workspace) lookUp(ctx context.Context, q Q, in []signals.Signal) (k knownHints, err error) {
	var domains, emails, urls, handles []string
	for _, s := range in {
		i := s.Identity
		domains = appendGiven(domains, i.CompanyDomain, signals.EmailCompany(i.Email))
		emails, urls, handles = appendGiven(emails, i.Email), appendGiven(urls, i.LinkedInURL), appendGiven(handles, i.Handle)
	}
	if k.accounts, err = w.accountIDs(ctx, q, text.Unique(domains)); err != nil {
		return k, err
	}
	if k.byEmail, err = w.leadsBy(ctx, q, emails, "work_email", "personal_email"); err != nil {
		return k, err
	}
	if k.byLinkedIn, err = w.leadsBy(ctx, q, urls, "linkedin_url"); err != nil {
		return k, err
	}
	k.byName, err = w.leadsBy(ctx, q, handles, "handle_f")
	return k, err
}

func appendGiven(list []string, values ...string) []string {
	for _, v := range values {
		if v != "" {
			list = append(list, v)
		}
	}
	return list
}

// leadsBy returns the leads whose columns hold one of the values, by value; an earlier column goes before a later one.
func (w *Workspace) leadsBy(ctx context.Context, q Q, values []string, columns ...string) (map[string]leadKey, error) {
	out := map[string]leadKey{}
	if len(values) == 0 {
		return out, nil
	}
	values = text.Unique(values)
	for _, name := range columns {
		found := map[string]leadKey{}
		_, err := collect(ctx, q, func(row Row) (struct{}, error) {
			var value string
			var l leadKey
			err := row.Scan(&value, &l.id, &l.accountID, &l.accountDomain)
			if have, taken := found[value]; !taken || l.id < have.id {
				found[value] = l
			}
			return struct{}{}, err
		}, `SELECT `+name+`, id, COALESCE(account_id, ''), COALESCE(account_domain, '') FROM leads WHERE workspace_id = $1 AND `+w.db.dia.anyOf(name, "$2"), w.db.dia.list(values))
		if err != nil {
			return nil, op(err, "look up leads by %s", name)
		}
		for value, l := range found {
			if _, taken := out[value]; !taken {
				out[value] = l
			}
		}
	}
	return out, nil
}
