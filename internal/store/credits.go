package store

import (
	"context"
	"strconv"

	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/fault"
)

var _ credits.Store = (*DB)(nil)

// creditsText reads an account at the time $4, without its charges: $2 is the key, $3 the reservation. Sums are cast because PostgreSQL makes them numeric.
const creditsText = `SELECT w.credits_balance, w.credits_topup, w.credits_monthly, w.credits_resets_at, w.credits_overage,
	(SELECT CAST(COALESCE(SUM(h.amount), 0) AS BIGINT) FROM credit_holds h WHERE h.workspace_id = w.id AND h.id <> $3 AND h.ends_at > $4),
	(SELECT CAST(COALESCE(SUM(h.amount), 0) AS BIGINT) FROM credit_holds h WHERE h.workspace_id = w.id AND h.id <> $3 AND h.ends_at > $4 AND h.key_id = $2),
	COALESCE(o.amount, 0), COALESCE(o.ends_at, 0), COALESCE(k.id, ''), COALESCE(k.spend_limit, -1), COALESCE(s.spent, 0)
	FROM workspaces w LEFT JOIN credit_holds o ON o.workspace_id = w.id AND o.id = $3 LEFT JOIN keys k ON k.workspace_id = w.id AND k.id = $2
	LEFT JOIN credit_key_spend s ON s.workspace_id = w.id AND s.key_id = $2 AND s.resets_at = w.credits_resets_at WHERE w.id = $1`

// readCredits reads the account of the handle's workspace at the time now.
func readCredits(ctx context.Context, q Q, ref credits.Ref, now int64) (*credits.Account, error) {
	a := &credits.Account{Now: fromMicros(now), KeyID: ref.KeyID}
	var own credits.Reservation
	var resets, ends, limit int64
	var key string
	err := q.QueryRow(ctx, creditsText, ref.KeyID, ref.HoldID, now).Scan(&a.Bucket, &a.TopUp, &a.Monthly, &resets, &a.Overage, &a.Held, &a.KeyHeld,
		&own.Amount, &ends, &key, &limit, &a.KeySpent)
	if err == nil && key != ref.KeyID {
		err = fault.New(fault.NotFound, fault.NotFound.Detail())
	}
	if err != nil {
		return nil, op(err, "read the credits")
	}
	if a.ResetsAt = fromMicros(resets); ends != 0 {
		own.Until = fromMicros(ends)
		a.Own = &own
	}
	if limit >= 0 {
		a.KeyLimit = &limit
	}
	return a, nil
}

// Credits implements credits.Store.
func (db *DB) Credits(ctx context.Context, ref credits.Ref) (credits.Account, error) {
	now, err := db.Now(ctx)
	if err != nil {
		return credits.Account{}, err
	}
	a, err := readCredits(ctx, brief(db.Workspace(ref.WorkspaceID).q(ctx)), ref, now)
	if err != nil {
		return credits.Account{}, err
	}
	return *a, nil
}

// ChangeCredits implements credits.Store. The lock is the write of the workspace's row, which both engines have.
func (db *DB) ChangeCredits(ctx context.Context, ref credits.Ref, do func(ctx context.Context, a *credits.Account) error) error {
	w := db.Workspace(ref.WorkspaceID)
	return w.Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		n, err := q.Exec(ctx, `UPDATE workspaces SET credits_balance = credits_balance WHERE id = $1`)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, fault.NotFound.Detail())
		}
		if err != nil {
			return op(err, "lock the credits")
		}
		a, err := readCredits(ctx, q, ref, tx.now)
		if err != nil {
			return err
		}
		if a.Known, err = w.chargesKnown(ctx, q, ref.ChargeIDs); err != nil {
			return err
		}
		before := *a
		if err := do(ctx, a); err != nil {
			return err
		}
		return w.keepCredits(ctx, q, ref, before, a)
	})
}

func (w *Workspace) chargesKnown(ctx context.Context, q Q, ids []string) (map[string]bool, error) {
	known := map[string]bool{}
	if len(ids) == 0 {
		return known, nil
	}
	found, err := collect(ctx, q, scanText, `SELECT id FROM credit_ledger WHERE workspace_id = $1 AND `+w.db.dia.anyOf("id", "$2"), w.db.dia.list(ids))
	for _, id := range found {
		known[id] = true
	}
	return known, op(err, "look for charges")
}

func scanText(row Row) (s string, err error) { return s, row.Scan(&s) }

