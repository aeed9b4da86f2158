package store

import (
	"context"

	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// MergeAccounts implements ingest.Store. An external id that a line took from an account is not free for another
// account before the next call.
func (db *DB) MergeAccounts(ctx context.Context, workspaceID string, in []wire.Account) (out []ingest.Outcome, err error) {
	w := db.Workspace(workspaceID)
	err = w.Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		if err := w.lockRecords(ctx, tx); err != nil {
			return err
		}
		known, err := w.readAccounts(ctx, q, in)
		if err != nil {
			return err
		}
		m := newMerger(accountKind, len(in))
		for i := range in {
			if err := known.put(m, i, &in[i]); err != nil {
				return err
			}
		}
		created, updated := m.settle()
		out = m.out
		return w.writeAccounts(ctx, tx, q, created, updated)
	})
	return out, err
}

// knownAccounts finds accounts by their hints.
type knownAccounts struct {
	byDomain, byExternalID map[string]*merging[wire.Account]
}

func (w *Workspace) readAccounts(ctx context.Context, q Q, in []wire.Account) (knownAccounts, error) {
	known := knownAccounts{map[string]*merging[wire.Account]{}, map[string]*merging[wire.Account]{}}
	var domains, externalIDs []string
	for i := range in {
		domains = append(domains, in[i].Domain)
		if in[i].ExternalID != "" {
			externalIDs = append(externalIDs, in[i].ExternalID)
		}
	}
	rows, err := readRecords(ctx, w, q, accountKind, "domain", domains)
	if err != nil {
		return known, err
	}
	for _, r := range rows {
		known.add(r)
	}
	others, err := readRecords(ctx, w, q, accountKind, "external_id", externalIDs)
	for _, r := range others {
		if known.byDomain[r.row.Domain] == nil {
			known.add(r)
		}
	}
	return known, err
}

func (k knownAccounts) add(r *merging[wire.Account]) {
	k.byDomain[r.row.Domain] = r
	if r.row.ExternalID != "" {
		k.byExternalID[r.row.ExternalID] = r
	}
}

func (k knownAccounts) put(m *merger[wire.Account], line int, in *wire.Account) error {
	found := k.byDomain[in.Domain]
	if other := k.byExternalID[in.ExternalID]; other != nil && other != found {
		m.out[line].Effect = ingest.Clashed
		return nil
	}
	r, err := m.put(line, in, found)
	if err == nil {
		k.add(r)
	}
	return err
}

func (w *Workspace) writeAccounts(ctx context.Context, tx *Tx, q Q, created, updated []*merging[wire.Account]) error {
	if len(created)+len(updated) == 0 {
		return nil
	}
	if err := write(ctx, w, tx, accountKind, created, updated); err != nil {
		return err
	}
	if len(updated) > 0 {
		ids := make([]string, len(updated))
		for i, r := range updated {
			ids[i] = r.id
		}
		if _, err := q.Exec(ctx, `DELETE FROM account_tags WHERE workspace_id = $1 AND `+w.db.dia.anyOf("account_id", "$2"), w.db.dia.list(ids)); err != nil {
			return op(err, "replace tags")
		}
	}
	tags := bulk{table: "account_tags", columns: []column{{"account_id", textColumn}, {"tag_f", textColumn}}}
	for _, r := range append(created, updated...) {
		for _, tag := range foldedTexts(r.row.Tags) {
			tags.rows = append(tags.rows, []any{r.id, tag})
		}
	}
	_, err := w.insertMany(ctx, tx, tags)
	return op(err, "add tags")
}
