package store

import (
	"context"
	"strings"
)

// insertMany implements bulkTx by prepared statements, since a call costs no round trip here.
func (t *liteTx) insertMany(ctx context.Context, workspaceID string, b bulk) (int64, error) {
	table, tokens := b.split()
	values := make([]string, len(table)+1)
	for i := range values {
		values[i] = placeholder(i + 1)
	}
	n, err := t.repeat(ctx, workspaceID, b.rows, table,
		`INSERT INTO `+b.table+` (workspace_id, `+names(b.pick(table))+`) VALUES (`+strings.Join(values, ", ")+`) `+b.onConflict)
	if err != nil || tokens == nil {
		return n, err
	}
	_, err = t.repeat(ctx, workspaceID, b.rows, tokens, `INSERT`+b.intoIndex())
	return n, err
}

// updateMany implements bulkTx.
func (t *liteTx) updateMany(ctx context.Context, workspaceID string, b bulk) error {
	table, tokens := b.split()
	var sets []string
	for i, c := range b.pick(table) {
		if i > 0 {
			sets = append(sets, c.name+` = `+placeholder(i+2))
		}
	}
	_, err := t.repeat(ctx, workspaceID, b.rows, table,
		`UPDATE `+b.table+` SET `+strings.Join(sets, ", ")+` WHERE workspace_id = $1 AND `+b.columns[0].name+` = $2`)
	if err != nil || tokens == nil {
		return err
	}
	_, err = t.repeat(ctx, workspaceID, b.rows, tokens, `INSERT OR REPLACE`+b.intoIndex())
	return err
}

// intoIndex is the rest of a statement that puts tokens, $3, under the rowid of the row that $2 names. It is no INSERT from a SELECT: as such it
// would open a savepoint, at which FTS5 writes out what it has gathered, once for every row.
func (b bulk) intoIndex() string {
	return ` INTO ` + b.table + `_fts (rowid, tokens) VALUES ((SELECT doc FROM ` + b.table + ` WHERE workspace_id = $1 AND ` + b.columns[0].name + ` = $2), $3)`
}

// split returns the places of the columns of the table itself, and those for the text index: the row's name and its
// tokens, or nil where there are none.
func (b bulk) split() (table, index []int) {
	for i, c := range b.columns {
		if c.typ == tokensColumn {
			index = []int{0, i}
			continue
		}
		table = append(table, i)
	}
	return table, index
}

func (b bulk) pick(places []int) []column {
	out := make([]column, len(places))
	for i, p := range places {
		out[i] = b.columns[p]
	}
	return out
}

// repeat runs the text once for every row with the workspace and the values at the given places, and returns how many
// rows were changed. It looks at ctx between statements only: watching it within each costs more than most of them.
func (t *liteTx) repeat(ctx context.Context, workspaceID string, rows [][]any, places []int, text string) (total int64, err error) {
	stmt, release, err := t.stmt(ctx, text)
	if err != nil {
		return 0, classify(ctx, err)
	}
	defer release()
	args := make([]any, 1+len(places))
	args[0] = workspaceID
	unwatched := context.WithoutCancel(ctx)
	for _, row := range rows {
		for i, p := range places {
			args[i+1] = row[p]
		}
		if err := checkTexts(args); err != nil {
			return 0, err
		}
		if ctx.Err() != nil {
			return 0, classify(ctx, ctx.Err())
		}
		res, err := stmt.ExecContext(unwatched, args...)
		if err != nil {
			return 0, classify(ctx, err)
		}
		n, err := res.RowsAffected()
		if err != nil {
			return 0, classify(ctx, err)
		}
		total += n
	}
	return total, nil
}
