package store

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
)

const (
	outsideLease = time.Minute // after which a claim counts as dead
	outsidePause = 50 * time.Millisecond
)

// IdempotentOutside is Idempotent for a request that asks systems outside before it writes: before runs with no transaction open, once for all that send
// the request at a time, and fn in the transaction that keeps its reply. The claim is committed ahead of both, and given back when one fails.
func (db *DB) IdempotentOutside(ctx context.Context, workspaceID, key string, requestHash []byte, before func(context.Context) error,
	fn func(context.Context) (Reply, error),
) (Reply, bool, error) {
	holder := newID()
	stored, err := db.claimOutside(ctx, workspaceID, enrich.Claim{Key: key, Hash: requestHash, RunID: holder, Holder: holder, Lease: outsideLease})
	if err != nil {
		return Reply{}, false, err
	}
	if stored != nil {
		return Reply(*stored), true, nil
	}
	reply, err := db.finishOutside(ctx, workspaceID, key, holder, before, fn)
	if err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rivalWait)
		defer cancel()
		if left := db.DropRun(ctx, workspaceID, key, holder); left != nil {
			db.log.Warn().Err(left).Msg("the claim of an idempotency key was not given back; it ends by itself")
		}
	}
	return reply, false, err
}

// claimOutside takes the key, or returns the reply that it has. It waits a while for a rival.
func (db *DB) claimOutside(ctx context.Context, workspaceID string, c enrich.Claim) (*enrich.Reply, error) {
	for deadline := time.Now().Add(rivalWait); ; {
		got, err := db.ClaimRun(ctx, workspaceID, c)
		if fault.CodeOf(err) != fault.IdempotencyInFlight || time.Now().After(deadline) {
			return got.Reply, err
		}
		if !pause(ctx, outsidePause) {
			return nil, unavailable(ctx.Err())
		}
	}
}

func (db *DB) finishOutside(ctx context.Context, workspaceID, key, holder string, before func(context.Context) error, fn func(context.Context) (Reply, error)) (out Reply, err error) {
	if err := before(ctx); err != nil {
		return out, err
	}
	err = db.Tx(ctx, func(ctx context.Context, _ *Tx) error {
		if err := db.OwnRun(ctx, workspaceID, key, holder); err != nil {
			return err
		}
		if out, err = fn(ctx); err != nil {
			return err
		}
		return db.FinishRun(ctx, workspaceID, key, holder, enrich.Reply(out))
	})
	return out, err
}
