//go:build !race

package keys_test

import (
	"testing"

	"github.com/unstuckengine/unstuck/internal/token"
)

// Under the race detector a sync.Pool drops what it is given at random, so that nothing can be counted there.
func TestParseAndMACDoNotAllocate(t *testing.T) {
	ring, text := mustRing(t, pepper(1)), vector
	n := testing.AllocsPerRun(200, func() {
		s, err := token.Parse(text)
		if err != nil {
			t.Error(err)
		}
		if _, ok := ring.MAC(1, s); !ok {
			t.Error("no MAC")
		}
	})
	if n != 0 {
		t.Errorf("allocations = %v, want 0", n)
	}
}
