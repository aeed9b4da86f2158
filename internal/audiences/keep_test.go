package audiences_test

import (
	"testing"

	"github.com/unstuckengine/unstuck/internal/store"
)

// TestMembersFollowEveryWrite looks at each step of a short stream by itself.
func TestMembersFollowEveryWrite(t *testing.T) {
	onBothEngines(t, func(t *testing.T, c store.Config) {
		w := newWorld(t, c)
		s := newStream(w, *seed, 60, 8)
		w.settle()
		w.analyze()
		for range 30 {
			s.next()
			w.settle()
			if w.check(); t.Failed() {
				return
			}
		}
	})
}
