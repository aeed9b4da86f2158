package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/qualify"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var _ qualify.Store = (*DB)(nil)

// LockRecords implements qualify.Store and signals.Store.
func (db *DB) LockRecords(ctx context.Context, workspaceID string) error {
	w := db.Workspace(workspaceID)
	return w.Tx(ctx, func(ctx context.Context, tx *Tx, _ Q) error { return w.lockRecords(ctx, tx) })
}

// heldAtOnce is how many conditions one statement asks for.
const heldAtOnce = 60

// Held implements qualify.Store.
func (db *DB) Held(ctx context.Context, workspaceID string, kind filter.Kind, conditions []filter.Node, ids []string) (map[string][]bool, error) {
	w := db.Workspace(workspaceID)
	out := map[string][]bool{}
	for some := range slices.Chunk(conditions, heldAtOnce) {
		if err := w.hold(ctx, kind, some, ids, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// worked has the whole answer worked out before its first row is given, since SQLite's driver ends a statement with its context until then alone.
const worked = ` ORDER BY r.id || ''`

// hold adds to out, by record, which of the conditions hold.
func (w *Workspace) hold(ctx context.Context, kind filter.Kind, conditions []filter.Node, ids []string, out map[string][]bool) error {
	c := &compiler{dia: w.db.dia, few: true}
	which := c.dia.anyOf("r.id", c.arg(c.dia.list(ids)))
	columns := make([]string, len(conditions))
	for i, n := range conditions {
		columns[i] = `CASE WHEN ` + c.node(subject{kind, "r"}, n) + ` THEN 1 ELSE 0 END`
	}
	_, err := collect(ctx, w.q(ctx), func(row Row) (struct{}, error) {
		var id string
		cells, held := []any{&id}, make([]int64, len(conditions))
		for i := range held {
			cells = append(cells, &held[i])
		}
		err := row.Scan(cells...)
		for _, h := range held {
			out[id] = append(out[id], h == 1)
		}
		return struct{}{}, err
	}, `SELECT r.id, `+strings.Join(columns, `, `)+` FROM `+tables[kind]+` r WHERE r.workspace_id = $1 AND `+which+worked, c.args...)
	return op(err, "hold %s against conditions", kind)
}

// KeepQualifications implements qualify.Store. The rows are written in one order by all.
func (db *DB) KeepQualifications(ctx context.Context, workspaceID string, kind filter.Kind, list []qualify.Result) error {
	if len(list) == 0 {
		return nil
	}
	list = slices.SortedFunc(slices.Values(list), func(a, b qualify.Result) int { return cmp.Compare(a.ID, b.ID) })
	w := db.Workspace(workspaceID)
	return w.Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		breakdowns, err := breakdownRows(list)
		if err != nil {
			return err
		}
		if _, err := w.insertMany(ctx, tx, breakdowns); err != nil {
			return op(err, "keep what %s fit", kind)
		}
		columns := qualificationColumns(kind, list)
		if err := w.updateMany(ctx, tx, columns); err != nil || len(columns.rows) == 0 {
			return op(err, "qualify %s", kind)
		}
		ids := make([]string, len(columns.rows))
		for i, row := range columns.rows {
			ids[i], _ = row[0].(string)
		}
		return db.MarkStale(ctx, workspaceID, kind, ids)
	})
}

// qualificationColumns are the codes and scores that stand with the records, of those where they change.
func qualificationColumns(kind filter.Kind, list []qualify.Result) bulk {
	b := bulk{table: tables[kind], columns: []column{{"id", textColumn}, {"icp_code", textColumn}, {"icp_score", intColumn}}}
	if kind == filter.Leads {
		b.columns = append(b.columns, column{"persona_code", textColumn}, column{"persona_score", intColumn})
	}
	for _, r := range list {
		if !r.Changed {
			continue
		}
		row := append([]any{r.ID}, codeAndScore(r.ICP)...)
		if kind == filter.Leads {
			row = append(row, codeAndScore(r.Persona)...)
		}
		b.rows = append(b.rows, row)
	}
	return b
}

func codeAndScore(f *qualify.Fit) []any {
	if f == nil {
		return []any{nil, nil}
	}
	return []any{f.Code, f.Score}
}

func breakdownRows(list []qualify.Result) (bulk, error) {
	b := bulk{table: "record_qualifications", columns: []column{{"record_id", textColumn}, {"settings_version", intColumn}, {"qualified_at", intColumn},
		{"icps", textColumn}, {"personas", textColumn}},
		onConflict: `ON CONFLICT (workspace_id, record_id) DO UPDATE SET settings_version = EXCLUDED.settings_version, qualified_at = EXCLUDED.qualified_at,
			icps = EXCLUDED.icps, personas = EXCLUDED.personas`}
	for _, r := range list {
		view := r.Breakdown()
		icps, err := json.Marshal(view.ICPs)
		if err != nil {
			return b, fault.Wrap(fault.Internal, err)
		}
		personas, err := json.Marshal(view.Personas)
		if err != nil {
			return b, fault.Wrap(fault.Internal, err)
		}
		b.rows = append(b.rows, []any{r.ID, r.Version, r.At.UnixMicro(), string(icps), string(personas)})
	}
	return b, nil
}

// scoring fills in where the record's scores come from.
func (w *Workspace) scoring(ctx context.Context, q Q, r *wire.Record) error {
	var b wire.Breakdown
	var asOf, version, at int64
	var icps, personas string
	err := q.QueryRow(ctx, `SELECT COALESCE(c.as_of, 0), COALESCE(f.settings_version, 0), COALESCE(f.qualified_at, 0), COALESCE(f.icps, 'null'), COALESCE(f.personas, 'null')
		FROM workspaces w LEFT JOIN audience_clock c ON c.workspace_id = w.id LEFT JOIN record_qualifications f ON f.workspace_id = w.id AND f.record_id = $2
		WHERE w.id = $1`, r.ID()).Scan(&asOf, &version, &at, &icps, &personas)
	if err == nil {
		err = errors.Join(json.Unmarshal([]byte(icps), &b.ICPs), json.Unmarshal([]byte(personas), &b.Personas))
	}
	if at != 0 {
		b.SettingsVersion, b.QualifiedAt = version, fromMicros(at)
		r.Qualification = &b
	}
	r.EngagementAsOf = wire.Time(fromMicros(asOf))
	return op(err, "read where scores come from")
}
