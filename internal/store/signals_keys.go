package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/unstuckengine/unstuck/internal/signals"
)

// ClaimKeys implements signals.Store. Like Workspace.Claim it waits for a rival for a bounded time, then refuses the
// whole transaction with fault.IdempotencyInFlight.
func (db *DB) ClaimKeys(ctx context.Context, workspaceID string, claims []signals.Claim) (out []signals.Claimed, err error) {
	w := db.Workspace(workspaceID)
	err = w.Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		if err := w.claimMany(ctx, tx, claims); err != nil {
			return err
		}
		out, err = w.readClaims(ctx, q, claims)
		return err
	})
	return out, err
}

func (w *Workspace) claimMany(ctx context.Context, tx *Tx, claims []signals.Claim) error {
	if err := w.db.dia.limitLockWait(ctx, tx, rivalWait); err != nil {
		return op(err, "limit the wait for idempotency keys")
	}
	b := bulk{table: "idempotency", columns: []column{{"key", textColumn}, {"request_hash", bytesColumn}, {"created_at", intColumn}, {"expires_at", intColumn}},
		onConflict: `ON CONFLICT (workspace_id, key) DO UPDATE SET request_hash = EXCLUDED.request_hash, created_at = EXCLUDED.created_at,
			expires_at = EXCLUDED.expires_at, status = NULL, content_type = NULL, body = NULL WHERE idempotency.expires_at <= EXCLUDED.created_at`}
	for _, c := range claims {
		b.rows = append(b.rows, []any{c.Key, c.Hash, tx.now, tx.now + idempotencyKept.Microseconds()})
	}
	slices.SortFunc(b.rows, func(x, y []any) int { return cmp.Compare(x[0].(string), y[0].(string)) }) // rivals wait instead of deadlocking
	_, err := w.insertMany(ctx, tx, b)
	if lockTimedOut(err) {
		return inFlightError()
	}
	if err != nil {
		return op(err, "claim idempotency keys")
	}
	return op(w.db.dia.limitLockWait(ctx, tx, 0), "lift the limit on waiting")
}

// readClaims tells the claims apart: a row without an answer can only be one of this transaction.
func (w *Workspace) readClaims(ctx context.Context, q Q, claims []signals.Claim) ([]signals.Claimed, error) {
	type held struct {
		hash, body []byte
	}
	keys, rows := make([]string, len(claims)), map[string]held{}
	for i, c := range claims {
		keys[i] = c.Key
	}
	_, err := collect(ctx, q, func(row Row) (struct{}, error) {
		var key string
		var h held
		err := row.Scan(&key, &h.hash, &h.body)
		rows[key] = h
		return struct{}{}, err
	}, `SELECT key, request_hash, body FROM idempotency WHERE workspace_id = $1 AND `+w.db.dia.anyOf("key", "$2"), w.db.dia.list(keys))
	out := make([]signals.Claimed, len(claims))
	for i, c := range claims {
		out[i].Answer = rows[c.Key].body
		out[i].Reused = string(rows[c.Key].hash) != string(c.Hash)
	}
	return out, op(err, "read idempotency keys")
}

// CompleteKeys implements signals.Store.
func (db *DB) CompleteKeys(ctx context.Context, workspaceID string, answers []signals.Answer) error {
	w := db.Workspace(workspaceID)
	return w.Tx(ctx, func(ctx context.Context, tx *Tx, _ Q) error {
		b := bulk{table: "idempotency", columns: []column{{"key", textColumn}, {"status", intColumn}, {"content_type", textColumn}, {"body", bytesColumn}}}
		for _, a := range answers {
			b.rows = append(b.rows, []any{a.Key, int64(200), "application/json", a.Body})
		}
		return op(w.updateMany(ctx, tx, b), "store the answers of idempotency keys")
	})
}
