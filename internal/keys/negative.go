package keys

import (
	"crypto/rand"
	"sync"
	"time"

	"github.com/unstuckengine/unstuck/internal/token"
)

const (
	maxUnknown  = 65_536
	unknownLife = time.Minute
)

// negative remembers keys that were just found unknown or wrong, so that a client in a loop does not cost a query each
// time. Keys are kept as a MAC under a secret of this process. Nothing else about a key may ever be kept in it: an
// unknown key cannot become a known one, while every other state can change.
type negative struct {
	keyed pool
	clock func() time.Time

	mu    sync.Mutex
	until map[[16]byte]time.Time
	ring  [][16]byte // in the order of their ends, since all live equally long
	head  int        // the oldest entry of a full ring
}

func newNegative(clock func() time.Time) *negative {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return &negative{keyed: pool{key: key}, clock: clock, until: map[[16]byte]time.Time{}}
}

// mark returns what stands for the key s.
func (n *negative) mark(s token.Secret) [16]byte {
	m := n.keyed.get()
	defer n.keyed.put(m)
	sum := m.sum("", s.Reveal())
	return [16]byte(sum[:16])
}

func (n *negative) has(mark [16]byte) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	until, ok := n.until[mark]
	return ok && n.clock().Before(until)
}

func (n *negative) add(mark [16]byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	_, known := n.until[mark]
	n.until[mark] = n.clock().Add(unknownLife)
	switch {
	case known:
	case len(n.ring) < maxUnknown:
		n.ring = append(n.ring, mark)
	default:
		delete(n.until, n.ring[n.head])
		n.ring[n.head] = mark
		n.head = (n.head + 1) % maxUnknown
	}
}