// keepCredits writes what differs from before.
func (w *Workspace) keepCredits(ctx context.Context, q Q, ref credits.Ref, before credits.Account, a *credits.Account) error {
	if a.Bucket != before.Bucket || a.TopUp != before.TopUp || a.Monthly != before.Monthly || !a.ResetsAt.Equal(before.ResetsAt) {
		_, err := q.Exec(ctx, `UPDATE workspaces SET credits_balance = $2, credits_topup = $3, credits_monthly = $4, credits_resets_at = $5 WHERE id = $1`,
			a.Bucket, a.TopUp, a.Monthly, a.ResetsAt.UnixMicro())
		if err != nil {
			return op(err, "keep the credits")
		}
	}
	if a.KeyID != "" && a.KeySpend != 0 {
		_, err := q.Exec(ctx, `INSERT INTO credit_key_spend AS s (workspace_id, key_id, resets_at, spent) VALUES ($1, $2, $3, $4)
			ON CONFLICT (workspace_id, key_id, resets_at) DO UPDATE SET spent = s.spent + EXCLUDED.spent`, a.KeyID, a.ResetsAt.UnixMicro(), a.KeySpend)
		if err != nil {
			return op(err, "count what the key has spent")
		}
	}
	if err := insertLedger(ctx, q, a.Entries); err != nil {
		return err
	}
	for _, e := range a.Activity {
		if err := w.Record(ctx, e); err != nil {
			return err
		}
	}
	return keepHold(ctx, q, ref, before.Own, a)
}

func insertLedger(ctx context.Context, q Q, entries []credits.Entry) error {
	for _, e := range entries {
		_, err := q.Exec(ctx, `INSERT INTO credit_ledger (workspace_id, id, at, kind, amount, bucket, provider, field, record_id, job_id, key_id, tool)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			e.ID, e.At.UnixMicro(), string(e.Kind), e.Amount, e.Bucket, e.Provider, e.Field, e.RecordID, e.JobID, e.KeyID, e.Tool)
		if err != nil {
			return op(err, "write the ledger")
		}
	}
	return nil
}

// keepHold takes, replaces or drops the reservation; whoever takes one clears away those that have lapsed.
func keepHold(ctx context.Context, q Q, ref credits.Ref, before *credits.Reservation, a *credits.Account) error {
	switch {
	case a.Own == before:
		return nil
	case a.Own == nil:
		_, err := q.Exec(ctx, `DELETE FROM credit_holds WHERE workspace_id = $1 AND id = $2`, ref.HoldID)
		return op(err, "release a reservation")
	}
	if _, err := q.Exec(ctx, `DELETE FROM credit_holds WHERE workspace_id = $1 AND ends_at <= $2`, a.Now.UnixMicro()); err != nil {
		return op(err, "drop lapsed reservations")
	}
	_, err := q.Exec(ctx, `INSERT INTO credit_holds (workspace_id, id, key_id, amount, ends_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (workspace_id, id) DO UPDATE SET key_id = EXCLUDED.key_id, amount = EXCLUDED.amount, ends_at = EXCLUDED.ends_at`,
		ref.HoldID, ref.KeyID, a.Own.Amount, a.Own.Until.UnixMicro())
	return op(err, "take a reservation")
}

// Ledger implements credits.Store.
func (db *DB) Ledger(ctx context.Context, workspaceID string, f credits.Filter) ([]credits.Entry, error) {
	where, args := ledgerWhere(f)
	text := `SELECT id, at, kind, amount, bucket, provider, field, record_id, job_id, key_id, tool FROM credit_ledger WHERE workspace_id = $1` + where +
		` ORDER BY at DESC, id DESC` + limit(f.Limit)
	out, err := collect(ctx, db.Workspace(workspaceID).q(ctx), scanLedger, text, args...)
	return out, op(err, "list the ledger")
}

// ledgerWhere returns further conditions; their placeholders begin after the workspace's.
func ledgerWhere(f credits.Filter) (where string, args []any) {
	add := func(condition string, arg any) {
		args = append(args, arg)
		where += condition + "$" + strconv.Itoa(len(args)+1)
	}
	if f.Kind != "" {
		add(` AND kind = `, string(f.Kind))
	}
	if f.KeyID != "" {
		add(` AND key_id = `, f.KeyID)
	}
	if f.JobID != "" {
		add(` AND job_id = `, f.JobID)
	}
	if !f.From.IsZero() {
		add(` AND at >= `, f.From.UnixMicro())
	}
	if !f.To.IsZero() {
		add(` AND at < `, f.To.UnixMicro())
	}
	if f.Before != "" {
		add(` AND (at, id) < (SELECT at, id FROM credit_ledger WHERE workspace_id = $1 AND id = `, f.Before)
		where += `)`
	}
	return where, args
}

func scanLedger(row Row) (e credits.Entry, err error) {
	var at int64
	err = row.Scan(&e.ID, &at, &e.Kind, &e.Amount, &e.Bucket, &e.Provider, &e.Field, &e.RecordID, &e.JobID, &e.KeyID, &e.Tool)
	e.At = fromMicros(at)
	return e, err
}
