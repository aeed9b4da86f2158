package store

import (
	"context"
	"slices"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// ReplaceAccount implements records.Store. The unique key refuses an external id that is another's.
func (db *DB) ReplaceAccount(ctx context.Context, workspaceID string, a wire.Account) error {
	w := db.Workspace(workspaceID)
	return w.Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		return replace(ctx, w, tx, accountKind, a.ID, func(r *merging[wire.Account]) error {
			a.Domain = r.row.Domain
			r.row = a
			return w.writeAccounts(ctx, tx, q, nil, []*merging[wire.Account]{r})
		})
	})
}

// ReplaceLead implements records.Store.
func (db *DB) ReplaceLead(ctx context.Context, workspaceID string, l wire.Lead) error {
	w := db.Workspace(workspaceID)
	return w.Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		return replace(ctx, w, tx, leadKind, l.ID, func(r *merging[leadRow]) error {
			before := r.row
			r.row.Lead = l
			if err := w.unclaimed(ctx, q, r, before.hints()); err != nil {
				return err
			}
			if l.CompanyDomain != before.CompanyDomain {
				if err := w.relink(ctx, q, &r.row); err != nil {
					return err
				}
			}
			return write(ctx, w, tx, leadKind, nil, []*merging[leadRow]{r})
		})
	})
}

// replace lets put change the record of the id and write it, and then forgets the words that it alone had.
func replace[T any](ctx context.Context, w *Workspace, tx *Tx, kind *recordKind[T], id string, put func(*merging[T]) error) error {
	if err := w.lockRecords(ctx, tx); err != nil {
		return err
	}
	r, err := oneRecord(ctx, w, w.bind(tx), kind, id)
	if err != nil {
		return err
	}
	words := kind.doc(&r.row).Words()
	if err := put(r); err != nil {
		return err
	}
	kept := kind.doc(&r.row).Words()
	_, err = w.dropWords(ctx, tx, slices.DeleteFunc(words, func(word string) bool { return slices.Contains(kept, word) }))
	return err
}

// unclaimed refuses hints that the lead did not have before and another lead has.
func (w *Workspace) unclaimed(ctx context.Context, q Q, r *merging[leadRow], before []leadHint) error {
	known, err := w.readLeads(ctx, q, []leadRow{r.row})
	if err != nil {
		return err
	}
	for _, h := range r.row.hints() {
		if other := known[h]; other != nil && other.id != r.id && !slices.Contains(before, h) {
			return fault.New(fault.Conflict, "Another lead is known by the new value. Correct or delete that one first.")
		}
	}
	return nil
}

// relink points the lead at the account with its company domain, or at none.
func (w *Workspace) relink(ctx context.Context, q Q, l *leadRow) error {
	accounts, err := w.accountIDs(ctx, q, companyDomains([]leadRow{*l}))
	l.accountID, l.accountDomain = accounts[l.CompanyDomain], ""
	if l.accountID != "" {
		l.accountDomain = l.CompanyDomain
	}
	return err
}
