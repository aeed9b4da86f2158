package store

import (
	"context"
	"embed"
	"encoding/json"
	"io/fs"
	"strconv"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrationFiles embed.FS

// dialect holds what cannot be said in one SQL text. Keep it small: a test counts its fields.
type dialect struct {
	name  string
	goose goose.Dialect
	clock string                                  // expression for microseconds since 1970, "0" when the process's clock counts
	anyOf func(column, placeholder string) string // membership in a list bound by list
	list  func(values []string) any               // the argument for anyOf
	// limitLockWait bounds how long the transaction waits for each lock from now on; 0 lifts the bound.
	limitLockWait func(ctx context.Context, tx *Tx, d time.Duration) error
	// keep lifts the bound again and tells the triggers that the transaction is the keeper's of the audiences, whose writes make nothing stale.
	keep       func(ctx context.Context, tx *Tx) error
	hasVersion string // how many version tables there are, 0 or 1
	analyze    string // brings the planner's figures up to date; "" where they are fixed
	text       textIndex
	value      valueSyntax
}

var sqliteDialect = &dialect{
	name:          "sqlite",
	goose:         goose.DialectSQLite3,
	clock:         `0`,
	anyOf:         func(column, p string) string { return column + ` IN (SELECT value FROM json_each(` + p + `))` },
	list:          jsonList,
	limitLockWait: func(context.Context, *Tx, time.Duration) error { return nil }, // rivals queue for the writer
	keep:          func(context.Context, *Tx) error { return nil },                // its columns tell
	hasVersion:    `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'goose_db_version'`,
	text:          liteText{},
	value:         liteValue{},
}

var postgresDialect = &dialect{
	name:          "postgres",
	goose:         goose.DialectPostgres,
	clock:         pgClock,
	anyOf:         func(column, p string) string { return column + ` = ANY(` + p + `)` },
	list:          func(values []string) any { return values },
	limitLockWait: pgLimitLockWait,
	keep:          pgKeep,
	hasVersion:    `SELECT COUNT(*) FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename = 'goose_db_version'`,
	analyze:       `ANALYZE accounts, account_tags, leads, signals`,
	text:          pgText{},
	value:         pgValue{},
}

// pgClock reads the wall clock, not the transaction's start, so that waiting for a lock counts.
const pgClock = `(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint`

func jsonList(values []string) any {
	b, err := json.Marshal(values)
	if err != nil { // strings always marshal
		return "[]"
	}
	return string(b)
}

// migrations returns the numbered files of the engine.
func (d *dialect) migrations() fs.FS {
	sub, err := fs.Sub(migrationFiles, "migrations/"+d.name)
	if err != nil { // the path is a constant
		panic(err)
	}
	return sub
}

func pgLimitLockWait(ctx context.Context, tx *Tx, d time.Duration) error {
	_, err := tx.Exec(ctx, `SELECT set_config('lock_timeout', $1, true)`, strconv.FormatInt(d.Milliseconds(), 10))
	return err
}

func pgKeep(ctx context.Context, tx *Tx) error {
	_, err := tx.Exec(ctx, `SELECT set_config('lock_timeout', '0', true), set_config('unstuck.keeping', 'on', true)`)
	return err
}
