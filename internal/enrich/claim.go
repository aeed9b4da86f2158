package enrich

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/fault"
)

const (
	rivalWait  = 2 * time.Second       // how long a call waits for another one with the same idempotency key
	rivalPause = 50 * time.Millisecond // between two looks
	storeTime  = 15 * time.Second      // for a transaction
)

// begin takes the idempotency key and reserves what the call may cost, in one transaction.
func (r *running) begin(ctx context.Context) error {
	if r.attempt.key == "" && r.price.Most == 0 {
		return nil
	}
	for deadline := time.Now().Add(rivalWait); ; {
		err := r.claim(ctx)
		if fault.CodeOf(err) != fault.IdempotencyInFlight || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return fault.Wrap(fault.StoreUnavailable, ctx.Err())
		case <-time.After(rivalPause):
		}
	}
}

func (r *running) claim(ctx context.Context) error {
	s, a, c := r.service, r.attempt, r.caller
	lease := s.Timeout + s.Grace
	return s.inTurn(ctx, c.WorkspaceID, func(ctx context.Context, now time.Time) error {
		if a.key != "" {
			got, err := s.Store.ClaimRun(ctx, c.WorkspaceID, Claim{Key: a.key, Hash: a.hash, RunID: a.runID, Holder: a.holder, Lease: lease, Mine: a.mine})
			if err != nil {
				return err
			}
			if a.reply, a.replayed = got.Reply, got.Reply != nil; a.replayed {
				return nil
			}
			a.runID = got.RunID
			if got.Former != "" {
				if _, err := s.Credits.Settle(ctx, c.WorkspaceID, c.KeyID, got.Former, nil); err != nil {
					return err
				}
			}
		}
		if r.price.Most == 0 {
			return nil
		}
		_, err := s.Credits.Hold(ctx, credits.Hold{WorkspaceID: c.WorkspaceID, KeyID: c.KeyID, ID: a.holder, Amount: r.price.Most, Until: now.Add(lease)})
		return err
	})
}

// abandon gives the reservation and the key back after a failure.
func (r *running) abandon(ctx context.Context) error {
	s, a, c := r.service, r.attempt, r.caller
	if a.key == "" && r.price.Most == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.service.Grace/2)
	defer cancel()
	return s.inTurn(ctx, c.WorkspaceID, func(ctx context.Context, _ time.Time) error {
		if a.key != "" {
			if err := s.Store.DropRun(ctx, c.WorkspaceID, a.key, a.holder); err != nil {
				return err
			}
		}
		if r.price.Most == 0 {
			return nil
		}
		_, err := s.Credits.Settle(ctx, c.WorkspaceID, c.KeyID, a.holder, nil)
		return err
	})
}
