package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	pgPoolSize       = 16              // connections of a pool unless the URL sets pool_max_conns
	pgConnectTimeout = 3 * time.Second // unless the URL sets connect_timeout
	rollbackTimeout  = 2 * time.Second
)

// postgresEngine is a pool on the primary and, where configured, one on a read replica.
type postgresEngine struct {
	main, read *pgxpool.Pool // read is main when there is no replica
	std        *sql.DB       // over main, for the migrations
}

func openPostgres(ctx context.Context, mainURL, readURL string) (*postgresEngine, error) {
	main, err := openPGPool(ctx, "UNSTUCK_DATABASE_URL", mainURL)
	if err != nil {
		return nil, err
	}
	e := &postgresEngine{main: main, read: main, std: stdlib.OpenDBFromPool(main)}
	if readURL == "" {
		return e, nil
	}
	if e.read, err = openPGPool(ctx, "UNSTUCK_DATABASE_READ_URL", readURL); err != nil {
		e.read = main
		_ = e.close()
		return nil, err
	}
	return e, nil
}

func openPGPool(ctx context.Context, variable, rawURL string) (*pgxpool.Pool, error) {
	if !strings.HasPrefix(rawURL, "postgres://") && !strings.HasPrefix(rawURL, "postgresql://") {
		return nil, fmt.Errorf("%w: %s must begin with postgres://", ErrConfig, variable)
	}
	c, err := pgxpool.ParseConfig(rawURL)
	if err != nil { // its text may hold parts of the URL
		return nil, fmt.Errorf("%w: %s is not a valid PostgreSQL URL", ErrConfig, variable)
	}
	if !strings.Contains(rawURL, "pool_max_conns") {
		c.MaxConns = pgPoolSize
	}
	if !strings.Contains(rawURL, "connect_timeout") {
		c.ConnConfig.ConnectTimeout = pgConnectTimeout
	}
	if c.ConnConfig.RuntimeParams["application_name"] == "" {
		c.ConnConfig.RuntimeParams["application_name"] = "unstuck"
	}
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %s", ErrConfig, variable, redact(err, c.ConnConfig))
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connect to the database of %s: %w (%s)", variable, classify(ctx, err), redact(err, c.ConnConfig))
	}
	return pool, nil
}

// redact returns the text of err, which names host, user and database, without any password.
func redact(err error, c *pgx.ConnConfig) string {
	text := err.Error()
	if c.Password != "" {
		text = strings.ReplaceAll(text, c.Password, "***")
	}
	return text
}

func (e *postgresEngine) primary() Q     { return onPool(e.main) }
func (e *postgresEngine) replica() Q     { return onPool(e.read) }
func (e *postgresEngine) present() error { return nil } // the server answers for its files
func (e *postgresEngine) sqlDB() *sql.DB { return e.std }

func (e *postgresEngine) now(ctx context.Context, q Q) (us int64, err error) {
	err = q.QueryRow(ctx, `SELECT `+pgClock).Scan(&us)
	return us, err
}

func (e *postgresEngine) close() error {
	err := e.std.Close()
	if e.read != e.main {
		e.read.Close()
	}
	e.main.Close()
	return err
}

func (e *postgresEngine) begin(ctx context.Context, mode txMode) (txn, error) {
	pool, opts := e.main, pgx.TxOptions{IsoLevel: pgx.ReadCommitted, AccessMode: pgx.ReadWrite}
	if mode == reading {
		pool, opts = e.read, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	}
	tx, err := beginOn(ctx, pool, opts)
	if err != nil {
		return nil, classify(ctx, err)
	}
	return pgTx{pgQ{tx}, tx}, nil
}

// pgQ is Q over a pool or a transaction.
type pgQ struct {
	x interface {
		Exec(context.Context, string, ...any) (pgconn.CommandTag, error)
		Query(context.Context, string, ...any) (pgx.Rows, error)
		QueryRow(context.Context, string, ...any) pgx.Row
	}
}

// Exec implements Q.
func (p pgQ) Exec(ctx context.Context, text string, args ...any) (int64, error) {
	tag, err := p.x.Exec(ctx, text, planned(args)...)
	return tag.RowsAffected(), classify(ctx, err)
}

// Query implements Q.
func (p pgQ) Query(ctx context.Context, text string, args ...any) (Rows, error) {
	rows, err := p.x.Query(ctx, text, planned(args)...)
	if err != nil {
		return nil, classify(ctx, err)
	}
	return pgRows{ctx, rows}, nil
}

// QueryRow implements Q.
func (p pgQ) QueryRow(ctx context.Context, text string, args ...any) Row {
	return pgRow{ctx, p.x.QueryRow(ctx, text, planned(args)...)}
}

// planned has a statement with a list planned at each run. Otherwise the server keeps the plan of the first runs, which
// for a table that was empty then is a scan of everything, however large the table grows.
func planned(args []any) []any {
	for _, a := range args {
		switch a.(type) {
		case []string, []*string:
			return append([]any{pgx.QueryExecModeCacheDescribe}, args...)
		}
	}
	return args
}

type pgTx struct {
	pgQ
	tx pgx.Tx
}

func (t pgTx) commit(ctx context.Context) error { return classify(ctx, t.tx.Commit(ctx)) }

// rollback works on a cancelled context too, so that the connection can be used again.
func (t pgTx) rollback(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
	defer cancel()
	_ = t.tx.Rollback(ctx)
}

type pgRows struct {
	ctx  context.Context
	rows pgx.Rows
}

func (r pgRows) Next() bool          { return r.rows.Next() }
func (r pgRows) Scan(d ...any) error { return classify(r.ctx, r.rows.Scan(d...)) }
func (r pgRows) Err() error          { return classify(r.ctx, r.rows.Err()) }
func (r pgRows) Close()              { r.rows.Close() }

type pgRow struct {
	ctx context.Context
	row pgx.Row
}

func (r pgRow) Scan(d ...any) error { return classify(r.ctx, r.row.Scan(d...)) }
