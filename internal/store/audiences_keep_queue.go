package store

import (
	"context"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/filter"
)

// MarkStale lets the keeper of the audiences look at records again. What writes records does so by itself; this is for what depends on more than them.
func (db *DB) MarkStale(ctx context.Context, workspaceID string, k filter.Kind, ids []string) error {
	w := db.Workspace(workspaceID)
	b := bulk{table: "stale_records", columns: []column{{"record_id", textColumn}, {"kind", textColumn}, {"mark", intColumn}}, onConflict: `ON CONFLICT DO NOTHING`}
	mark := rand.Int64() // no other transaction's, so that none waits
	for _, id := range ids {
		b.rows = append(b.rows, []any{id, string(k), mark})
	}
	return w.Tx(ctx, func(ctx context.Context, tx *Tx, _ Q) error {
		_, err := w.insertMany(ctx, tx, b)
		return op(err, "mark %s as stale", k)
	})
}

// MarkAll implements audiences.Queue.
func (k keeping) MarkAll(ctx context.Context) error {
	mark := rand.Int64()
	for _, kind := range []filter.Kind{filter.Accounts, filter.Leads} {
		table := tables[kind]
		_, err := k.q.Exec(ctx, `INSERT INTO stale_records (workspace_id, kind, record_id, mark) SELECT r.workspace_id, '`+table+`', r.id, $2 FROM `+table+` r WHERE r.workspace_id = $1`, mark)
		if err != nil {
			return op(err, "mark all %s as stale", kind)
		}
	}
	return nil
}

// Written implements audiences.Queue.
func (k keeping) Written(ctx context.Context, after audiences.Stale, n int) ([]audiences.Stale, error) {
	list, err := collect(ctx, k.q, func(row Row) (s audiences.Stale, err error) { return s, row.Scan((*string)(&s.Kind), &s.ID, &s.Mark) },
		`SELECT s.kind, s.record_id, s.mark FROM (SELECT DISTINCT kind, record_id FROM stale_records WHERE workspace_id = $1 AND (kind, record_id) > ($2, $3)
				ORDER BY kind, record_id`+limit(n)+`) r
			JOIN stale_records s ON s.workspace_id = $1 AND s.kind = r.kind AND s.record_id = r.record_id ORDER BY s.kind, s.record_id, s.mark`,
		string(after.Kind), after.ID)
	return list, op(err, "read what was written")
}

// Drop implements audiences.Queue. A row is named by its record and its mark: between reading and dropping, others may come for the same record.
func (k keeping) Drop(ctx context.Context, rows []audiences.Stale) error {
	ids, marked := map[filter.Kind][]string{}, map[filter.Kind][]string{}
	for _, s := range rows {
		ids[s.Kind] = append(ids[s.Kind], s.ID)
		marked[s.Kind] = append(marked[s.Kind], s.ID+"/"+strconv.FormatInt(s.Mark, 10))
	}
	dia := k.w.db.dia
	for kind := range ids {
		_, err := k.q.Exec(ctx, `DELETE FROM stale_records WHERE workspace_id = $1 AND kind = $2 AND `+dia.anyOf("record_id", "$3")+
			` AND `+dia.anyOf("(record_id || '/' || CAST(mark AS TEXT))", "$4"), string(kind), dia.list(ids[kind]), dia.list(marked[kind]))
		if err != nil {
			return op(err, "drop what was looked at")
		}
	}
	return nil
}

// Due implements audiences.Queue.
func (k keeping) Due(ctx context.Context, by time.Time, n int) ([]audiences.Stale, error) {
	list, err := collect(ctx, k.q, func(row Row) (s audiences.Stale, err error) { return s, row.Scan((*string)(&s.Kind), &s.ID) },
		`SELECT kind, record_id FROM record_clock WHERE workspace_id = $1 AND due_at <= $2 ORDER BY due_at`+limit(n), by.UnixMicro())
	return list, op(err, "read what is due")
}

// SetDue implements audiences.Queue.
func (k keeping) SetDue(ctx context.Context, kind filter.Kind, at map[string]time.Time, sooner bool) error {
	condition := `record_clock.due_at <> EXCLUDED.due_at`
	if sooner {
		condition = `record_clock.due_at > EXCLUDED.due_at`
	}
	b := bulk{table: "record_clock", columns: []column{{"record_id", textColumn}, {"kind", textColumn}, {"due_at", intColumn}},
		onConflict: `ON CONFLICT (workspace_id, kind, record_id) DO UPDATE SET due_at = EXCLUDED.due_at WHERE ` + condition}
	var never []string
	for id, t := range at {
		if t.IsZero() {
			never = append(never, id)
			continue
		}
		b.rows = append(b.rows, []any{id, string(kind), t.UnixMicro()})
	}
	if _, err := k.w.insertMany(ctx, k.tx, b); err != nil || sooner || len(never) == 0 {
		return op(err, "say when %s are due", kind)
	}
	_, err := k.q.Exec(ctx, `DELETE FROM record_clock WHERE workspace_id = $1 AND kind = $2 AND `+k.w.db.dia.anyOf("record_id", "$3"), string(kind), k.w.db.dia.list(never))
	return op(err, "say which %s are never due", kind)
}
