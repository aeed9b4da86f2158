package store

import (
	"context"
	"sync"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
)

const (
	idempotencyKept = 24 * time.Hour  // how long a reply is replayed
	rivalWait       = 2 * time.Second // how long a request waits for another one with the same key
)

// Reply is an answer kept for replay, byte for byte. Only 2xx answers are kept.
type Reply struct {
	Status      int
	ContentType string
	Body        []byte
}

// Idempotent runs fn at most once for the workspace and key, and keeps its reply with its effects: the claim is the
// first write of the transaction that the context given to fn carries. A later call with the same request hash gets
// the stored reply and replayed = true, for 24 hours; one with another hash fault.IdempotencyKeyReused. A rival waits
// up to two seconds for the first, then gets fault.IdempotencyInFlight. When fn fails, nothing is kept.
func (db *DB) Idempotent(ctx context.Context, workspaceID, key string, requestHash []byte, fn func(ctx context.Context) (Reply, error)) (out Reply, replayed bool, err error) {
	done, err := db.flight.enter(ctx, workspaceID+"\x00"+key)
	if err != nil {
		return Reply{}, false, err
	}
	defer done()
	w := db.Workspace(workspaceID)
	err = db.Tx(ctx, func(ctx context.Context, tx *Tx) error {
		stored, err := w.Claim(ctx, tx, key, requestHash)
		if err != nil {
			return err
		}
		if replayed = stored != nil; replayed {
			out = *stored
			return nil
		}
		if out, err = fn(ctx); err != nil {
			return err
		}
		return w.Complete(ctx, tx, key, out)
	})
	return out, replayed, err
}

// Claim takes the key for this transaction, whose first write it must be. It returns the stored reply when the same
// request was answered before; nil means that the key is ours until the transaction ends. The errors are those of Idempotent.
func (w *Workspace) Claim(ctx context.Context, tx *Tx, key string, requestHash []byte) (*Reply, error) {
	if err := w.db.dia.limitLockWait(ctx, tx, rivalWait); err != nil {
		return nil, op(err, "limit the wait for an idempotency key")
	}
	n, err := w.bind(tx).Exec(ctx, `INSERT INTO idempotency AS i (workspace_id, key, request_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (workspace_id, key) DO UPDATE SET request_hash = EXCLUDED.request_hash, created_at = EXCLUDED.created_at,
			expires_at = EXCLUDED.expires_at, status = NULL, content_type = NULL, body = NULL
		WHERE i.expires_at <= EXCLUDED.created_at`,
		key, requestHash, tx.now, tx.now+idempotencyKept.Microseconds())
	if lockTimedOut(err) {
		return nil, inFlightError()
	}
	if err != nil {
		return nil, op(err, "claim an idempotency key")
	}
	if n == 0 {
		return w.stored(ctx, tx, key, requestHash)
	}
	return nil, op(w.db.dia.limitLockWait(ctx, tx, 0), "lift the limit on waiting")
}

func (w *Workspace) stored(ctx context.Context, tx *Tx, key string, requestHash []byte) (*Reply, error) {
	var r Reply
	var hash []byte
	err := w.bind(tx).QueryRow(ctx, `SELECT request_hash, COALESCE(status, 0), COALESCE(content_type, ''), body FROM idempotency
		WHERE workspace_id = $1 AND key = $2`, key).Scan(&hash, &r.Status, &r.ContentType, &r.Body)
	switch {
	case err != nil:
		return nil, op(err, "read a stored reply")
	case string(hash) != string(requestHash):
		return nil, fault.New(fault.IdempotencyKeyReused, fault.IdempotencyKeyReused.Detail())
	case r.Status == 0:
		return nil, inFlightError()
	}
	r.Body = append([]byte{}, r.Body...) // an empty body is read as nil by one driver and as empty by the other
	return &r, nil
}

// Complete stores the reply of the request that claimed the key, in the same transaction.
func (w *Workspace) Complete(ctx context.Context, tx *Tx, key string, r Reply) error {
	if r.Status < 200 || r.Status > 299 {
		return fault.Newf(fault.Internal, "Only successful answers can be kept for replay.")
	}
	n, err := w.bind(tx).Exec(ctx, `UPDATE idempotency SET status = $3, content_type = $4, body = $5 WHERE workspace_id = $1 AND key = $2`,
		key, r.Status, r.ContentType, append([]byte{}, r.Body...))
	if err == nil && n != 1 {
		err = fault.New(fault.Internal, fault.Internal.Detail())
	}
	return op(err, "store a reply")
}

// PurgeIdempotency deletes the replies that are no longer replayed and returns how many there were.
func (db *DB) PurgeIdempotency(ctx context.Context) (total int64, err error) {
	all, err := db.ListWorkspaces(ctx)
	if err != nil {
		return 0, err
	}
	for _, w := range all {
		err := db.Workspace(w.ID).Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
			n, err := q.Exec(ctx, `DELETE FROM idempotency WHERE workspace_id = $1 AND expires_at <= $2`, tx.now)
			total += n
			return op(err, "purge stored replies")
		})
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

func inFlightError() error {
	e := fault.New(fault.IdempotencyInFlight, fault.IdempotencyInFlight.Detail())
	e.RetryAfter = time.Second
	return e
}

// inFlight makes rivals within this process wait for each other before they queue for the single writer of SQLite or
// take a connection of the PostgreSQL pool.
type inFlight struct {
	mu      sync.Mutex
	running map[string]chan struct{}
}

func (f *inFlight) enter(ctx context.Context, key string) (leave func(), err error) {
	limit := time.NewTimer(rivalWait)
	defer limit.Stop()
	for {
		mine, theirs := f.join(key)
		if mine != nil {
			return func() { f.leave(key, mine) }, nil
		}
		select {
		case <-theirs:
		case <-limit.C:
			return nil, inFlightError()
		case <-ctx.Done():
			return nil, unavailable(ctx.Err())
		}
	}
}

func (f *inFlight) join(key string) (mine, theirs chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c, ok := f.running[key]; ok {
		return nil, c
	}
	if f.running == nil {
		f.running = map[string]chan struct{}{}
	}
	c := make(chan struct{})
	f.running[key] = c
	return c, nil
}

func (f *inFlight) leave(key string, c chan struct{}) {
	f.mu.Lock()
	delete(f.running, key)
	f.mu.Unlock()
	close(c)
}
