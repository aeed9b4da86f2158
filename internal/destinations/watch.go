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
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if _, err := s.Rescue(ctx); err != nil && ctx.Err() == nil {
				failed(err)
			}
		}
	}
}

// Rescue queues the deliveries again that a worker took and has been silent about for longer than the lease, and returns how many there were. The
// queue's own rescue comes too late for them.
func (s *Service) Rescue(ctx context.Context) (rescued int, err error) {
	var now time.Time
	if err := s.Store.InTx(ctx, func(_ context.Context, at time.Time) error { now = at; return nil }); err != nil {
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
