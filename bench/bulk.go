package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// rows are whole rows of a table, for writing them again.
type rows struct {
	table   string
	columns []string
	values  [][]any
}

// fresh returns the rows as new ones: with ids and hashes of their own.
func (r rows) fresh() [][]any {
	out := make([][]any, len(r.values))
	id, external, dedupe := slices.Index(r.columns, "id"), slices.Index(r.columns, "external_id"), slices.Index(r.columns, "dedupe")
	for i, v := range r.values {
		out[i] = slices.Clone(v)
		out[i][id] = uuid.Must(uuid.NewV7()).String()
		var sum [32]byte
		_, _ = rand.Read(sum[:]) // never fails
		out[i][external], out[i][dedupe] = "copy-"+hex.EncodeToString(sum[:6]), hex.EncodeToString(sum[:])
	}
	return out
}

// copier makes n clients that each COPY 500 rows a call, those that the API wrote, into a table like the API's.
func (s *stage) copier(ctx context.Context, url string, n int) ([]call, error) {
	pool, err := pgxpool.New(ctx, fmt.Sprintf("%s&pool_max_conns=%d", url, n))
	if err != nil {
		return nil, err
	}
	s.onEnd(func() error { pool.Close(); return nil })
	if _, err := pool.Exec(ctx, `CREATE TABLE copied (LIKE signals INCLUDING ALL)`); err != nil {
		return nil, err
	}
	found, err := pool.Query(ctx, `SELECT * FROM signals LIMIT 500`)
	if err != nil {
		return nil, err
	}
	r := rows{table: "copied"}
	for _, f := range found.FieldDescriptions() {
		r.columns = append(r.columns, f.Name)
	}
	r.values, err = pgx.CollectRows(found, func(row pgx.CollectableRow) ([]any, error) { return row.Values() })
	if err != nil {
		return nil, err
	}
	if len(r.values) != batchSize {
		return nil, fmt.Errorf("%d rows to copy", len(r.values))
	}
	return crew(n, func() (call, error) {
		return func() error {
			_, err := pool.CopyFrom(ctx, pgx.Identifier{r.table}, r.columns, pgx.CopyFromRows(r.fresh()))
			return err
		}, nil
	})
}
