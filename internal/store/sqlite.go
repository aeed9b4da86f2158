package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

const (
	fileName        = "unstuck.db"
	lockName        = "lock"
	migrateLockName = "migrate.lock"
)

// sqliteEngine is one file: a single writing connection, so that writers queue in Go and never meet SQLITE_BUSY
// within the process, beside a pool of read-only connections, which WAL lets read while it writes.
type sqliteEngine struct {
	write, read *sql.DB
	ws, rs      *stmtCache
	clock       *clock
}

func prepareDir(dir string) error {
	if dir == "" {
		return fmt.Errorf("%w: UNSTUCK_DATA_DIR is empty", ErrConfig)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	// SQLite gives its -wal and -shm files the mode of the database file.
	f, err := os.OpenFile(filepath.Join(dir, fileName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open the database file: %w", err)
	}
	return f.Close()
}

// liteDSN sets everything in the DSN, since a pragma set by a statement binds one pooled connection only.
func liteDSN(path string, readOnly bool) string {
	v := url.Values{"_pragma": {"busy_timeout(10000)", "journal_mode(wal)", "synchronous(full)", "foreign_keys(1)", "journal_size_limit(67108864)"}}
	v.Set("_txlock", "immediate")
	if readOnly {
		v.Add("_pragma", "query_only(1)")
		v.Add("_pragma", "cache_size(-32768)")    // KiB: searches touch many pages more than once
		v.Add("_pragma", "mmap_size(1073741824)") // and more of them once: mapped they cost no call; beyond it, and where there is no mapping, SQLite reads
		v.Set("_txlock", "deferred")
	}
	return "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() + "?" + v.Encode()
}

func openSQLite(ctx context.Context, path string, c *clock) (*sqliteEngine, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the database file: %w", err)
	}
	e := &sqliteEngine{clock: c}
	if e.write, err = openPool(ctx, liteDSN(abs, false), 1); err != nil {
		return nil, err
	}
	if e.read, err = openPool(ctx, liteDSN(abs, true), max(4, 2*runtime.GOMAXPROCS(0))); err != nil {
		_ = e.write.Close()
		return nil, err
	}
	e.ws, e.rs = newStmtCache(e.write), newStmtCache(e.read)
	return e, nil
}

func openPool(ctx context.Context, dsn string, size int) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open the database file: %w", err)
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	if err := db.PingContext(ctx); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("open the database file: %w (%w)", classify(ctx, err), err)
	}
	return db, nil
}

func (e *sqliteEngine) primary() Q     { return liteQ{write: e.ws, read: e.rs} }
func (e *sqliteEngine) replica() Q     { return liteQ{write: e.ws, read: e.rs} }
func (e *sqliteEngine) sqlDB() *sql.DB { return e.write }

func (e *sqliteEngine) now(context.Context, Q) (int64, error) { return e.clock.micros(), nil }

func (e *sqliteEngine) close() error { return errors.Join(e.read.Close(), e.write.Close()) }

func (e *sqliteEngine) begin(ctx context.Context, mode txMode) (txn, error) {
	db, cache := e.write, e.ws
	if mode == reading {
		db, cache = e.read, e.rs
	}
	cache.learn(ctx)
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, classify(ctx, err)
	}
	return &liteTx{tx: tx, cache: cache, bound: map[string]*sql.Stmt{}}, nil
}
