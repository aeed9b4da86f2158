package store

import (
	"context"
	"slices"

	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// MergeLeads implements ingest.Store. Every hint names one lead: a line whose hints name two clashes.
func (db *DB) MergeLeads(ctx context.Context, workspaceID string, in []wire.Lead) (out []ingest.Outcome, err error) {
	w := db.Workspace(workspaceID)
	err = w.Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		if err := w.lockRecords(ctx, tx); err != nil {
			return err
		}
		rows := make([]leadRow, len(in))
		for i := range in {
			rows[i].Lead = in[i]
		}
		out, err = w.mergeLeads(ctx, tx, q, rows)
		return err
	})
	return out, err
}

func (w *Workspace) mergeLeads(ctx context.Context, tx *Tx, q Q, in []leadRow) ([]ingest.Outcome, error) {
	known, err := w.readLeads(ctx, q, in)
	if err != nil {
		return nil, err
	}
	accounts, err := w.accountIDs(ctx, q, companyDomains(in))
	if err != nil {
		return nil, err
	}
	m := newMerger(leadKind, len(in))
	for i := range in {
		l := &in[i]
		if l.CompanyDomain != "" {
			l.accountID, l.accountDomain = accounts[l.CompanyDomain], l.CompanyDomain
		}
		if m.out[i].Unlinked = l.CompanyDomain != "" && l.accountID == ""; m.out[i].Unlinked {
			l.accountDomain = ""
		}
		if err := known.put(m, i, l); err != nil {
			return nil, err
		}
	}
	created, updated := m.settle()
	if len(created)+len(updated) > 0 {
		err = write(ctx, w, tx, leadKind, created, updated)
	}
	return m.out, err
}

func companyDomains(in []leadRow) []string {
	var out []string
	for i := range in {
		if in[i].CompanyDomain != "" {
			out = append(out, in[i].CompanyDomain)
		}
	}
	return text.Unique(out)
}

// accountIDs returns the ids of the accounts with these domains, by domain.
func (w *Workspace) accountIDs(ctx context.Context, q Q, domains []string) (map[string]string, error) {
	out := map[string]string{}
	if len(domains) == 0 {
		return out, nil
	}
	_, err := collect(ctx, q, func(row Row) (struct{}, error) {
		var domain, id string
		err := row.Scan(&domain, &id)
		out[domain] = id
		return struct{}{}, err
	}, `SELECT domain, id FROM accounts WHERE workspace_id = $1 AND `+w.db.dia.anyOf("domain", "$2"), w.db.dia.list(domains))
	return out, op(err, "look up accounts")
}

// leadHint is one way to name a lead; within narrows a name to its company.
type leadHint struct{ column, value, within string }

// hints returns every way in which a lead is named. A name, with the company, counts only where nothing else is given.
func (l *leadRow) hints() []leadHint {
	all := []leadHint{{column: "external_id", value: l.ExternalID}, {column: "work_email", value: l.WorkEmail},
		{column: "work_email", value: l.PersonalEmail}, {column: "linkedin_url", value: l.LinkedInURL}}
	if l.Handle != "" {
		all = append(all, leadHint{column: "handle_f", value: handleKey(l.Handle)})
	}
	all = slices.DeleteFunc(all, func(h leadHint) bool { return h.value == "" })
	if len(all) == 0 {
		all = append(all, leadHint{"name_f", text.Fold(l.Name), l.CompanyDomain + " " + text.Fold(l.Company)})
	}
	return all
}

// knownLeads finds leads by their hints; work_email stands for either address.
type knownLeads map[leadHint]*merging[leadRow]

func (w *Workspace) readLeads(ctx context.Context, q Q, in []leadRow) (knownLeads, error) {
	wanted := map[string][]string{}
	for i := range in {
		for _, h := range in[i].hints() {
			wanted[h.column] = append(wanted[h.column], h.value)
		}
	}
	wanted["personal_email"] = wanted["work_email"]
	known, byID := knownLeads{}, map[string]*merging[leadRow]{}
	for _, columnName := range []string{"external_id", "work_email", "personal_email", "linkedin_url", "handle_f", "name_f"} {
		rows, err := readRecords(ctx, w, q, leadKind, columnName, text.Unique(wanted[columnName]))
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if byID[r.id] == nil {
				byID[r.id] = r
				known.add(r)
			}
		}
	}
	return known, nil
}

func (k knownLeads) add(r *merging[leadRow]) {
	for _, h := range r.row.hints() {
		if k[h] == nil {
			k[h] = r
		}
	}
}

func (k knownLeads) put(m *merger[leadRow], line int, in *leadRow) error {
	var found *merging[leadRow]
	for _, h := range in.hints() {
		r := k[h]
		if r != nil && found != nil && r != found {
			m.out[line].Effect = ingest.Clashed
			return nil
		}
		if r != nil {
			found = r
		}
	}
	moved := found != nil && in.CompanyDomain != "" && in.accountID != found.row.accountID
	r, err := m.put(line, in, found)
	if err != nil {
		return err
	}
	if moved { // also to no account at all, which a merge would leave as it was
		r.row.accountID, r.row.accountDomain = in.accountID, in.accountDomain
		r.changed[len(r.changed)-1] = true
	}
	k.add(r)
	return nil
}
