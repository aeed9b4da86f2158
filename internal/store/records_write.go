package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/ingest"
)

// merging is one record while the lines of a call are merged into it.
type merging[T any] struct {
	id      string
	row     T
	before  []any // what is stored; nil for a new record
	lines   []int
	changed []bool // whether the line at the same place of lines said anything new
}

// merger gathers what a call does to the records of one kind.
type merger[T any] struct {
	kind    *recordKind[T]
	touched []*merging[T]
	out     []ingest.Outcome
}

func newMerger[T any](kind *recordKind[T], lines int) *merger[T] {
	return &merger[T]{kind: kind, out: make([]ingest.Outcome, lines)}
}

// put merges a line into the record found, or into a new one when that is nil, and returns it.
func (m *merger[T]) put(line int, in *T, into *merging[T]) (*merging[T], error) {
	if into == nil {
		into = &merging[T]{id: newID()}
	}
	changed, err := merge(m.kind.fields, &into.row, in)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err)
	}
	if len(into.lines) == 0 {
		m.touched = append(m.touched, into)
	}
	into.lines, into.changed = append(into.lines, line), append(into.changed, changed)
	return into, nil
}

// settle tells what each line did, and returns the records that must be written. A record that ends as it was stored
// is not written, even when one line changed it and a later one changed it back.
func (m *merger[T]) settle() (created, updated []*merging[T]) {
	for _, r := range m.touched {
		same := r.before != nil && slices.Equal(r.before, plainValues(m.kind.fields, &r.row))
		switch {
		case r.before == nil:
			created = append(created, r)
		case !same:
			updated = append(updated, r)
		}
		for i, line := range r.lines {
			effect := ingest.Unchanged
			if r.before == nil && i == 0 {
				effect = ingest.Created
			} else if r.changed[i] && !same {
				effect = ingest.Updated
			}
			m.out[line].ID, m.out[line].Effect = r.id, effect
		}
	}
	return created, updated
}

// write stores what settle returned, with the text index and the vocabulary. The caller holds lockRecords.
func write[T any](ctx context.Context, w *Workspace, tx *Tx, kind *recordKind[T], created, updated []*merging[T]) error {
	var plain, texts []*merging[T]
	for _, r := range updated {
		if kind.textsDiffer(r) {
			texts = append(texts, r)
		} else {
			plain = append(plain, r)
		}
	}
	if err := w.updateMany(ctx, tx, recordBulk(kind, plain, tx.now, "updated_at")); err != nil {
		return op(err, "update %s", kind.table)
	}
	if len(created)+len(texts) == 0 {
		return nil
	}
	x, err := w.indexing(ctx, tx)
	if err != nil {
		return err
	}
	if _, err := w.insertMany(ctx, tx, indexBulk(x, kind, created, recordBulk(kind, created, tx.now, "created_at", "updated_at"))); err != nil {
		return op(err, "add %s", kind.table)
	}
	if err := w.updateMany(ctx, tx, indexBulk(x, kind, texts, recordBulk(kind, texts, tx.now, "updated_at"))); err != nil {
		return op(err, "update %s", kind.table)
	}
	return w.addWords(ctx, tx, x.words)
}

// recordBulk returns the rows of records, with the time in the columns that times names.
func recordBulk[T any](kind *recordKind[T], records []*merging[T], now int64, times ...string) bulk {
	b := bulk{table: kind.table, columns: append([]column{{"id", textColumn}}, columnsOf(kind.fields)...)}
	for _, name := range times {
		b.columns = append(b.columns, column{name, intColumn})
	}
	for _, r := range records {
		row := appendValues(append(make([]any, 0, len(b.columns)+3), r.id), kind.fields, &r.row)
		for range times {
			row = append(row, now)
		}
		b.rows = append(b.rows, row)
	}
	return b
}

// lockRecords keeps other transactions from changing the workspace's records until tx ends, so that what was looked up
// after it stays true: two callers that miss the same record do not both make it.
func (w *Workspace) lockRecords(ctx context.Context, tx *Tx) error {
	n, err := w.bind(tx).Exec(ctx, `UPDATE workspaces SET words_version = words_version WHERE id = $1`)
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, fault.NotFound.Detail())
	}
	return op(err, "lock the records")
}

// readRecords reads the records whose column holds one of the values, in the order of their ids.
func readRecords[T any](ctx context.Context, w *Workspace, q Q, kind *recordKind[T], columnName string, values []string) ([]*merging[T], error) {
	if len(values) == 0 {
		return nil, nil
	}
	text := `SELECT id, ` + selected(kind.fields) + ` FROM ` + kind.table + ` WHERE workspace_id = $1 AND ` + w.db.dia.anyOf(columnName, "$2")
	out, err := collect(ctx, q, func(row Row) (*merging[T], error) {
		r := &merging[T]{}
		if err := scanFields(row, kind.fields, &r.row, &r.id); err != nil {
			return nil, err
		}
		r.before = plainValues(kind.fields, &r.row)
		return r, nil
	}, text, w.db.dia.list(values))
	slices.SortFunc(out, func(a, b *merging[T]) int { return cmp.Compare(a.id, b.id) }) // not in SQL, where it would tempt into scanning all by id
	return out, op(err, "read %s by %s", kind.table, columnName)
}

func plainValues[T any](fields []field[T], v *T) []any {
	out := make([]any, len(fields))
	for i, f := range fields {
		out[i] = columnValue(f.at(v))
	}
	return out
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// InTx implements ingest.Store and signals.Store.
func (db *DB) InTx(ctx context.Context, fn func(ctx context.Context, now time.Time) error) error {
	return db.Tx(ctx, func(ctx context.Context, tx *Tx) error { return fn(ctx, tx.Time()) })
}
