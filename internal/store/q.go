package store

import (
	"context"
	"database/sql"
)

// Q runs statements on a pool or in a transaction, on either engine. Placeholders are $1, $2, ...; times are integer
// microseconds. Its errors are classified. On SQLite a Q outside a transaction runs Query and QueryRow on read-only
// connections, so a statement that writes and returns rows belongs into a transaction.
type Q interface {
	// Exec runs a statement and returns how many rows it changed.
	Exec(ctx context.Context, sql string, args ...any) (int64, error)
	// Query returns rows that must be closed; Err tells whether the end was reached.
	Query(ctx context.Context, sql string, args ...any) (Rows, error)
	// QueryRow returns the first row; its Scan answers fault.NotFound when there is none.
	QueryRow(ctx context.Context, sql string, args ...any) Row
}

// Rows is a result being read.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close()
}

// Row is a result of at most one row.
type Row interface{ Scan(dest ...any) error }

// engine is one database and its connections.
type engine interface {
	primary() Q
	replica() Q
	begin(ctx context.Context, mode txMode) (txn, error)
	now(ctx context.Context, q Q) (int64, error) // microseconds
	sqlDB() *sql.DB                              // for migrations, on the primary
	present() error                              // nil when what is written is still kept: fault.StoreUnavailable otherwise
	// settle waits, within bounds, for transactions that began up to the time and may have read what was erased since;
	// waited is false where there are none.
	settle(ctx context.Context, until int64) (waited bool, err error)
	scrub(ctx context.Context) error // see records.Store
	close() error
}

// txn is a transaction of an engine.
type txn interface {
	Q
	bulkTx
	commit(ctx context.Context) error
	rollback(ctx context.Context)
}

type txMode int

const (
	writing txMode = iota
	reading        // one snapshot, on the replica where one is configured
)

// collect reads all rows of a query with scan; the result is never nil.
func collect[T any](ctx context.Context, q Q, scan func(Row) (T, error), sql string, args ...any) ([]T, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []T{}
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}
