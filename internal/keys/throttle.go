package keys

import (
	"net/netip"
	"sync"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
)

const (
	maxSources  = 65_536
	sourceBits4 = 32
	sourceBits6 = 64
	sweepEvery  = time.Second
)

// throttle limits failed authentications a source, by the generic cell rate algorithm: a source may fail limit times at
// once and wins one failure back each minute/limit. It remembers at most maxSources sources.
type throttle struct {
	limit int
	step  time.Duration
	clock func() time.Time

	mu    sync.Mutex
	full  map[netip.Prefix]time.Time // when the source has all its failures back
	swept time.Time
}

func newThrottle(perMinute int, clock func() time.Time) *throttle {
	t := &throttle{limit: perMinute, clock: clock, full: map[netip.Prefix]time.Time{}}
	if perMinute > 0 {
		t.step = time.Minute / time.Duration(perMinute)
	}
	return t
}

// refuse counts one failure and returns the refusal it gets: invalid_api_key, or auth_throttled beyond the limit.
func (t *throttle) refuse(source netip.Addr) error {
	if wait := t.take(sourceOf(source)); wait > 0 {
		e := refusal(fault.AuthThrottled)
		e.RetryAfter = wait
		return e
	}
	return refusal(fault.InvalidAPIKey)
}

// sourceOf returns the block that counts as one source: an IPv4 address or an IPv6 /64. All without an address are one.
func sourceOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := sourceBits6
	if a.Is4() {
		bits = sourceBits4
	}
	p, _ := a.Prefix(bits)
	return p
}

// take counts one failure, or returns how long the source must wait for the next.
func (t *throttle) take(source netip.Prefix) time.Duration {
	if t.limit <= 0 {
		return 0
	}
	now := t.clock()
	t.mu.Lock()
	defer t.mu.Unlock()
	full, known := t.full[source]
	if full.Before(now) {
		full = now
	}
	full = full.Add(t.step)
	if wait := full.Sub(now) - time.Duration(t.limit)*t.step; wait > 0 {
		return wait
	}
	if !known && len(t.full) >= maxSources {
		t.makeRoom(now)
	}
	t.full[source] = full
	return 0
}

// makeRoom forgets the sources that have all their failures back, or any one when a look at all came only just before.
func (t *throttle) makeRoom(now time.Time) {
	if now.Sub(t.swept) >= sweepEvery {
		t.swept = now
		for s, full := range t.full {
			if !full.After(now) {
				delete(t.full, s)
			}
		}
	}
	for s := range t.full {
		if len(t.full) < maxSources {
			return
		}
		delete(t.full, s)
	}
}
