package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/engagement"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Subjects implements audiences.Subjects.
func (k keeping) Subjects(ctx context.Context, kind filter.Kind, ids []string, from, to time.Time, most int) ([]audiences.Subject, error) {
	signals, err := k.signalsOf(ctx, kind, ids, from, to, most)
	if err != nil {
		return nil, err
	}
	list, err := collect(ctx, k.q, func(row Row) (s audiences.Subject, err error) {
		err = row.Scan(&s.ID, &s.Score, (*string)(&s.Stage))
		s.Signals = signals[s.ID]
		return s, err
	}, `SELECT r.id, r.engagement_score, COALESCE(r.engagement_stage, '') FROM `+tables[kind]+` r WHERE r.workspace_id = $1 AND `+k.w.db.dia.anyOf("r.id", "$2"), k.w.db.dia.list(ids))
	return list, op(err, "read how engaged %s are", kind)
}

// signalsOf reads the signals of records, by record.
func (k keeping) signalsOf(ctx context.Context, kind filter.Kind, ids []string, from, to time.Time, most int) (map[string][]engagement.Signal, error) {
	owner := foreignKey(relationTo(kind))
	out := map[string][]engagement.Signal{}
	_, err := collect(ctx, k.q, func(row Row) (none struct{}, err error) {
		var id string
		var s engagement.Signal
		var at int64
		err = row.Scan(&id, &s.Type, &s.Source, &at)
		s.At = time.UnixMicro(at).UTC()
		out[id] = append(out[id], s)
		return none, err
	}, `SELECT owner, signal_type, source, occurred_at FROM (
			SELECT s.`+owner+` AS owner, s.signal_type, s.source, s.occurred_at, ROW_NUMBER() OVER (PARTITION BY s.`+owner+` ORDER BY s.occurred_at DESC, s.id DESC) AS place
			FROM signals s WHERE s.workspace_id = $1 AND `+k.w.db.dia.anyOf("s."+owner, "$2")+` AND s.occurred_at > $3 AND s.occurred_at <= $4
		) newest WHERE place <= $5`, k.w.db.dia.list(ids), from.UnixMicro(), to.UnixMicro(), most)
	return out, op(err, "read the signals of %s", kind)
}

// SetScores implements audiences.Subjects.
func (k keeping) SetScores(ctx context.Context, kind filter.Kind, scores []audiences.Scored) error {
	b := bulk{table: tables[kind], columns: []column{{"id", textColumn}, {"engagement_score", intColumn}, {"engagement_stage", textColumn}}}
	for _, s := range scores {
		b.rows = append(b.rows, []any{s.ID, int64(s.Score), string(s.Stage)})
	}
	return op(k.w.updateMany(ctx, k.tx, b), "keep how engaged %s are", kind)
}

// Comings implements audiences.Subjects: each time is looked up in the index.
func (k keeping) Comings(ctx context.Context, kind filter.Kind, ids []string, from []time.Time) (map[string][]time.Time, error) {
	args, columns := []any{k.w.db.dia.list(ids)}, ``
	for _, t := range from {
		args = append(args, t.UnixMicro())
		columns += `, (SELECT MIN(s.occurred_at) FROM signals s WHERE s.workspace_id = $1 AND s.` + foreignKey(relationTo(kind)) +
			` = r.id AND s.occurred_at >= ` + placeholder(len(args)+1) + `)`
	}
	out := make(map[string][]time.Time, len(ids))
	_, err := collect(ctx, k.q, func(row Row) (none struct{}, err error) {
		var id string
		cells, found := []any{&id}, make([]*int64, len(from))
		for i := range found {
			cells = append(cells, &found[i])
		}
		err = row.Scan(cells...)
		out[id] = make([]time.Time, len(from))
		for i, at := range found {
			if at != nil {
				out[id][i] = time.UnixMicro(*at).UTC()
			}
		}
		return none, err
	}, `SELECT r.id`+columns+` FROM `+tables[kind]+` r WHERE r.workspace_id = $1 AND `+k.w.db.dia.anyOf("r.id", "$2"), args...)
	return out, op(err, "read when the signals of %s come", kind)
}

// steps are the columns by which a step leads from records to others, and their table.
var steps = map[audiences.Step]struct{ table, from, to string }{
	audiences.LeadsOfAccounts:   {"leads", "account_id", "id"},
	audiences.AccountsOfLeads:   {"leads", "id", "account_id"},
	audiences.AccountsBySignals: {"signals", "lead_id", "account_id"},
	audiences.LeadsBySignals:    {"signals", "account_id", "lead_id"},
}

// Related implements audiences.Subjects.
func (k keeping) Related(ctx context.Context, s audiences.Step, ids []string) ([]string, error) {
	by := steps[s]
	list, err := collect(ctx, k.q, func(row Row) (id string, err error) { return id, row.Scan(&id) }, `SELECT DISTINCT r.`+by.to+` FROM `+by.table+` r
		WHERE r.workspace_id = $1 AND `+k.w.db.dia.anyOf("r."+by.from, "$2")+` AND r.`+by.to+` IS NOT NULL`, k.w.db.dia.list(ids))
	return list, op(err, "find related records")
}

// After implements audiences.Subjects.
func (k keeping) After(ctx context.Context, kind filter.Kind, id string, n int) ([]string, error) {
	list, err := collect(ctx, k.q, func(row Row) (id string, err error) { return id, row.Scan(&id) },
		`SELECT r.id FROM `+tables[kind]+` r WHERE r.workspace_id = $1 AND r.id > $2 ORDER BY r.id`+limit(n), id)
	return list, op(err, "read the next %s", kind)
}

// Holding implements audiences.Subjects.
func (k keeping) Holding(ctx context.Context, kind filter.Kind, n filter.Node, ranking []wire.Sort, ids []string) (map[string]string, error) {
	var order []search.Order
	for _, s := range ranking {
		via, f, _ := filter.Lookup(kind, s.Field)
		order = append(order, search.Order{Via: via, Field: f})
	}
	out := make(map[string]string, len(ids))
	for part := range slices.Chunk(ids, amongMost) {
		sel := k.w.among(kind, n, part)
		sel.from += joins(order)
		columns, values := []string{`r.id`}, make([]any, len(order)+1)
		for i, o := range order {
			key := sel.sortKey(aliasOf(o.Via), o.Field, false)
			columns, values[i+1] = append(columns, key.column), new(*string)
			if key.number {
				values[i+1] = new(*int64)
			}
		}
		_, err := collect(ctx, k.q, func(row Row) (none struct{}, err error) {
			var id string
			values[0] = &id
			err = row.Scan(values...)
			out[id] = digestOf(values[1:])
			return none, err
		}, sel.text(strings.Join(columns, `, `), ``), sel.args...)
		if err != nil {
			return nil, op(err, "look which %s are in an audience", kind)
		}
	}
	return out, nil
}

// digestOf tells lists of scanned cells apart without keeping what is in them; "" of none.
func digestOf(cells []any) string {
	if len(cells) == 0 {
		return ""
	}
	values := make([]any, len(cells))
	for i, c := range cells {
		values[i] = valueOf(c)
	}
	raw, err := json.Marshal(values)
	if err != nil { // texts and integers
		panic(err)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:12])
}
