package store

import (
	"context"
	"strconv"
	"strings"
)

// columnType is PostgreSQL's name for what a bulk column holds.
type columnType string

const (
	textColumn  columnType = "text"
	intColumn   columnType = "bigint"
	bytesColumn columnType = "bytea"
	boolColumn  columnType = "boolean"
	// tokensColumn holds the tokens of a text index, joined by one space. It is a column of the table on PostgreSQL and
	// a row of <table>_fts on SQLite, found through the table's id and doc.
	tokensColumn columnType = "tokens"
)

type column struct {
	name string
	typ  columnType
}

// bulk is many rows of one tenant table. The first column names the row within its workspace; workspace_id is added.
// Values are nil, string, int64, bool or []byte, as the column's type wants.
type bulk struct {
	table      string
	columns    []column
	rows       [][]any
	onConflict string // a whole ON CONFLICT clause, or ""
}

// bulkTx writes many rows in few round trips.
type bulkTx interface {
	// insertMany returns how many rows were inserted or, by onConflict, changed.
	insertMany(ctx context.Context, workspaceID string, b bulk) (int64, error)
	// updateMany sets the other columns of the rows that the first column names; onConflict must be "".
	updateMany(ctx context.Context, workspaceID string, b bulk) error
}

// insertMany is bulkTx's for the handle's workspace.
func (w *Workspace) insertMany(ctx context.Context, tx *Tx, b bulk) (int64, error) {
	if len(b.rows) == 0 {
		return 0, nil
	}
	return tx.insertMany(ctx, w.id, b)
}

// updateMany is bulkTx's for the handle's workspace.
func (w *Workspace) updateMany(ctx context.Context, tx *Tx, b bulk) error {
	if len(b.rows) == 0 {
		return nil
	}
	return tx.updateMany(ctx, w.id, b)
}

// names returns the names of columns, parted by commas.
func names(columns []column) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = c.name
	}
	return strings.Join(list, ", ")
}

func placeholder(n int) string { return "$" + strconv.Itoa(n) }
