package store

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// River's schema comes in versions of its own. Each is one migration of ours, by the text that River's driver carries, and is noted in
// river_migration as River's own migrator would.
const (
	riverFirst    = 12 // the migration that is River's version 1
	riverVersions = 7
	riverLine     = 5 // the version from which river_migration names the line
)

func riverMigrations(d *dialect) (out []*goose.Migration, err error) {
	for v := 1; v <= riverVersions; v++ {
		text, err := d.riverVersion(v)
		if err != nil {
			return nil, fmt.Errorf("read version %d of the job queue's schema: %w", v, err)
		}
		out = append(out, goose.NewGoMigration(int64(riverFirst+v-1), &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			return d.applyRiver(ctx, tx, v, text)
		}}, nil))
	}
	return out, nil
}

// riverName is where River puts in the name of a schema; ours is the connection's.
const riverName = "/* TEMPLATE: schema */"

// riverVersion returns the text of a version.
func (d *dialect) riverVersion(v int) (string, error) {
	var files fs.FS
	if d == sqliteDialect {
		files = (*riversqlite.Driver)(nil).GetMigrationFS(riverdriver.MigrationLineMain)
	} else {
		files = (*riverpgxv5.Driver)(nil).GetMigrationFS(riverdriver.MigrationLineMain)
	}
	names, err := fs.Glob(files, fmt.Sprintf("migration/main/%03d_*.up.sql", v))
	if err != nil || len(names) != 1 {
		return "", fmt.Errorf("%d files: %w", len(names), fs.ErrNotExist)
	}
	text, err := fs.ReadFile(files, names[0])
	return strings.ReplaceAll(string(text), riverName, ""), err
}

func (d *dialect) applyRiver(ctx context.Context, tx *sql.Tx, v int, text string) error {
	var several []any // lets PostgreSQL take several statements at once
	if d == postgresDialect {
		several = append(several, pgx.QueryExecModeSimpleProtocol)
	}
	if _, err := tx.ExecContext(ctx, text, several...); err != nil {
		return fmt.Errorf("apply version %d of the job queue's schema: %w", v, err)
	}
	note := `INSERT INTO river_migration (version) VALUES ($1)`
	if v >= riverLine {
		note = `INSERT INTO river_migration (line, version) VALUES ('main', $1)`
	}
	_, err := tx.ExecContext(ctx, note, v)
	return err
}
