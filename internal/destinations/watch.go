package destinations

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// Watch looks after deliveries whose worker died, from time to time until ctx ends. Every process that works on deliveries does so. failed is told of a
// look that failed; the next one makes up for it.
func (s *Service) Watch(ctx context.Context, failed func(error)) {
	tick := time.NewTicker(s.Lease / 4)
	defer tick.Stop()
	again := map[string]bool{} // the steps that were queued again
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_, err := s.Rescue(ctx)
			var steps error
			again, steps = s.rescueSteps(ctx, again)
			if err = errors.Join(err, steps); err != nil && ctx.Err() == nil {
				failed(err)
			}
		}
	}
}

// now is the store's time.
func (s *Service) now(ctx context.Context) (now time.Time, err error) {
	err = s.Store.InTx(ctx, func(_ context.Context, at time.Time) error { now = at; return nil })
	return now, err
}

// Rescue queues the deliveries again that a worker took and has been silent about for longer than the lease, and returns how many there were. The
// queue's own rescue comes too late for them.
func (s *Service) Rescue(ctx context.Context) (rescued int, err error) {
	now, err := s.now(ctx)
	if err != nil {
		return 0, err
	}
	begun, err := s.Queue.Begun(ctx, DeliveryKind, now.Add(-s.Lease))
	for _, args := range begun {
		var j Job
		one := json.Unmarshal(args, &j)
		if one == nil {
			one = s.Store.InTx(ctx, func(ctx context.Context, _ time.Time) error {
				next, err := s.Store.RescueDelivery(ctx, j)
				if err != nil || next == nil {
					return err
				}
				rescued++
				return s.enqueue(ctx, []Job{*next})
			})
		}
		err = errors.Join(err, one)
	}
	return rescued, err
}

// rescueSteps queues the steps of syncs, and of what was held, again whose worker died, but for those that it has queued again before; it returns which
// these are now. Doing a step twice changes nothing.
func (s *Service) rescueSteps(ctx context.Context, before map[string]bool) (still map[string]bool, err error) {
	still = map[string]bool{}
	now, err := s.now(ctx)
	if err != nil {
		return before, err
	}
	for _, kind := range []string{SyncKind, ResumeKind} {
		begun, one := s.Queue.Begun(ctx, kind, now.Add(-s.Lease))
		for _, args := range begun {
			still[string(args)] = true
			if !before[string(args)] {
				one = errors.Join(one, s.Queue.Enqueue(ctx, kind, args))
			}
		}
		err = errors.Join(err, one)
	}
	return still, err
}
