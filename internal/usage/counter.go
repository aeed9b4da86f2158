package usage

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	defaultFlush = 10 * time.Second
	lastFlush    = 5 * time.Second // how long the flush at shutdown may take
	flushBatch   = 500             // rows in one transaction, so that the write lock is soon free again
	shards       = 16
	maxRows      = 20_000 // that one shard holds while the store does not take them
)

// Counter gathers counts in memory and adds them to the store now and then, so that no request waits for a write. A crash loses at most one
// interval; a commit whose answer is lost may be counted twice. It is safe for concurrent use.
type Counter struct {
	store    Adder
	interval time.Duration
	failed   func(error)
	shards   [shards]shard
	lost     atomic.Int64 // events for which there was no room
}

// shard holds some of the counts, so that requests side by side seldom wait for each other.
type shard struct {
	mu      sync.Mutex
	rows    map[rowRef]*Row
	clients map[clientRef]*ClientRow
}

type rowRef struct {
	key, tool string
	hour      int64
}

type clientRef struct{ key, agent string }

// NewCounter returns a Counter that flushes every interval (0 = 10 s). failed is told of flushes that did not succeed; it may be nil.
func NewCounter(store Adder, interval time.Duration, failed func(error)) *Counter {
	if interval <= 0 {
		interval = defaultFlush
	}
	if failed == nil {
		failed = func(error) {}
	}
	c := &Counter{store: store, interval: interval, failed: failed}
	for i := range c.shards {
		c.shards[i] = shard{rows: map[rowRef]*Row{}, clients: map[clientRef]*ClientRow{}}
	}
	return c
}

// Note counts one request. It never waits for the store.
func (c *Counter) Note(e Event) {
	s := c.free()
	defer s.mu.Unlock()
	if !s.count(e) {
		c.lost.Add(1)
	}
}

// free returns a shard that is locked now: the first that nobody holds, so that there is only as much to merge as there is traffic.
func (c *Counter) free() *shard {
	for i := range c.shards {
		if s := &c.shards[i]; s.mu.TryLock() {
			return s
		}
	}
	s := &c.shards[0]
	s.mu.Lock()
	return s
}

func (s *shard) count(e Event) bool {
	hour := e.At.Unix() / 3600
	ref := rowRef{e.KeyID, e.Tool, hour}
	r := s.rows[ref]
	if r == nil {
		if len(s.rows) >= maxRows {
			return false
		}
		r = &Row{WorkspaceID: e.WorkspaceID, KeyID: e.KeyID, Tool: e.Tool, Hour: time.Unix(hour*3600, 0).UTC()}
		s.rows[ref] = r
	}
	r.Add(e.counts())
	s.visit(e)
	return true
}

func (s *shard) visit(e Event) {
	ref := clientRef{e.KeyID, e.Agent[:min(len(e.Agent), maxAgent)]}
	v := s.clients[ref]
	if v == nil {
		if len(s.clients) >= maxRows {
			return
		}
		ref.agent = strings.Clone(ref.agent) // not the whole head of the request
		v = &ClientRow{WorkspaceID: e.WorkspaceID, KeyID: e.KeyID, Client: Client{Name: ref.agent, FirstUsedAt: e.At, LastUsedAt: e.At}}
		s.clients[ref] = v
	}
	v.add(Client{FirstUsedAt: e.At, LastUsedAt: e.At, Requests: 1})
}

func (c *Client) add(o Client) {
	if o.FirstUsedAt.Before(c.FirstUsedAt) {
		c.FirstUsedAt = o.FirstUsedAt
	}
	if o.LastUsedAt.After(c.LastUsedAt) {
		c.LastUsedAt = o.LastUsedAt
	}
	c.Requests += o.Requests
}

// Run flushes every interval until ctx ends, and then once more.
func (c *Counter) Run(ctx context.Context) {
	tick := time.NewTicker(c.interval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			c.report(c.Flush(ctx))
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastFlush)
			defer cancel()
			c.report(c.Flush(last))
			return
		}
	}
}

func (c *Counter) report(err error) {
	if err != nil {
		c.failed(err)
	}
	if n := c.lost.Swap(0); n > 0 {
		c.failed(fmt.Errorf("there was no room to count %d requests", n))
	}
}
