package store

import (
	"sync/atomic"
	"time"
)

// clock is the process clock in microseconds; it never goes backward, whatever the system's clock does.
type clock struct {
	now  func() time.Time
	last atomic.Int64
}

func newClock(now func() time.Time) *clock {
	if now == nil {
		now = time.Now
	}
	return &clock{now: now}
}

func (c *clock) micros() int64 {
	t := c.now().UnixMicro()
	for {
		last := c.last.Load()
		if t <= last {
			return last
		}
		if c.last.CompareAndSwap(last, t) {
			return t
		}
	}
}

// micros returns t for a column: NULL for the zero time.
func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// fromMicros reads a column whose NULL was coalesced to 0: the zero time.
func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
