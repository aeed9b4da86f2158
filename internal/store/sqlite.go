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
	"time"

	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

// FileName is the name of the database file in the data directory.
const FileName = "unstuck.db"

const (
	lockName        = "lock"
	migrateLockName = "migrate.lock"
)

// sqliteEngine is one file: a single writing connection, so that writers queue in Go and never meet SQLITE_BUSY
// within the process, beside two pools of read-only connections, which WAL lets read while it writes. What every request
// needs, such as its key's row, has a pool of its own: no number of long searches keeps another workspace's key waiting.
type sqliteEngine struct {
	path              string
	opened            os.FileInfo // the file that the connections hold
	write, read, seek *sql.DB     // seek reads a few rows by key; read lists and searches
	ws, rs, ss        *stmtCache
	clock             *clock
	patience          time.Duration // the longest wait for the writing connection
}

// writerWait is how long a writer waits for those of its own process, as busy_timeout lets it wait for those of others.
const writerWait = 10 * time.Second

func prepareDir(dir string) error {
	if dir == "" {
		return fmt.Errorf("%w: UNSTUCK_DATA_DIR is empty", ErrConfig)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	// SQLite gives its -wal and -shm files the mode of the database file.
	f, err := os.OpenFile(filepath.Join(dir, FileName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open the database file: %w", err)
	}
	return f.Close()
}

// liteUse is what a pool of connections is for.
type liteUse int

const (
	forWriting liteUse = iota
	forSeeking
	forSearching
)

// liteDSN sets everything in the DSN, since a pragma set by a statement binds one pooled connection only.
func liteDSN(path string, use liteUse) string {
	v := url.Values{"_pragma": {"busy_timeout(10000)", "journal_mode(wal)", "synchronous(full)", "foreign_keys(1)", "journal_size_limit(67108864)"}}
	v.Set("_txlock", "immediate")
	if use != forWriting {
		v.Add("_pragma", "query_only(1)")
		v.Set("_txlock", "deferred")
	}
	if use == forSearching {
		v.Add("_pragma", "cache_size(-32768)")    // KiB: searches touch many pages more than once
		v.Add("_pragma", "mmap_size(2147418112)") // and more of them once: mapped they cost no call; beyond it, and where there is no mapping, SQLite reads
	}
	return "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() + "?" + v.Encode()
}

func openSQLite(ctx context.Context, path string, c *clock) (*sqliteEngine, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the database file: %w", err)
	}
	e := &sqliteEngine{clock: c, path: abs, patience: writerWait}
	if e.opened, err = os.Stat(abs); err != nil {
		return nil, fmt.Errorf("find the database file: %w", err)
	}
	cores := runtime.GOMAXPROCS(0)
	for _, pool := range []struct {
		db    **sql.DB
		cache **stmtCache
		use   liteUse
		size  int
	}{{&e.write, &e.ws, forWriting, 1}, {&e.seek, &e.ss, forSeeking, max(2, cores)}, {&e.read, &e.rs, forSearching, max(4, 2*cores)}} {
		if *pool.db, err = openPool(ctx, liteDSN(abs, pool.use), pool.size); err != nil {
			_ = e.close()
			return nil, err
		}
		*pool.cache = newStmtCache(*pool.db)
	}
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

func (e *sqliteEngine) primary() Q     { return litePrimary{liteQ{write: e.ws, read: e.ss}, e} }
func (e *sqliteEngine) replica() Q     { return liteQ{write: e.ws, read: e.rs} }
func (e *sqliteEngine) sqlDB() *sql.DB { return e.write }

func (e *sqliteEngine) now(context.Context, Q) (int64, error) { return e.clock.micros(), nil }

func (e *sqliteEngine) close() (err error) {
	for _, db := range []*sql.DB{e.read, e.seek, e.write} {
		if db != nil {
			err = errors.Join(err, db.Close())
		}
	}
	return err
}

// errReplaced means that the connections hold a file that is no longer the one in the data directory.
var errReplaced = errors.New("the database file was removed or replaced while it was open")

// present reports whether the open file is still the one in the data directory: what is written to a removed one is lost.
func (e *sqliteEngine) present() error {
	info, err := os.Stat(e.path)
	if err != nil || !os.SameFile(info, e.opened) {
		return unavailable(errors.Join(errReplaced, err))
	}
	return nil
}

func (e *sqliteEngine) begin(ctx context.Context, mode txMode) (txn, error) {
	if mode == writing {
		return e.beginWriting(ctx)
	}
	e.rs.learn(ctx)
	tx, err := e.read.BeginTx(ctx, nil)
	if err != nil {
		return nil, classify(ctx, err)
	}
	return newLiteTx(tx, e.rs, nil), nil
}

// beginWriting waits for the writing connection, but not without end: whoever asked is told to come again.
func (e *sqliteEngine) beginWriting(ctx context.Context) (txn, error) {
	if err := e.present(); err != nil {
		return nil, err
	}
	waiting, cancel := context.WithTimeout(ctx, e.patience)
	defer cancel()
	e.ws.learn(waiting)
	conn, err := e.write.Conn(waiting)
	if err != nil {
		return nil, classify(waiting, err)
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		_ = conn.Close()
		return nil, classify(ctx, err)
	}
	return newLiteTx(tx, e.ws, conn), nil
}
