package store

import (
	"context"
	"slices"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var _ enrich.Store = (*DB)(nil)

// Enrichable implements enrich.Store.
func (db *DB) Enrichable(ctx context.Context, workspaceID string, attempts []search.Attempt) (out enrich.Stored, err error) {
	w := db.Workspace(workspaceID)
	q := w.bind(brief(db.q(ctx)))
	for _, a := range attempts {
		if a.Kind == filter.Leads {
			var l wire.Lead
			l, err = first(ctx, q, leadReading, a.Where)
			out.Lead = &l
		} else {
			var account wire.Account
			account, err = first(ctx, q, accountReading, a.Where)
			out.Account = &account
		}
		if err == nil {
			found := []enrich.Stored{out}
			return found[0], w.dress(ctx, q, found)
		}
		if out = (enrich.Stored{}); fault.CodeOf(err) != fault.NotFound {
			return out, op(err, "find a record to enrich")
		}
	}
	return out, nil
}

// EnrichableByID implements enrich.Store.
func (db *DB) EnrichableByID(ctx context.Context, workspaceID string, kind wire.Kind, ids []string) (out []enrich.Stored, err error) {
	w := db.Workspace(workspaceID)
	q := w.q(ctx)
	s := w.snapshot(ctx, q)
	if kind == wire.KindLead {
		leads, err := s.Leads(ctx, ids)
		if err != nil {
			return nil, err
		}
		for i := range leads {
			out = append(out, enrich.Stored{Lead: &leads[i]})
		}
	} else {
		accounts, err := s.Accounts(ctx, ids)
		if err != nil {
			return nil, err
		}
		for i := range accounts {
			out = append(out, enrich.Stored{Account: &accounts[i]})
		}
	}
	out = slices.DeleteFunc(out, func(s enrich.Stored) bool { return s.ID() == "" }) // ids that name nothing
	return out, w.dress(ctx, q, out)
}

// PersonAt implements enrich.Store.
func (db *DB) PersonAt(ctx context.Context, workspaceID, name, domain string) (enrich.Stored, error) {
	q := db.Workspace(workspaceID).q(ctx)
	ids, err := collect(ctx, q, func(row Row) (id string, err error) { return id, row.Scan(&id) },
		`SELECT id FROM leads WHERE workspace_id = $1 AND name_f = $2 AND (company_domain = $3 OR account_domain = $3)`, name, domain)
	if err != nil || len(ids) == 0 {
		return enrich.Stored{}, op(err, "find a person at a company")
	}
	found, err := db.EnrichableByID(ctx, workspaceID, wire.KindLead, []string{slices.Min(ids)})
	if err != nil || len(found) == 0 {
		return enrich.Stored{}, err
	}
	return found[0], nil
}

// dress gives the records their employers and their values.
func (w *Workspace) dress(ctx context.Context, q Q, list []enrich.Stored) error {
	var ids, accounts []string
	for _, s := range list {
		ids = append(ids, s.ID())
		if s.Lead != nil && s.Lead.Account != nil {
			accounts = append(accounts, s.Lead.Account.ID)
		}
	}
	accounts = text.Unique(accounts)
	employers, err := w.snapshot(ctx, q).Accounts(ctx, accounts)
	if err != nil {
		return err
	}
	traces, err := w.traces(ctx, q, ids)
	for i, s := range list {
		list[i].Values = traces[s.ID()]
		if s.Lead != nil && s.Lead.Account != nil {
			if e := &employers[slices.Index(accounts, s.Lead.Account.ID)]; e.ID != "" {
				list[i].Employer = e
			}
		}
	}
	return err
}

// ChangeRecord implements enrich.Store.
func (db *DB) ChangeRecord(ctx context.Context, workspaceID string, kind wire.Kind, id string, change func(*enrich.Stored) (bool, error)) error {
	w := db.Workspace(workspaceID)
	return w.Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		if kind == wire.KindLead {
			return enrichRecord(ctx, w, tx, leadKind, id, change,
				func(r *merging[leadRow]) *enrich.Stored { return &enrich.Stored{Lead: &r.row.Lead} },
				func(r *merging[leadRow]) error { return write(ctx, w, tx, leadKind, nil, []*merging[leadRow]{r}) })
		}
		return enrichRecord(ctx, w, tx, accountKind, id, change,
			func(r *merging[wire.Account]) *enrich.Stored { return &enrich.Stored{Account: &r.row} },
			func(r *merging[wire.Account]) error {
				return w.writeAccounts(ctx, tx, q, nil, []*merging[wire.Account]{r})
			})
	})
}

// enrichRecord shows the record to change, and puts it back if that says so, with its texts as replace does.
func enrichRecord[T any](ctx context.Context, w *Workspace, tx *Tx, kind *recordKind[T], id string, change func(*enrich.Stored) (bool, error),
	show func(*merging[T]) *enrich.Stored, put func(*merging[T]) error) error {
	return replace(ctx, w, tx, kind, id, func(r *merging[T]) error {
		traces, err := w.traces(ctx, w.bind(tx), []string{id})
		if err != nil {
			return err
		}
		s := show(r)
		s.Values = traces[id]
		if changed, err := change(s); err != nil || !changed {
			return err
		}
		return put(r)
	})
}
