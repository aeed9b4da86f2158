package signals

import (
	"context"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/strictjson"
)

// afford rejects the items that the credits do not suffice for, each in its turn, and returns the others; one that is there already costs nothing.
// What lock keeps stays true until the transaction ends, so that what is let through here can be paid for.
func (s *Service) afford(ctx context.Context, p push, b *batch, places []int) ([]int, error) {
	list := b.signals(places)
	total := int64(0)
	for _, one := range list {
		total += s.cost(p, one)
	}
	if total == 0 {
		return places, nil
	}
	left, err := s.left(ctx, p)
	if err != nil || total <= left {
		return places, err
	}
	known, err := s.store.KnownSignals(ctx, p.workspaceID, list)
	if err != nil {
		return nil, err
	}
	var out []int
	seen := map[string]bool{}
	for n, i := range places {
		what, err := strictjson.CanonicalValue(list[n])
		if err != nil {
			return nil, err
		}
		if cost := s.cost(p, list[n]); !known[n] && !seen[string(what)] {
			if cost > left {
				b.items[i].err = fault.Newf(fault.CreditsExhausted, "The workspace or the API key has %d credits left for this item, which costs %d; it was not charged. Ask an admin to top up.", left, cost)
				continue
			}
			left, seen[string(what)] = left-cost, true
		}
		out = append(out, i)
	}
	return out, nil
}

// left is what the request may spend.
func (s *Service) left(ctx context.Context, p push) (int64, error) {
	balance, err := s.credits.Balance(ctx, p.workspaceID, p.actor.KeyID)
	if err != nil {
		return 0, err
	}
	if balance.KeyLeft != nil {
		return min(balance.Left, *balance.KeyLeft), nil
	}
	return balance.Left, nil
}
