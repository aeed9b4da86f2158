package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/unstuckengine/unstuck/internal/usage"
)

var _ usage.Store = (*DB)(nil)

// AddUsage implements usage.Store. Rows are taken in one order, so that two processes cannot deadlock.
func (db *DB) AddUsage(ctx context.Context, rows []usage.Row) error {
	sorted := slices.SortedFunc(slices.Values(rows), func(a, b usage.Row) int {
		return cmp.Or(cmp.Compare(a.WorkspaceID, b.WorkspaceID), a.Hour.Compare(b.Hour), cmp.Compare(a.KeyID, b.KeyID), cmp.Compare(a.Tool, b.Tool))
	})
	return db.Tx(ctx, func(ctx context.Context, tx *Tx) error {
		for _, r := range sorted {
			var least any
			if r.Measured {
				least = r.Least
			}
			_, err := tx.Exec(ctx, `INSERT INTO usage_hours AS u (workspace_id, hour, key_id, tool, requests, errors, refusals, limited, least_remaining)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (workspace_id, hour, key_id, tool) DO UPDATE SET
				requests = u.requests + EXCLUDED.requests, errors = u.errors + EXCLUDED.errors, refusals = u.refusals + EXCLUDED.refusals, limited = u.limited + EXCLUDED.limited,
				least_remaining = CASE WHEN u.least_remaining IS NULL OR EXCLUDED.least_remaining < u.least_remaining THEN EXCLUDED.least_remaining ELSE u.least_remaining END`,
				r.WorkspaceID, r.Hour.UnixMicro(), r.KeyID, r.Tool, r.Requests, r.Errors, r.Refusals, r.Limited, least)
			if err != nil {
				return op(err, "add to the usage of key %q", r.KeyID)
			}
		}
		return nil
	})
}

// AddClients implements usage.Store. Two processes that each see a new program of one key at the same time may pass the number that are told apart.
func (db *DB) AddClients(ctx context.Context, rows []usage.ClientRow) error {
	sorted := slices.SortedFunc(slices.Values(rows), func(a, b usage.ClientRow) int {
		return cmp.Or(cmp.Compare(a.WorkspaceID, b.WorkspaceID), cmp.Compare(a.KeyID, b.KeyID), a.FirstUsedAt.Compare(b.FirstUsedAt), cmp.Compare(a.Name, b.Name))
	})
	return db.Tx(ctx, func(ctx context.Context, tx *Tx) error {
		for _, r := range sorted {
			_, err := tx.Exec(ctx, `INSERT INTO usage_clients AS c (workspace_id, key_id, client, first_used_at, last_used_at, requests)
				SELECT $1, $2, CASE WHEN COUNT(*) < $8 OR COALESCE(SUM(CASE WHEN client = $3 THEN 1 ELSE 0 END), 0) = 1 THEN $3 ELSE $7 END, $4, $5, $6
				FROM usage_clients WHERE workspace_id = $1 AND key_id = $2 AND client <> $7
				ON CONFLICT (workspace_id, key_id, client) DO UPDATE SET requests = c.requests + EXCLUDED.requests,
				first_used_at = CASE WHEN EXCLUDED.first_used_at < c.first_used_at THEN EXCLUDED.first_used_at ELSE c.first_used_at END,
				last_used_at = CASE WHEN EXCLUDED.last_used_at > c.last_used_at THEN EXCLUDED.last_used_at ELSE c.last_used_at END`,
				r.WorkspaceID, r.KeyID, r.Name, r.FirstUsedAt.UnixMicro(), r.LastUsedAt.UnixMicro(), r.Requests, usage.Other, usage.MostClients)
			if err != nil {
				return op(err, "add to the programs of key %q", r.KeyID)
			}
		}
		return nil
	})
}

// UsageClients implements usage.Store.
func (db *DB) UsageClients(ctx context.Context, workspaceID, keyID string) ([]usage.Client, error) {
	out, err := collect(ctx, db.Workspace(workspaceID).q(ctx), func(row Row) (c usage.Client, err error) {
		var first, last int64
		err = row.Scan(&c.Name, &first, &last, &c.Requests)
		c.FirstUsedAt, c.LastUsedAt = fromMicros(first), fromMicros(last)
		return c, err
	}, `SELECT client, first_used_at, last_used_at, requests FROM usage_clients WHERE workspace_id = $1 AND key_id = $2 ORDER BY last_used_at DESC, client`, keyID)
	return out, op(err, "list the programs of key %q", keyID)
}

// UsageSums implements usage.Store: requests and credits as of one moment.
func (db *DB) UsageSums(ctx context.Context, workspaceID string, q usage.Query) (out []usage.Sum, err error) {
	name := map[usage.By]string{usage.ByKey: `key_id`, usage.ByTool: `tool`, "": `''`}[q.By]
	args := []any{q.From.UnixMicro(), q.To.UnixMicro(), q.Key, q.Tool, time.Duration(q.Step).Microseconds()}
	err = db.Workspace(workspaceID).View(ctx, func(ctx context.Context, view Q) error {
		requests, err := collect(ctx, view, scanSum, `SELECT hour - hour % $6, `+name+`, `+requestSums+` FROM usage_hours WHERE workspace_id = $1
			AND hour >= $2 AND hour < $3 AND ($4 = '' OR key_id = $4) AND ($5 = '' OR tool = $5) GROUP BY 1, 2 ORDER BY 1, 2`, args...)
		if err != nil {
			return op(err, "sum up requests")
		}
		spent, err := collect(ctx, view, scanSum, `SELECT at - at % $6, `+name+`, 0, 0, 0, 0, CAST(-SUM(amount) AS BIGINT), -1 FROM credit_ledger WHERE workspace_id = $1
			AND kind = 'charge' AND at >= $2 AND at < $3 AND ($4 = '' OR key_id = $4) AND ($5 = '' OR tool = $5) GROUP BY 1, 2 ORDER BY 1, 2`, args...)
		out = append(requests, spent...)
		return op(err, "sum up credits")
	})
	return out, err
}

const requestSums = `CAST(SUM(requests) AS BIGINT), CAST(SUM(errors) AS BIGINT), CAST(SUM(refusals) AS BIGINT), CAST(SUM(limited) AS BIGINT), 0,
	COALESCE(MIN(least_remaining), -1)`

func scanSum(row Row) (s usage.Sum, err error) {
	var at int64
	err = row.Scan(&at, &s.Name, &s.Requests, &s.Errors, &s.Refusals, &s.Limited, &s.Credits, &s.Least)
	if s.Measured = s.Least >= 0; !s.Measured {
		s.Least = 0
	}
	s.At = time.UnixMicro(at).UTC()
	return s, err
}

// PurgeUsage deletes the counts of hours that began longer ago than usage.Kept, and the programs that were not seen since, and returns how many rows there were.
func (db *DB) PurgeUsage(ctx context.Context) (total int64, err error) {
	all, err := db.ListWorkspaces(ctx)
	for _, one := range all {
		err := db.Workspace(one.ID).Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
			before := tx.now - usage.Kept.Microseconds()
			hours, err := q.Exec(ctx, `DELETE FROM usage_hours WHERE workspace_id = $1 AND hour < $2`, before)
			if err != nil {
				return op(err, "purge usage")
			}
			clients, err := q.Exec(ctx, `DELETE FROM usage_clients WHERE workspace_id = $1 AND last_used_at < $2`, before)
			total += hours + clients
			return op(err, "purge programs")
		})
		if err != nil {
			return total, err
		}
	}
	return total, err
}
