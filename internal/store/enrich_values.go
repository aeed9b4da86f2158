package store

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// traces reads where the values of the records come from, by record and field.
func (w *Workspace) traces(ctx context.Context, q Q, recordIDs []string) (map[string]map[enrich.Field]enrich.Trace, error) {
	out := map[string]map[enrich.Field]enrich.Trace{}
	_, err := collect(ctx, q, func(row Row) (struct{}, error) {
		var id, value, tried string
		var field enrich.Field
		var t enrich.Trace
		var found, asked int64
		err := row.Scan(&id, &field, &value, &t.Source, &t.Confidence, &found, &tried, &t.Problem, &asked)
		if err == nil {
			err = json.Unmarshal([]byte(tried), &t.Tried)
		}
		if t.FoundAt, t.AskedAt = fromMicros(found), fromMicros(asked); value != "" {
			t.Value = json.RawMessage(value)
		}
		if out[id] == nil {
			out[id] = map[enrich.Field]enrich.Trace{}
		}
		out[id][field] = t
		return struct{}{}, err
	}, `SELECT record_id, field, COALESCE(value, ''), COALESCE(source, ''), COALESCE(confidence, 0.0), COALESCE(found_at, 0), tried, problem, asked_at
		FROM enrichment_values WHERE workspace_id = $1 AND `+w.db.dia.anyOf("record_id", "$2"), w.db.dia.list(recordIDs))
	return out, op(err, "read where values come from")
}

// KeepTraces implements enrich.Store.
func (db *DB) KeepTraces(ctx context.Context, workspaceID, recordID string, traces map[enrich.Field]enrich.Trace) error {
	return db.Workspace(workspaceID).Tx(ctx, func(ctx context.Context, _ *Tx, q Q) error {
		for _, f := range slices.Sorted(maps.Keys(traces)) {
			t := traces[f]
			var value, source, confidence, found any
			if t.Value != nil {
				value, source, confidence, found = string(t.Value), t.Source, t.Confidence, micros(t.FoundAt)
			}
			_, err := q.Exec(ctx, `INSERT INTO enrichment_values AS v (workspace_id, record_id, field, value, source, confidence, found_at, tried, problem, asked_at)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
				ON CONFLICT (workspace_id, record_id, field) DO UPDATE SET value = COALESCE(EXCLUDED.value, v.value), source = COALESCE(EXCLUDED.source, v.source),
					confidence = COALESCE(EXCLUDED.confidence, v.confidence), found_at = COALESCE(EXCLUDED.found_at, v.found_at),
					tried = EXCLUDED.tried, problem = EXCLUDED.problem, asked_at = EXCLUDED.asked_at`,
				recordID, string(f), value, source, confidence, found, jsonList(t.Tried), t.Problem, micros(t.AskedAt))
			if err != nil {
				return op(err, "keep where a value comes from")
			}
		}
		return nil
	})
}

// provenance fills in where the record's values come from.
func (w *Workspace) provenance(ctx context.Context, q Q, r *wire.Record) error {
	s := enrich.Stored{Lead: r.Lead, Account: r.Account}
	traces, err := w.traces(ctx, q, []string{s.ID()})
	s.Values = traces[s.ID()]
	r.Enrichment = s.Provenance()
	return err
}
