package keys

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// These look at what no caller can see: that a flood of sources or keys takes a bounded amount of memory.

func TestThrottleMemoryIsBounded(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	th := newThrottle(1, func() time.Time { return now })
	address := func(i int) netip.Addr {
		var a [4]byte
		binary.BigEndian.PutUint32(a[:], uint32(i))
		return netip.AddrFrom4(a)
	}
	for i := range maxSources + 1000 {
		now = now.Add(time.Microsecond)
		if err := th.refuse(address(i)); fault.CodeOf(err) != fault.InvalidAPIKey {
			t.Fatalf("source %d: %v", i, err)
		}
	}
	if len(th.full) != maxSources {
		t.Errorf("sources = %d, want %d", len(th.full), maxSources)
	}
	now = now.Add(time.Hour)
	_ = th.refuse(address(maxSources + 1000))
	if len(th.full) != 1 {
		t.Errorf("sources an hour later = %d, want 1", len(th.full))
	}
}

func TestNegativeCacheIsBounded(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	n := newNegative(func() time.Time { return now })
	mark := func(i int) (m [16]byte) {
		binary.BigEndian.PutUint64(m[:], uint64(i))
		return m
	}
	n.add(mark(0))
	n.add(mark(0))
	for i := range maxUnknown + 10 {
		n.add(mark(i))
	}
	if len(n.until) != maxUnknown || len(n.ring) != maxUnknown {
		t.Errorf("entries = %d and %d, want %d", len(n.until), len(n.ring), maxUnknown)
	}
	for i, want := range map[int]bool{0: false, 9: false, 10: true, maxUnknown + 9: true} {
		if got := n.has(mark(i)); got != want {
			t.Errorf("entry %d is there: %v, want %v", i, got, want)
		}
	}
	now = now.Add(unknownLife)
	if n.has(mark(maxUnknown)) {
		t.Error("an entry outlives its time")
	}
}
