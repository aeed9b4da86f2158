package credits

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
)

// MaxAmount is the most that is granted, set or topped up at once: beyond any use, and safe to add up.
const MaxAmount = 1_000_000_000_000

// Service reserves, charges and grants. Each method joins the transaction that ctx carries. It is safe for concurrent use; all methods pass on the
// errors of Store.
type Service struct{ store Store }

// New returns a Service over store.
func New(store Store) *Service { return &Service{store} }

var (
	errNegative = errors.New("credits: an amount is negative")
	errNoID     = errors.New("credits: a hold or charge without an id")
)

// Hold reserves credits, or replaces the reservation of the same id, and returns what is left beside it. An amount of 0 reserves nothing.
// credits_exhausted, saying what is left, when the workspace or the key's monthly limit has too few; then nothing is changed.
func (s *Service) Hold(ctx context.Context, h Hold) (Balance, error) {
	switch {
	case h.Amount < 0:
		return Balance{}, fault.Wrap(fault.Internal, errNegative)
	case h.ID == "":
		return Balance{}, fault.Wrap(fault.Internal, errNoID)
	}
	return s.change(ctx, Ref{WorkspaceID: h.WorkspaceID, KeyID: h.KeyID, HoldID: h.ID}, func(a *Account) error {
		return a.Reserve(Reservation{Amount: h.Amount, Until: h.Until.UTC().Truncate(time.Microsecond)})
	})
}

// Settle charges what was delivered, each charge id once, ends the reservation and returns what is left. Without charges it only releases. The
// charges must not exceed the reservation; one that has lapsed meanwhile is made again if enough is left, and credits_exhausted otherwise: then
// nothing is changed, and the caller must not keep what it would have been charged for.
func (s *Service) Settle(ctx context.Context, workspaceID, keyID, holdID string, charges []Charge) (Balance, error) {
	ref := Ref{WorkspaceID: workspaceID, KeyID: keyID, HoldID: holdID}
	for _, c := range charges {
		switch {
		case c.Amount < 0:
			return Balance{}, fault.Wrap(fault.Internal, errNegative)
		case c.ID == "":
			return Balance{}, fault.Wrap(fault.Internal, errNoID)
		}
		ref.ChargeIDs = append(ref.ChargeIDs, c.ID)
	}
	return s.change(ctx, ref, func(a *Account) error { return a.Settle(charges) })
}

func (s *Service) change(ctx context.Context, ref Ref, do func(*Account) error) (b Balance, err error) {
	err = s.store.ChangeCredits(ctx, ref, func(_ context.Context, a *Account) error {
		if err := do(a); err != nil {
			return err
		}
		b = a.Balance()
		return nil
	})
	if err != nil {
		return Balance{}, err
	}
	return b, nil
}

// Balance returns what the workspace, and the key unless it is "", can spend now. A month that has begun counts, though its grant may not be
// booked yet.
func (s *Service) Balance(ctx context.Context, workspaceID, keyID string) (Balance, error) {
	a, err := s.store.Credits(ctx, Ref{WorkspaceID: workspaceID, KeyID: keyID})
	if err != nil {
		return Balance{}, err
	}
	a.CatchUp()
	return a.Balance(), nil
}

// TopUp adds credits that stay until they are spent. validation_failed unless the amount is 1 to MaxAmount.
func (s *Service) TopUp(ctx context.Context, actor activity.Actor, workspaceID string, amount int64) (Balance, error) {
	b, _, err := s.TopUpOnce(ctx, actor, workspaceID, uuid.Must(uuid.NewV7()).String(), amount)
	return b, err
}

// TopUpOnce is TopUp under an id of the caller's, that of the ledger's row: when the ledger has it already, nothing is added.
func (s *Service) TopUpOnce(ctx context.Context, actor activity.Actor, workspaceID, id string, amount int64) (b Balance, added bool, err error) {
	if amount < 1 || amount > MaxAmount {
		return Balance{}, false, fault.Invalid("amount", "must be 1 to 1000000000000")
	}
	b, err = s.change(ctx, Ref{WorkspaceID: workspaceID, ChargeIDs: []string{id}}, func(a *Account) error {
		if added = !a.Known[id]; !added {
			return nil
		}
		a.Buy(id, amount)
		detail := map[string]string{"amount": strconv.FormatInt(amount, 10), "topup": strconv.FormatInt(a.TopUp, 10)}
		a.Activity = append(a.Activity, activity.New(workspaceID, a.Now, actor, activity.CreditsToppedUp, activity.ObjectWorkspace, workspaceID, detail))
		return nil
	})
	return b, added && err == nil, err
}

// Ledger returns the rows that pass the filter, newest first.
func (s *Service) Ledger(ctx context.Context, workspaceID string, f Filter) ([]Entry, error) {
	return s.store.Ledger(ctx, workspaceID, f)
}
