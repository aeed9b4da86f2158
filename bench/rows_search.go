package main

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// searched is the size of the world of G17.
const searched = 100_000

// searchRate is G17: two-word queries a second for 20 hits, counted, ranked and with words a typing error away, beside a driver that only looks
// the two words up in the same index and reads 20 of the rows.
func searchRate(e engine) func(context.Context, *stage) (pair, error) {
	return func(ctx context.Context, s *stage) (pair, error) {
		w, err := s.world(ctx, e, searched)
		if err != nil {
			return pair{}, err
		}
		ours, err := s.searcher(ctx, w)
		if err != nil {
			return pair{}, err
		}
		bare, err := s.bareSearcher(ctx, w)
		return pair{s.rate([]call{ours}), s.rate([]call{bare})}, err
	}
}

// searchTime is G17: a quantile of the time of such a query, in ms, beside a number.
func searchTime(e engine, figure func(load) float64, budget float64) func(context.Context, *stage) (pair, error) {
	return func(ctx context.Context, s *stage) (pair, error) {
		w, err := s.world(ctx, e, searched)
		if err != nil {
			return pair{}, err
		}
		ours, err := s.searcher(ctx, w)
		return pair{func(ctx context.Context) (float64, error) {
			got, err := drive(ctx, []call{ours}, s.span())
			return figure(got), err
		}, fixed(budget)}, err
	}
}

func loadP50(l load) float64 { return l.p50 * 1e3 }

// searcher asks the search of this program within this process.
func (s *stage) searcher(ctx context.Context, w *world) (call, error) {
	db, err := s.open(ctx, w.database)
	if err != nil {
		return nil, err
	}
	service, queries, next, limit := search.New(db), w.queries(500), 0, 20
	s.onEnd(func() error { service.Close(); return nil })
	if err := service.Warm(ctx, w.workspace); err != nil {
		return nil, err
	}
	return s.warm(func() error {
		next++
		_, err := service.Accounts(ctx, w.workspace, wire.FindAccounts{Query: queries[next%len(queries)], Page: wire.Page{Limit: &limit}})
		return err
	})
}

// bareSearcher asks the engine's index by its bare driver.
func (s *stage) bareSearcher(ctx context.Context, w *world) (call, error) {
	queries, next := w.queries(500), 0
	ask, short, err := s.bareQuery(ctx, w)
	if err != nil {
		return nil, err
	}
	return s.warm(func() error {
		next++
		var tokens []string
		for word := range strings.FieldsSeq(queries[next%len(queries)]) {
			tokens = append(tokens, search.Token(short, search.InAll, word))
		}
		return ask(tokens)
	})
}

const (
	liteWords = `SELECT r.id, r.name, r.domain FROM accounts_fts f CROSS JOIN accounts r ON r.doc = f.rowid WHERE accounts_fts MATCH $1 LIMIT 20`
	pgWords   = `SELECT id, name, domain FROM accounts WHERE search @@ $1::text::tsquery LIMIT 20`
	shortID   = `SELECT short_id FROM workspaces WHERE id = $1`
)

// bareQuery returns how to ask for all of some tokens, and the workspace's short id.
func (s *stage) bareQuery(ctx context.Context, w *world) (ask func(tokens []string) error, short int64, err error) {
	if w.file == "" {
		pool, err := pgxpool.New(ctx, w.database.url)
		if err != nil {
			return nil, 0, err
		}
		s.onEnd(func() error { pool.Close(); return nil })
		err = pool.QueryRow(ctx, shortID, w.workspace).Scan(&short)
		return func(tokens []string) error {
			found, err := pool.Query(ctx, pgWords, `'`+strings.Join(tokens, `' & '`)+`'`)
			return drain(found, err)
		}, short, err
	}
	db, err := sql.Open("sqlite", "file:"+w.file+"?_pragma=query_only(1)&_pragma=busy_timeout(10000)")
	if err != nil {
		return nil, 0, err
	}
	s.onEnd(db.Close)
	stmt, err := db.PrepareContext(ctx, liteWords)
	if err != nil {
		return nil, 0, err
	}
	s.onEnd(stmt.Close)
	err = db.QueryRowContext(ctx, shortID, w.workspace).Scan(&short)
	return func(tokens []string) error {
		found, err := stmt.QueryContext(ctx, `"`+strings.Join(tokens, `" AND "`)+`"`)
		if err == nil {
			defer func() { _ = found.Close() }()
		}
		return drain(found, err)
	}, short, err
}

// drain reads three texts of each row.
func drain(found interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
}, err error) error {
	if err != nil {
		return err
	}
	var id, domain string
	var name *string
	for found.Next() {
		if err := found.Scan(&id, &name, &domain); err != nil {
			return err
		}
	}
	return found.Err()
}

// warm runs a call for as long as a fifth of a sample before it is measured.
func (s *stage) warm(one call) (call, error) {
	for begun := time.Now(); time.Since(begun) < s.span()/5; {
		if err := one(); err != nil {
			return nil, err
		}
	}
	return one, nil
}
