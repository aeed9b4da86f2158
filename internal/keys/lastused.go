package keys

import (
	"context"
	"sync"
	"time"
)

const (
	defaultFlush = 10 * time.Second
	lastFlush    = 5 * time.Second // how long the flush at shutdown may take
	flushBatch   = 500             // touches in one transaction, so that the write lock is soon free again
)

// Toucher is the part of Store that records uses.
type Toucher interface {
	TouchKeys(ctx context.Context, touches []Touch) error
}

// LastUsed gathers the uses of keys in memory and writes them now and then, so that no authentication waits for a write.
// A crash loses at most one interval. It is safe for concurrent use.
type LastUsed struct {
	store    Toucher
	interval time.Duration
	failed   func(error)

	mu      sync.Mutex
	pending map[string]Touch
}

// NewLastUsed returns a LastUsed that flushes every interval (0 = 10 s). failed is told of flushes that did not
// succeed; it may be nil.
func NewLastUsed(store Toucher, interval time.Duration, failed func(error)) *LastUsed {
	if interval <= 0 {
		interval = defaultFlush
	}
	if failed == nil {
		failed = func(error) {}
	}
	return &LastUsed{store: store, interval: interval, failed: failed, pending: map[string]Touch{}}
}

// Note remembers that the key id was used at a time by the store's clock, and new sealed columns where there are any.
// It never waits for the store.
func (l *LastUsed) Note(id string, at time.Time, reseal *Reseal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.merge(Touch{ID: id, UsedAt: at, Reseal: reseal})
}

// merge keeps the later use and the first reseal: the row's pepper does not change before it is written.
func (l *LastUsed) merge(t Touch) {
	if old, ok := l.pending[t.ID]; ok {
		if old.UsedAt.After(t.UsedAt) {
			t.UsedAt = old.UsedAt
		}
		if old.Reseal != nil {
			t.Reseal = old.Reseal
		}
	}
	l.pending[t.ID] = t
}

// Run flushes every interval until ctx ends, and then once more.
func (l *LastUsed) Run(ctx context.Context) {
	tick := time.NewTicker(l.interval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			l.report(l.Flush(ctx))
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastFlush)
			defer cancel()
			l.report(l.Flush(last))
			return
		}
	}
}

func (l *LastUsed) report(err error) {
	if err != nil {
		l.failed(err)
	}
}

// Flush writes all that was noted before it began. What could not be written is kept for the next flush, and the
// store's error returned.
func (l *LastUsed) Flush(ctx context.Context) error {
	touches := l.take()
	for len(touches) > 0 {
		n := min(len(touches), flushBatch)
		if err := l.store.TouchKeys(ctx, touches[:n]); err != nil {
			l.giveBack(touches)
			return err
		}
		touches = touches[n:]
	}
	return nil
}

func (l *LastUsed) take() []Touch {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]Touch, 0, len(l.pending))
	for _, t := range l.pending {
		out = append(out, t)
	}
	clear(l.pending)
	return out
}

func (l *LastUsed) giveBack(touches []Touch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range touches {
		l.merge(t)
	}
}
