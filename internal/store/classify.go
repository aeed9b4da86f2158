package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// classify gives a driver's error its code, by the driver's own code and never by its text. A missing row and a
// missing parent are not_found, a broken unique constraint is conflict, a full disk storage_full; whatever means that
// the database did not answer, cancellation included, is store_unavailable and keeps the cause for errors.Is.
// What only a mistake of ours can cause is internal.
func classify(ctx context.Context, err error) error {
	var known *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(err, sql.ErrNoRows): // pgx.ErrNoRows as well
		return fault.Wrap(fault.NotFound, err)
	case errors.Is(err, pgx.ErrTxCommitRollback):
		return fault.Wrap(fault.Internal, err)
	}
	if cause := ctx.Err(); cause != nil {
		return unavailable(errors.Join(cause, err))
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return fault.Wrap(pgCode(pg.Code), err)
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return fault.Wrap(liteCode(lite.Code()), err)
	}
	return unavailable(err) // refused, reset, timed out, closed
}

func pgCode(code string) fault.Code {
	switch code {
	case "23505":
		return fault.Conflict
	case "23503":
		return fault.NotFound
	case "53100":
		return fault.StorageFull
	case "22021", "22P05": // a NUL byte or a broken character in a text
		return fault.ValidationFailed
	}
	switch code[:min(2, len(code))] {
	case "21", "22", "23", "2F", "42", "P0":
		return fault.Internal
	}
	return fault.StoreUnavailable
}

func liteCode(code int) fault.Code {
	switch code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return fault.Conflict
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return fault.NotFound
	}
	switch code & 0xff {
	case sqlite3.SQLITE_FULL:
		return fault.StorageFull
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_RANGE, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISUSE:
		return fault.Internal
	}
	return fault.StoreUnavailable
}

// retryable reports whether the transaction may simply run again: a serialisation failure, a deadlock, or an error of its function that asks for it.
func retryable(err error) bool {
	var again interface{ RunTxAgain() }
	if errors.As(err, &again) {
		return true
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// lockTimedOut reports whether PostgreSQL's lock_timeout ended the statement.
func lockTimedOut(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "55P03"
}

// checkTexts refuses on SQLite what PostgreSQL refuses by itself, so that both hold the same texts.
func checkTexts(args []any) error {
	for _, a := range args {
		if s, ok := a.(string); ok && (!utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0) {
			return fault.New(fault.ValidationFailed, "A text holds a NUL byte or is not valid UTF-8. Remove it and send the request again.")
		}
	}
	return nil
}
