package store

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// Tx is a running transaction. It is used by one goroutine at a time and only within the function it was given to.
type Tx struct {
	txn
	db  *DB
	now int64
}

// Now returns the time of the transaction in microseconds since 1970, by the store's clock: the same at every call.
func (tx *Tx) Now() int64 { return tx.now }

// Time returns Now as a UTC time.
func (tx *Tx) Time() time.Time { return fromMicros(tx.now) }

type txKey struct{}

// txFrom returns the writing transaction of db that ctx carries, or nil.
func txFrom(ctx context.Context, db *DB) *Tx {
	if tx, ok := ctx.Value(txKey{}).(*Tx); ok && tx.db == db {
		return tx
	}
	return nil
}

const maxAttempts = 6

// Tx runs fn in a writing transaction and commits when it returns nil. The context given to fn carries the
// transaction: every store method called with it, Tx included, joins in, so that several changes are kept or lost
// together. fn runs again after a serialisation failure, a deadlock, or an error with a method RunTxAgain() (only those), so it must have no other effects.
func (db *DB) Tx(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if tx := txFrom(ctx, db); tx != nil {
		return fn(ctx, tx)
	}
	for attempt := 1; ; attempt++ {
		err := db.once(ctx, fn)
		if !retryable(err) || attempt == maxAttempts {
			return err
		}
		if !pause(ctx, time.Duration(attempt)*(5+rand.N(10*time.Millisecond)/time.Millisecond)*time.Millisecond) {
			return unavailable(ctx.Err())
		}
	}
}

func (db *DB) once(ctx context.Context, fn func(context.Context, *Tx) error) (err error) {
	t, err := db.engine.begin(ctx, writing)
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done { // an error or a panic in fn
			t.rollback(ctx)
		}
	}()
	tx := &Tx{txn: t, db: db}
	if tx.now, err = db.engine.now(ctx, t); err != nil {
		return err
	}
	if err = fn(context.WithValue(ctx, txKey{}, tx), tx); err != nil {
		return err
	}
	done = true
	return t.commit(ctx)
}

// View runs fn over one unchanging snapshot, on the read replica where one is configured; a transaction that ctx
// carries is joined instead. Nothing can be written through q on the embedded store or a replica.
func (db *DB) View(ctx context.Context, fn func(ctx context.Context, q Q) error) error {
	if tx := txFrom(ctx, db); tx != nil {
		return fn(ctx, tx)
	}
	t, err := db.engine.begin(ctx, reading)
	if err != nil {
		return err
	}
	defer t.rollback(ctx)
	return fn(ctx, t)
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

func unavailable(cause error) error { return fault.Wrap(fault.StoreUnavailable, cause) }
