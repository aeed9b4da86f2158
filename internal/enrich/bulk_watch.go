package enrich

import (
	"context"
	"errors"
	"time"
)

// Watch looks after chunks whose worker died, from time to time until ctx ends. Every process that works on chunks does so. failed is told of a look
// that failed; the next one makes up for it.
func (b *Bulk) Watch(ctx context.Context, failed func(error)) {
	tick := time.NewTicker(b.Beat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if _, err := b.Rescue(ctx); err != nil && ctx.Err() == nil {
				failed(err)
			}
		}
	}
}

// Rescue queues the chunks again that a worker took and has been silent about for longer than the lease, and returns how many there were. The queue's
// own rescue comes too late for them.
func (b *Bulk) Rescue(ctx context.Context) (rescued int, err error) {
	var now time.Time
	err = b.Store.InTx(ctx, func(_ context.Context, at time.Time) error { now = at; return nil })
	if err != nil {
		return 0, err
	}
	begun, err := b.Queue.Begun(ctx, ChunkKind, now.Add(-b.Lease))
	for _, args := range begun {
		c, readErr := read(args)
		if readErr == nil {
			readErr = b.queueNext(ctx, func(ctx context.Context) (*Chunk, error) {
				next, err := b.Store.RequeueChunk(ctx, c, "")
				if next != nil {
					rescued++
				}
				return next, err
			})
		}
		err = errors.Join(err, readErr)
	}
	return rescued, err
}
