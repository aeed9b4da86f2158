package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"
)

// goMigrations are those that need what only Go knows, or that River brings. They take their turn among the files by number.
func goMigrations(d *dialect) ([]*goose.Migration, error) {
	river, err := riverMigrations(d)
	fill := goose.NewGoMigration(4, &goose.GoFunc{RunTx: fillComparedColumns}, nil)
	types := goose.NewGoMigration(25, &goose.GoFunc{RunTx: moveSignalTypes}, nil)
	return append(river, fill, types), err
}

// fillComparedColumns gives the rows of older programs what migration 3 made columns for: the same that is written with new rows.
func fillComparedColumns(ctx context.Context, tx *sql.Tx) error {
	for _, f := range []filler{
		fillerOf(accountKind, "aliases", "tech_stack", "sources", "custom"),
		fillerOf(leadKind, "custom"),
		fillerOf(signalKind, "first_name", "last_name", "person_title", "context"),
	} {
		if err := f.fill(ctx, tx); err != nil {
			return fmt.Errorf("fill the compared columns of %s: %w", f.table, err)
		}
	}
	return nil
}

// filler works out compared columns from those that they are made of.
type filler struct {
	table string
	names []string
	folds []func(string) string
}

func fillerOf[T any](kind *recordKind[T], names ...string) filler {
	f := filler{table: kind.table}
	for _, field := range kind.fields {
		if slices.Contains(names, field.name) {
			f.names, f.folds = append(f.names, field.name), append(f.folds, field.fold)
		}
	}
	return f
}

// fillBatch is how many rows are held in memory and written by one statement.
const fillBatch = 500

func (f filler) fill(ctx context.Context, tx *sql.Tx) error {
	after := [2]string{}
	for {
		cells, err := f.read(ctx, tx, after)
		if err != nil || len(cells) == 0 {
			return err
		}
		if _, err := tx.ExecContext(ctx, f.update(len(cells)), slices.Concat(cells...)...); err != nil {
			return err
		}
		last := cells[len(cells)-1]
		after = [2]string{last[0].(string), last[1].(string)}
	}
}

// read returns the next rows that have something to compare: workspace, id and the values of the compared columns.
func (f filler) read(ctx context.Context, tx *sql.Tx, after [2]string) (batch [][]any, err error) {
	some := strings.Join(f.names, ` IS NOT NULL OR `) + ` IS NOT NULL`
	rows, err := tx.QueryContext(ctx, `SELECT workspace_id, id, `+strings.Join(f.names, `, `)+` FROM `+f.table+
		` WHERE (workspace_id, id) > ($1, $2) AND (`+some+`) ORDER BY workspace_id, id`+limit(fillBatch), after[0], after[1])
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		row, err := f.scan(rows)
		if err != nil {
			return nil, err
		}
		batch = append(batch, row)
	}
	return batch, rows.Err()
}

func (f filler) scan(rows *sql.Rows) ([]any, error) {
	var workspace, id string
	values, places := make([]sql.NullString, len(f.names)), []any{&workspace, &id}
	for i := range values {
		places = append(places, &values[i])
	}
	if err := rows.Scan(places...); err != nil {
		return nil, err
	}
	row := []any{workspace, id}
	for i, v := range values {
		if v.Valid {
			row = append(row, f.folds[i](v.String))
		} else {
			row = append(row, nil)
		}
	}
	return row, nil
}

// update returns a statement that writes n rows. Both engines name the columns of VALUES alike.
func (f filler) update(n int) string {
	var sets, rows []string
	for i, name := range f.names {
		sets = append(sets, fmt.Sprintf(`%s_f = v.column%d`, name, i+3))
	}
	width := len(f.names) + 2
	for i := range n {
		places := make([]string, width)
		for j := range places {
			places[j] = placeholder(i*width + j + 1)
		}
		rows = append(rows, `(`+strings.Join(places, `, `)+`)`)
	}
	return `UPDATE ` + f.table + ` SET ` + strings.Join(sets, `, `) + ` FROM (VALUES ` + strings.Join(rows, `, `) + `) v
		WHERE ` + f.table + `.workspace_id = v.column1 AND ` + f.table + `.id = v.column2`
}
