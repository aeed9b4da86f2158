package store

import (
	"context"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// pgPoolQ is Q over a pool. A statement that returns rows and meets a connection that ended while it lay idle, as all
// do when the server restarts, runs once more on a new one. Such statements are reads, or the limiter's, which run twice
// can only refuse; Exec is not repeated.
type pgPoolQ struct {
	pgQ
	pool *pgxpool.Pool
}

func onPool(pool *pgxpool.Pool) pgPoolQ { return pgPoolQ{pgQ{pool}, pool} }

// Query implements Q.
func (p pgPoolQ) Query(ctx context.Context, text string, args ...any) (Rows, error) {
	again := func() (Rows, error) { return p.pgQ.Query(ctx, text, args...) }
	rows, err := again()
	if renew(ctx, p.pool, err) {
		return again()
	}
	if err != nil {
		return nil, err
	}
	return &pgPoolRows{rows, func(err error) (Rows, bool) {
		if !renew(ctx, p.pool, err) {
			return nil, false
		}
		rows, err := again()
		return rows, err == nil
	}}, nil
}

// QueryRow implements Q.
func (p pgPoolQ) QueryRow(ctx context.Context, text string, args ...any) Row {
	again := func() Row { return p.pgQ.QueryRow(ctx, text, args...) }
	return pgPoolRow{again(), func(err error) (Row, bool) {
		if !renew(ctx, p.pool, err) {
			return nil, false
		}
		return again(), true
	}}
}

// pgPoolRows asks again when the first row fails to come; with a row read it is too late.
type pgPoolRows struct {
	Rows
	again func(error) (Rows, bool) // nil once anything came
}

func (r *pgPoolRows) Next() bool {
	next := r.Rows.Next()
	again := r.again
	r.again = nil
	if next || again == nil {
		return next
	}
	rows, ok := again(r.Err())
	if !ok {
		return false
	}
	r.Rows = rows
	return rows.Next()
}

type pgPoolRow struct {
	row   Row
	again func(error) (Row, bool)
}

func (r pgPoolRow) Scan(d ...any) error {
	err := r.row.Scan(d...)
	if row, ok := r.again(err); ok {
		return row.Scan(d...)
	}
	return err
}

// beginOn begins a transaction, on a new connection when the first one had ended: nothing ran in it yet.
func beginOn(ctx context.Context, pool *pgxpool.Pool, opts pgx.TxOptions) (pgx.Tx, error) {
	tx, err := pool.BeginTx(ctx, opts)
	if renew(ctx, pool, err) {
		return pool.BeginTx(ctx, opts)
	}
	return tx, err
}

// renew reports whether err tells that a pooled connection had ended, and then empties the pool, since its other
// connections have most likely ended with it.
func renew(ctx context.Context, pool *pgxpool.Pool, err error) bool {
	if err == nil || ctx.Err() != nil || !cut(err) {
		return false
	}
	pool.Reset()
	return true
}

// cut reports whether the server or the network ended an open connection. A server that cannot be reached at all is
// no reason to ask again at once.
func cut(err error) bool {
	var unreached *pgconn.ConnectError
	if errors.As(err, &unreached) {
		return false
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "57P01" || pg.Code == "57P02" // ended by an administrator, or with another session's crash
	}
	var network *net.OpError
	if errors.As(err, &network) {
		return !network.Timeout()
	}
	return pgconn.SafeToRetry(err) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}
