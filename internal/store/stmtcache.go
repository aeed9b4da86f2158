package store

import (
	"container/list"
	"context"
	"database/sql"
	"sync"
)

// stmtCacheSize bounds the prepared statements of one pool; texts built from filters come and go.
const stmtCacheSize = 256

// stmtCache keeps the most recently used statements of a pool prepared.
type stmtCache struct {
	db      *sql.DB
	mu      sync.Mutex
	entries map[string]*list.Element
	order   *list.List // of *cachedStmt, most recent first
	wanted  map[string]bool
}

type cachedStmt struct {
	text string
	stmt *sql.Stmt
	uses int  // callers between get and release
	gone bool // evicted; the last user closes it
}

func newStmtCache(db *sql.DB) *stmtCache {
	return &stmtCache{db: db, entries: map[string]*list.Element{}, order: list.New(), wanted: map[string]bool{}}
}

// get returns the prepared statement, which must be released once it has been started; open rows keep it alive.
func (c *stmtCache) get(ctx context.Context, text string) (*cachedStmt, error) {
	if e := c.hit(text); e != nil {
		return e, nil
	}
	s, err := c.db.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return c.add(text, s), nil
}

// bind returns the statement for use in tx. A text that is not prepared yet is prepared in tx, which may hold the
// pool's only connection, and learned before the next transaction begins.
func (c *stmtCache) bind(ctx context.Context, tx *sql.Tx, text string) (*sql.Stmt, error) {
	e := c.hit(text)
	if e == nil {
		c.mu.Lock()
		if len(c.wanted) < stmtCacheSize {
			c.wanted[text] = true
		}
		c.mu.Unlock()
		return tx.PrepareContext(ctx, text)
	}
	defer c.release(e)
	return tx.StmtContext(ctx, e.stmt), nil
}

// learn prepares the texts that earlier transactions had to prepare for themselves.
func (c *stmtCache) learn(ctx context.Context) {
	c.mu.Lock()
	texts := make([]string, 0, len(c.wanted))
	for t := range c.wanted {
		texts = append(texts, t)
	}
	clear(c.wanted)
	c.mu.Unlock()
	for _, t := range texts {
		if e, err := c.get(ctx, t); err == nil { // on error it is prepared in the transaction again
			c.release(e)
		}
	}
}

func (c *stmtCache) hit(text string) *cachedStmt {
	c.mu.Lock()
	defer c.mu.Unlock()
	el, ok := c.entries[text]
	if !ok {
		return nil
	}
	c.order.MoveToFront(el)
	e := el.Value.(*cachedStmt)
	e.uses++
	return e
}

func (c *stmtCache) add(text string, s *sql.Stmt) *cachedStmt {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := &cachedStmt{text: text, stmt: s, uses: 1}
	if _, taken := c.entries[text]; taken { // another caller was faster; ours lives for this call
		e.gone = true
		return e
	}
	c.entries[text] = c.order.PushFront(e)
	for c.order.Len() > stmtCacheSize {
		c.evict(c.order.Back())
	}
	return e
}

func (c *stmtCache) evict(el *list.Element) {
	e := c.order.Remove(el).(*cachedStmt)
	delete(c.entries, e.text)
	e.gone = true
	if e.uses == 0 {
		_ = e.stmt.Close()
	}
}

func (c *stmtCache) release(e *cachedStmt) {
	c.mu.Lock()
	e.uses--
	last := e.gone && e.uses == 0
	c.mu.Unlock()
	if last {
		_ = e.stmt.Close()
	}
}
