package store

import (
	"context"
	"strings"
)

// insertMany implements bulkTx by one statement over arrays, one for each column.
func (t pgTx) insertMany(ctx context.Context, workspaceID string, b bulk) (int64, error) {
	from, args := b.unnest(workspaceID)
	values := make([]string, len(b.columns))
	for i, c := range b.columns {
		values[i] = c.unnested()
	}
	return t.Exec(ctx, `INSERT INTO `+b.table+` (workspace_id, `+names(b.columns)+`) SELECT $1, `+strings.Join(values, ", ")+` FROM `+from+` `+b.onConflict, args...)
}

// updateMany implements bulkTx.
func (t pgTx) updateMany(ctx context.Context, workspaceID string, b bulk) error {
	from, args := b.unnest(workspaceID)
	key := b.columns[0].name
	var sets []string
	for _, c := range b.columns[1:] {
		sets = append(sets, c.name+` = `+c.unnested())
	}
	_, err := t.Exec(ctx, `UPDATE `+b.table+` AS t SET `+strings.Join(sets, ", ")+` FROM `+from+` WHERE t.workspace_id = $1 AND t.`+key+` = u.`+key, args...)
	return err
}

// unnest returns the rows as a table u, and the arguments that begin with the workspace.
func (b bulk) unnest(workspaceID string) (string, []any) {
	casts, args := make([]string, len(b.columns)), make([]any, 1, len(b.columns)+1)
	args[0] = workspaceID
	for i, c := range b.columns {
		casts[i] = placeholder(i+2) + `::` + c.arrayType()
		args = append(args, c.array(b.rows, i))
	}
	return `unnest(` + strings.Join(casts, ", ") + `) AS u (` + names(b.columns) + `)`, args
}

func (c column) arrayType() string {
	if c.typ == tokensColumn {
		return `text[]`
	}
	return string(c.typ) + `[]`
}

// unnested is the column's value in a row of u.
func (c column) unnested() string {
	if c.typ == tokensColumn {
		return `array_to_tsvector(string_to_array(u.` + c.name + `, ' '))`
	}
	return `u.` + c.name
}

// array returns the values at place i of all rows, typed, so that a driver that does not ask the server knows them.
func (c column) array(rows [][]any, i int) any {
	switch c.typ {
	case intColumn:
		return pointers[int64](rows, i)
	case boolColumn:
		return pointers[bool](rows, i)
	case bytesColumn:
		out := make([][]byte, len(rows))
		for n, row := range rows {
			out[n], _ = row[i].([]byte)
		}
		return out
	default:
		return pointers[string](rows, i)
	}
}

func pointers[T any](rows [][]any, i int) []*T {
	out := make([]*T, len(rows))
	for n, row := range rows {
		if v, ok := row[i].(T); ok {
			out[n] = &v
		}
	}
	return out
}
