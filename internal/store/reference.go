package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/providers/reference"
)

// referenceBatch is how many rows are written in one statement.
const referenceBatch = 5000

// PutReference implements reference.Store.
func (db *DB) PutReference(ctx context.Context, workspaceID string, f reference.File, rows []reference.Row, e activity.Entry) error {
	w := db.Workspace(workspaceID)
	return db.recorded(ctx, e, func(ctx context.Context, tx *Tx) error {
		if _, err := w.dropReference(ctx, f.Name); err != nil {
			return err
		}
		fields := make([]string, len(f.Fields))
		for i, field := range f.Fields {
			fields[i] = string(field)
		}
		_, err := w.q(ctx).Exec(ctx, `INSERT INTO reference_files (workspace_id, name, found_by, fields, row_count, confidence, cost, stored_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			f.Name, string(f.Key), strings.Join(fields, ","), int64(f.Rows), f.Confidence, f.Cost, f.StoredAt.UnixMicro())
		if err != nil {
			return op(err, "store a reference file")
		}
		for part := range slices.Chunk(rows, referenceBatch) {
			if err := w.addReferenceRows(ctx, tx, f.Name, part); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *Workspace) addReferenceRows(ctx context.Context, tx *Tx, file string, rows []reference.Row) error {
	b := bulk{table: "reference_rows", columns: []column{{"file", textColumn}, {"lookup", textColumn}, {"answers", textColumn}}}
	for _, r := range rows {
		answers, err := json.Marshal(r.Values)
		if err != nil {
			return fmt.Errorf("encode a row of a reference file: %w", err)
		}
		b.rows = append(b.rows, []any{file, r.Key, string(answers)})
	}
	_, err := w.insertMany(ctx, tx, b)
	return op(err, "store the rows of a reference file")
}

// dropReference removes a file and its rows, and returns whether there was one.
func (w *Workspace) dropReference(ctx context.Context, name string) (bool, error) {
	q := w.q(ctx)
	if _, err := q.Exec(ctx, `DELETE FROM reference_rows WHERE workspace_id = $1 AND file = $2`, name); err != nil {
		return false, op(err, "remove the rows of a reference file")
	}
	n, err := q.Exec(ctx, `DELETE FROM reference_files WHERE workspace_id = $1 AND name = $2`, name)
	return n > 0, op(err, "remove a reference file")
}

// RemoveReference implements reference.Store.
func (db *DB) RemoveReference(ctx context.Context, workspaceID, name string, e activity.Entry) error {
	return db.recorded(ctx, e, func(ctx context.Context, _ *Tx) error {
		there, err := db.Workspace(workspaceID).dropReference(ctx, name)
		if err == nil && !there {
			return fault.New(fault.NotFound, "There is no reference file of that name in the workspace.")
		}
		return err
	})
}

// References implements reference.Store.
func (db *DB) References(ctx context.Context, workspaceID string) ([]reference.File, error) {
	out, err := collect(ctx, db.Workspace(workspaceID).q(ctx), func(row Row) (f reference.File, err error) {
		var key, fields string
		var at int64
		err = row.Scan(&f.Name, &key, &fields, &f.Rows, &f.Confidence, &f.Cost, &at)
		for field := range strings.SplitSeq(fields, ",") {
			f.Fields = append(f.Fields, enrich.Field(field))
		}
		f.Key, f.StoredAt = reference.Key(key), fromMicros(at)
		return f, err
	}, `SELECT name, found_by, fields, row_count, confidence, cost, stored_at FROM reference_files WHERE workspace_id = $1 ORDER BY name`)
	return out, op(err, "list the reference files")
}

// ReferenceRow implements reference.Store.
func (db *DB) ReferenceRow(ctx context.Context, workspaceID, name, key string) (values map[enrich.Field]json.RawMessage, err error) {
	var answers string
	err = db.Workspace(workspaceID).q(ctx).QueryRow(ctx, `SELECT answers FROM reference_rows WHERE workspace_id = $1 AND file = $2 AND lookup = $3`, name, key).Scan(&answers)
	switch {
	case errors.Is(err, &fault.Error{Code: fault.NotFound}):
		return nil, nil
	case err != nil:
		return nil, op(err, "look into a reference file")
	}
	return values, op(json.Unmarshal([]byte(answers), &values), "read a row of a reference file")
}
