package enrich

import (
	"context"
	"sync"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// turns lets one transaction of a workspace follow the other within the process. All of them lock the workspace's credits, so that nothing is lost by
// it; but who waits for a lock within a transaction holds a connection, and many of them would leave none to those who check keys.
type turns struct {
	mu  sync.Mutex
	all map[string]*turn
}

type turn struct {
	taken chan struct{} // full while somebody has it
	users int           // who has it or waits for it; guarded by turns
}

func newTurns() *turns { return &turns{all: map[string]*turn{}} }

// take waits for the workspace's turn, and returns how to give it back; store_unavailable when ctx ends before.
func (t *turns) take(ctx context.Context, workspaceID string) (leave func(), err error) {
	t.mu.Lock()
	one := t.all[workspaceID]
	if one == nil {
		one = &turn{taken: make(chan struct{}, 1)}
		t.all[workspaceID] = one
	}
	one.users++
	t.mu.Unlock()
	select {
	case one.taken <- struct{}{}:
		return func() { <-one.taken; t.forget(workspaceID, one) }, nil
	case <-ctx.Done():
		t.forget(workspaceID, one)
		return nil, fault.Wrap(fault.StoreUnavailable, ctx.Err())
	}
}

func (t *turns) forget(workspaceID string, one *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if one.users--; one.users == 0 {
		delete(t.all, workspaceID)
	}
}

// inTurn runs fn in a transaction when it is the workspace's turn.
func (s *Service) inTurn(ctx context.Context, workspaceID string, fn func(ctx context.Context, now time.Time) error) error {
	leave, err := s.turns.take(ctx, workspaceID)
	if err != nil {
		return err
	}
	defer leave()
	return s.Store.InTx(ctx, fn)
}
