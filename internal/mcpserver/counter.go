package mcpserver

import "sync"

// counter counts what each key has at once, up to a limit.
type counter[K comparable] struct {
	most int
	mu   sync.Mutex
	n    map[K]int
}

func newCounter[K comparable](most int) *counter[K] { return &counter[K]{most: most, n: map[K]int{}} }

// enter counts one more for k unless the limit is reached, and reports whether it did.
func (c *counter[K]) enter(k K) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n[k] >= c.most {
		return false
	}
	c.n[k]++
	return true
}

// leave takes back one enter.
func (c *counter[K]) leave(k K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n[k]--; c.n[k] == 0 {
		delete(c.n, k)
	}
}
