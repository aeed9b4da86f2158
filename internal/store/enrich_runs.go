package store

import (
	"context"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
)

// ClaimRun implements enrich.Store. A run's claim is a row of idempotency that is committed without a reply.
func (db *DB) ClaimRun(ctx context.Context, workspaceID string, c enrich.Claim) (out enrich.Claimed, err error) {
	err = db.Workspace(workspaceID).Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		if err := db.dia.limitLockWait(ctx, tx, rivalWait); err != nil {
			return op(err, "limit the wait for an idempotency key")
		}
		until := tx.now + c.Lease.Microseconds()
		n, err := q.Exec(ctx, `INSERT INTO idempotency AS i (workspace_id, key, request_hash, created_at, expires_at, run_id, holder, leased_until)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (workspace_id, key) DO UPDATE SET request_hash = EXCLUDED.request_hash, created_at = EXCLUDED.created_at,
				expires_at = EXCLUDED.expires_at, status = NULL, content_type = NULL, body = NULL,
				run_id = EXCLUDED.run_id, holder = EXCLUDED.holder, leased_until = EXCLUDED.leased_until
			WHERE i.expires_at <= EXCLUDED.created_at`,
			c.Key, c.Hash, tx.now, tx.now+idempotencyKept.Microseconds(), c.RunID, c.Holder, until)
		if lockTimedOut(err) {
			return inFlightError()
		}
		if err != nil {
			return op(err, "claim an idempotency key for a run")
		}
		if out = (enrich.Claimed{RunID: c.RunID}); n == 0 {
			if out, err = takeOver(ctx, q, c, tx.now, until); err != nil {
				return err
			}
		}
		return op(db.dia.limitLockWait(ctx, tx, 0), "lift the limit on waiting")
	})
	return out, err
}

// takeOver reads the row that the key has, and makes it the claimer's when its holder is dead.
func takeOver(ctx context.Context, q Q, c enrich.Claim, now, until int64) (out enrich.Claimed, err error) {
	var r enrich.Reply
	var hash []byte
	var leased int64
	err = q.QueryRow(ctx, `SELECT request_hash, COALESCE(status, 0), COALESCE(content_type, ''), body, COALESCE(run_id, ''), COALESCE(holder, ''), COALESCE(leased_until, 0)
		FROM idempotency WHERE workspace_id = $1 AND key = $2`, c.Key).Scan(&hash, &r.Status, &r.ContentType, &r.Body, &out.RunID, &out.Former, &leased)
	switch {
	case err != nil:
		return out, op(err, "read the claim of a run")
	case string(hash) != string(c.Hash):
		return out, fault.New(fault.IdempotencyKeyReused, fault.IdempotencyKeyReused.Detail())
	case r.Status != 0:
		return enrich.Claimed{Reply: &r}, nil
	case leased > now && !c.Mine:
		return out, inFlightError()
	}
	n, err := q.Exec(ctx, `UPDATE idempotency SET holder = $3, leased_until = $4 WHERE workspace_id = $1 AND key = $2 AND holder = $5 AND status IS NULL`,
		c.Key, c.Holder, until, out.Former)
	if err == nil && n == 0 {
		err = inFlightError()
	}
	return out, op(err, "take over the claim of a run")
}

// OwnRun implements enrich.Store.
func (db *DB) OwnRun(ctx context.Context, workspaceID, key, holder string) error {
	return db.changeRun(ctx, workspaceID, `UPDATE idempotency SET holder = holder WHERE workspace_id = $1 AND key = $2 AND holder = $3 AND status IS NULL`, key, holder)
}

// FinishRun implements enrich.Store.
func (db *DB) FinishRun(ctx context.Context, workspaceID, key, holder string, r enrich.Reply) error {
	return db.changeRun(ctx, workspaceID, `UPDATE idempotency SET status = $4, content_type = $5, body = $6, leased_until = NULL
		WHERE workspace_id = $1 AND key = $2 AND holder = $3 AND status IS NULL`, key, holder, r.Status, r.ContentType, append([]byte{}, r.Body...))
}

// DropRun implements enrich.Store.
func (db *DB) DropRun(ctx context.Context, workspaceID, key, holder string) error {
	err := db.changeRun(ctx, workspaceID, `DELETE FROM idempotency WHERE workspace_id = $1 AND key = $2 AND holder = $3 AND status IS NULL`, key, holder)
	if fault.CodeOf(err) == fault.IdempotencyInFlight {
		return nil
	}
	return err
}

func (db *DB) changeRun(ctx context.Context, workspaceID, statement, key, holder string, args ...any) error {
	return db.Workspace(workspaceID).Tx(ctx, func(ctx context.Context, _ *Tx, q Q) error {
		n, err := q.Exec(ctx, statement, append([]any{key, holder}, args...)...)
		if err == nil && n == 0 {
			err = inFlightError()
		}
		return op(err, "change the claim of a run")
	})
}
