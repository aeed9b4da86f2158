package store

import (
	"context"
	"database/sql"
)

// stmtSource hands out prepared statements; release is called once the statement has been started.
type stmtSource interface {
	stmt(ctx context.Context, text string) (s *sql.Stmt, release func(), err error)
}

// liteQ is Q over a source of statements for writing and one for reading.
type liteQ struct {
	write, read stmtSource
	brief       bool // see brief
}

// brief returns q for reading a few rows by a key. On the embedded store such a statement looks at its context before it begins and not again:
// watching it takes two goroutines for each statement, which cost more than the rows.
func brief(q Q) Q {
	if l, ok := q.(liteQ); ok {
		l.brief = true
		return l
	}
	return q
}

// begin returns the context that the driver watches while a statement reads.
func (l liteQ) begin(ctx context.Context) (context.Context, error) {
	if !l.brief {
		return ctx, nil
	}
	return context.WithoutCancel(ctx), ctx.Err()
}

// Exec implements Q.
func (l liteQ) Exec(ctx context.Context, text string, args ...any) (int64, error) {
	if err := checkTexts(args); err != nil {
		return 0, err
	}
	s, release, err := l.write.stmt(ctx, text)
	if err != nil {
		return 0, classify(ctx, err)
	}
	defer release()
	res, err := s.ExecContext(ctx, args...)
	if err != nil {
		return 0, classify(ctx, err)
	}
	n, err := res.RowsAffected()
	return n, classify(ctx, err)
}

// Query implements Q.
func (l liteQ) Query(ctx context.Context, text string, args ...any) (Rows, error) {
	if err := checkTexts(args); err != nil {
		return nil, err
	}
	watched, err := l.begin(ctx)
	if err != nil {
		return nil, classify(ctx, err)
	}
	s, release, err := l.read.stmt(ctx, text)
	if err != nil {
		return nil, classify(ctx, err)
	}
	defer release()
	rows, err := s.QueryContext(watched, args...)
	if err != nil {
		return nil, classify(ctx, err)
	}
	return liteRows{ctx, rows}, nil
}

// QueryRow implements Q.
func (l liteQ) QueryRow(ctx context.Context, text string, args ...any) Row {
	if err := checkTexts(args); err != nil {
		return liteRow{ctx, nil, err}
	}
	watched, err := l.begin(ctx)
	if err != nil {
		return liteRow{ctx, nil, err}
	}
	s, release, err := l.read.stmt(ctx, text)
	if err != nil {
		return liteRow{ctx, nil, err}
	}
	defer release()
	return liteRow{ctx, s.QueryRowContext(watched, args...), nil}
}

// stmt makes a stmtCache the source of single statements.
func (c *stmtCache) stmt(ctx context.Context, text string) (*sql.Stmt, func(), error) {
	e, err := c.get(ctx, text)
	if err != nil {
		return nil, nil, err
	}
	return e.stmt, func() { c.release(e) }, nil
}

// litePrimary is liteQ whose single statements wait for the writing connection as transactions do.
type litePrimary struct {
	liteQ
	e *sqliteEngine
}

// Exec implements Q.
func (p litePrimary) Exec(ctx context.Context, text string, args ...any) (int64, error) {
	tx, err := p.e.begin(ctx, writing)
	if err != nil {
		return 0, err
	}
	n, err := tx.Exec(ctx, text, args...)
	if err != nil {
		tx.rollback(ctx)
		return 0, err
	}
	return n, tx.commit(ctx)
}

// liteTx is a transaction; it binds each text once.
type liteTx struct {
	tx    *sql.Tx
	cache *stmtCache
	bound map[string]*sql.Stmt
	conn  *sql.Conn // given back when the transaction ends; nil when it took none
}

func newLiteTx(tx *sql.Tx, cache *stmtCache, conn *sql.Conn) *liteTx {
	return &liteTx{tx: tx, cache: cache, bound: map[string]*sql.Stmt{}, conn: conn}
}

func (t *liteTx) stmt(ctx context.Context, text string) (*sql.Stmt, func(), error) {
	s, ok := t.bound[text]
	if !ok {
		var err error
		if s, err = t.cache.bind(ctx, t.tx, text); err != nil {
			return nil, nil, err
		}
		t.bound[text] = s
	}
	return s, func() {}, nil
}

// Exec implements Q.
func (t *liteTx) Exec(ctx context.Context, text string, args ...any) (int64, error) {
	return liteQ{write: t, read: t}.Exec(ctx, text, args...)
}

// Query implements Q.
func (t *liteTx) Query(ctx context.Context, text string, args ...any) (Rows, error) {
	return liteQ{write: t, read: t}.Query(ctx, text, args...)
}

// QueryRow implements Q.
func (t *liteTx) QueryRow(ctx context.Context, text string, args ...any) Row {
	return liteQ{write: t, read: t}.QueryRow(ctx, text, args...)
}

func (t *liteTx) commit(ctx context.Context) error {
	defer t.giveBack()
	return classify(ctx, t.tx.Commit())
}

func (t *liteTx) rollback(context.Context) {
	defer t.giveBack()
	_ = t.tx.Rollback()
}

func (t *liteTx) giveBack() {
	if t.conn != nil {
		_ = t.conn.Close()
	}
}

type liteRows struct {
	ctx  context.Context
	rows *sql.Rows
}

func (r liteRows) Next() bool          { return r.rows.Next() }
func (r liteRows) Scan(d ...any) error { return classify(r.ctx, r.rows.Scan(d...)) }
func (r liteRows) Err() error          { return classify(r.ctx, r.rows.Err()) }
func (r liteRows) Close()              { _ = r.rows.Close() }

type liteRow struct {
	ctx context.Context
	row *sql.Row
	err error
}

func (r liteRow) Scan(d ...any) error {
	if r.err != nil {
		return classify(r.ctx, r.err)
	}
	return classify(r.ctx, r.row.Scan(d...))
}
