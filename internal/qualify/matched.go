package qualify

import (
	"context"
	"errors"
	"time"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// slowRest is for how long a workspace's pushes are not qualified after one for which that took too long.
const slowRest = time.Minute

// tooSlow has the transaction of a push run again, which then qualifies nothing.
type tooSlow struct{ error }

// RunTxAgain tells the store to run the transaction again.
func (tooSlow) RunTxAgain() {}

// QualifyMatched qualifies accounts and leads, and returns by id what each fits. When that takes too long, the transaction that ctx carries, which it
// joins, is run again, and nothing is qualified then nor for a while: signals are kept all the same, and others do not wait to write.
func (s *Service) QualifyMatched(ctx context.Context, workspaceID string, accounts, leads []string) (map[string]wire.Qualification, error) {
	if until, ok := s.slow.Load(workspaceID); ok && time.Now().Before(until.(time.Time)) {
		return nil, nil
	}
	out := map[string]wire.Qualification{}
	err := within(ctx, s.Limit, func(ctx context.Context) error {
		for kind, ids := range map[filter.Kind][]string{filter.Accounts: accounts, filter.Leads: leads} {
			if err := s.matched(ctx, workspaceID, kind, ids, out); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, errSlow) {
		s.slow.Store(workspaceID, time.Now().Add(slowRest))
		return nil, tooSlow{err}
	}
	return out, err
}

func (s *Service) matched(ctx context.Context, workspaceID string, kind filter.Kind, ids []string, out map[string]wire.Qualification) error {
	if len(ids) == 0 {
		return nil
	}
	results, err := s.Qualify(ctx, workspaceID, kind, text.Unique(ids))
	for _, r := range results {
		out[r.ID] = r.Codes()
	}
	return err
}
