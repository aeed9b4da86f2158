package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

func (r rows) insert() string {
	marks := strings.TrimSuffix(strings.Repeat("?,", len(r.columns)), ",")
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", r.table, strings.Join(r.columns, ","), marks)
}

// lite opens a SQLite file as the store opens it for writing.
func (s *stage) lite(file string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+file+"?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)")
	if err != nil {
		return nil, err
	}
	s.onEnd(db.Close)
	db.SetMaxOpenConns(1)
	return db, nil
}

// read returns all rows of a table, or as many as limit when it is not 0.
func read(ctx context.Context, db *sql.DB, table string, limit int) (rows, error) {
	text := "SELECT * FROM " + table // #nosec G202 -- the names stand in this package
	if limit > 0 {
		text += fmt.Sprintf(" LIMIT %d", limit)
	}
	found, err := db.QueryContext(ctx, text)
	if err != nil {
		return rows{}, err
	}
	defer found.Close()
	r := rows{table: table}
	if r.columns, err = found.Columns(); err != nil {
		return r, err
	}
	for found.Next() {
		values, places := make([]any, len(r.columns)), make([]any, len(r.columns))
		for i := range values {
			places[i] = &values[i]
		}
		if err := found.Scan(places...); err != nil {
			return r, err
		}
		r.values = append(r.values, values)
	}
	return r, found.Err()
}

// write puts the values into the table in one transaction.
func (r rows) write(ctx context.Context, db *sql.DB, values [][]any) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // without effect after the commit
	stmt, err := tx.PrepareContext(ctx, r.insert())
	if err != nil {
		return err
	}
	for _, v := range values {
		if _, err := stmt.ExecContext(ctx, v...); err != nil {
			return fmt.Errorf("insert into %s: %w", r.table, err)
		}
	}
	return tx.Commit()
}

// transactions makes a client that writes 500 rows a call, those that the API wrote to its file, into a file of its own
// with the same schema.
func (s *stage) transactions(ctx context.Context, written string) ([]call, error) {
	source, err := s.lite(written)
	if err != nil {
		return nil, err
	}
	r, err := read(ctx, source, "signals", batchSize)
	if err != nil {
		return nil, err
	}
	if len(r.values) != batchSize {
		return nil, fmt.Errorf("%d rows to write", len(r.values))
	}
	d, err := s.database(ctx, sqlite)
	if err != nil {
		return nil, err
	}
	if _, err := s.open(ctx, d); err != nil { // migrates
		return nil, err
	}
	db, err := s.lite(d.file)
	return []call{func() error { return r.write(ctx, db, r.fresh()) }}, err
}
