package mcpserver

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// callsAtOnce is how many requests of one client, or of one key, run at once.
const callsAtOnce = 256

var (
	errShuttingDown = fault.Wrap(fault.ShuttingDown, nil)
	errTooMany      = &fault.Error{Code: fault.RateLimited, Detail: "Too many requests of this key run at once. Wait for one to end.", RetryAfter: time.Second}
)

// calls are the requests that run for one client, so that the client can cancel them by id and the server can wait for
// them. They end with the context given to newCalls.
type calls struct {
	base context.Context

	mu      sync.Mutex
	n       int
	running map[string]*call // by id
	closed  chan struct{}    // made by close
}

type call struct {
	id   string
	stop func()
	gone atomic.Bool
}

// cancelled reports that the client cancelled the call and wants no answer.
func (c *call) cancelled() bool { return c.gone.Load() }

func newCalls(base context.Context) *calls {
	return &calls{base: base, running: map[string]*call{}}
}

// begin notes that m runs and returns its context, with the values of request. The error is shutting_down once close was
// called, or rate_limited.
func (c *calls) begin(request context.Context, m *message) (context.Context, *call, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed != nil:
		return nil, nil, errShuttingDown
	case c.n >= callsAtOnce:
		return nil, nil, errTooMany
	}
	ctx, cancel := context.WithCancel(request)
	unhook := context.AfterFunc(c.base, cancel)
	k := &call{id: string(m.id), stop: func() { unhook(); cancel() }}
	c.n++
	c.running[k.id] = k
	return ctx, k, nil
}

// end notes that the call is over.
func (c *calls) end(k *call) {
	k.stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running[k.id] == k {
		delete(c.running, k.id)
	}
	if c.n--; c.n == 0 && c.closed != nil {
		close(c.closed)
	}
}

// cancel ends the call of that id, if one runs.
func (c *calls) cancel(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k := c.running[id]; k != nil {
		k.gone.Store(true)
		k.stop()
	}
}

// close refuses further calls and returns a channel that is closed when none runs any more.
func (c *calls) close() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed == nil {
		if c.closed = make(chan struct{}); c.n == 0 {
			close(c.closed)
		}
	}
	return c.closed
}
