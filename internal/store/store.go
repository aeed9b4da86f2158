// Package store keeps everything that outlives a request, in one SQLite file or in PostgreSQL.
//
// Each operation is one SQL text with $n placeholders that runs on both engines through Q; what truly differs sits in
// dialect. Rows of a tenant are reached only through a Workspace handle, whose id is always the statement's $1.
// Every error that leaves the package is a *fault.Error by the driver's code (see classify), or wraps one.
package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/rs/zerolog"
)

// The reasons for which Open refuses; the caller turns them into exit codes.
var (
	// ErrConfig means that a configured value cannot be used.
	ErrConfig = errors.New("wrong configuration")
	// ErrNewer means that the database was migrated by a newer version of this program.
	ErrNewer = errors.New("the database is newer than this program")
	// ErrPending means that migrations are pending and Config.Migrate is false.
	ErrPending = errors.New("the database must be migrated first")
	// ErrLocked means that another process holds the data directory.
	ErrLocked = errors.New("the data directory is in use")
)

// Config says which database to open and how.
type Config struct {
	DataDir     string // holds unstuck.db and the lock files; must be set unless DatabaseURL is
	DatabaseURL string // "" = SQLite in DataDir; otherwise postgres://...
	ReadURL     string // optional read replica for find, list and insights; PostgreSQL only
	Migrate     bool   // apply pending migrations; false refuses with ErrPending when there are any
	Lock        bool   // hold the data directory for life (serve and up); without effect on PostgreSQL
	Log         zerolog.Logger
	Clock       func() time.Time // the clock on SQLite, made monotone; nil = time.Now. PostgreSQL uses its own.
}

// DB is an open store. It is safe for concurrent use.
type DB struct {
	engine engine
	dia    *dialect
	lock   *fileLock
	limits limiter
	flight inFlight
	log    zerolog.Logger

	authOne, authMany string // the texts of KeyForAuth and KeysForAuth
	enqueuer          func() (jobs, error)
}

func newDB(e engine, d *dialect, log zerolog.Logger) *DB {
	db := &DB{engine: e, dia: d, log: log,
		authOne:  `SELECT ` + authColumns + d.clock + authFrom + `k.id = $1`,
		authMany: `SELECT ` + authColumns + d.clock + authFrom + d.anyOf("k.id", "$1"),
	}
	db.enqueuer = sync.OnceValues(func() (jobs, error) { return db.openJobs(&river.Config{MaxAttempts: jobAttempts}) })
	return db
}

// Open opens and, if asked, migrates the database. No error it returns holds a password.
func Open(ctx context.Context, c Config) (*DB, error) {
	if c.DatabaseURL == "" {
		return openEmbedded(ctx, c)
	}
	pg, err := openPostgres(ctx, c.DatabaseURL, c.ReadURL)
	if err != nil {
		return nil, err
	}
	db := newDB(pg, postgresDialect, c.Log)
	db.limits = sharedLimiter{db}
	return db.start(ctx, c, nil)
}

func openEmbedded(ctx context.Context, c Config) (*DB, error) {
	if c.ReadURL != "" {
		return nil, fmt.Errorf("%w: UNSTUCK_DATABASE_READ_URL needs UNSTUCK_DATABASE_URL", ErrConfig)
	}
	if err := prepareDir(c.DataDir); err != nil {
		return nil, err
	}
	var hold *fileLock
	if c.Lock {
		var err error
		if hold, err = tryLock(filepath.Join(c.DataDir, lockName)); err != nil {
			return nil, err
		}
	}
	lite, err := openSQLite(ctx, filepath.Join(c.DataDir, FileName), newClock(c.Clock))
	if err != nil {
		hold.release()
		return nil, err
	}
	db := newDB(lite, sqliteDialect, c.Log)
	db.lock = hold
	db.limits = newLocalLimiter(lite.clock)
	return db.start(ctx, c, func(ctx context.Context) (*fileLock, error) {
		return waitLock(ctx, filepath.Join(c.DataDir, migrateLockName))
	})
}

// start brings the schema up to date; on failure everything is closed again.
func (db *DB) start(ctx context.Context, c Config, lock func(context.Context) (*fileLock, error)) (*DB, error) {
	if err := db.migrate(ctx, c.Migrate, lock); err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

// Close ends all connections and gives the data directory free. It waits for running statements.
func (db *DB) Close() error {
	err := db.engine.close()
	db.lock.release()
	return err
}

// Ping reports whether the primary answers: fault.StoreUnavailable when it does not.
func (db *DB) Ping(ctx context.Context) error {
	if err := db.engine.present(); err != nil {
		return err
	}
	var one int
	return db.engine.primary().QueryRow(ctx, `SELECT 1`).Scan(&one)
}

// Engine returns "sqlite" or "postgres".
func (db *DB) Engine() string { return db.dia.name }

// Now returns the store's clock in microseconds since 1970, UTC: the database's on PostgreSQL, the process's on SQLite.
func (db *DB) Now(ctx context.Context) (int64, error) { return db.engine.now(ctx, db.q(ctx)) }

// q returns the transaction that ctx carries, else the primary.
func (db *DB) q(ctx context.Context) Q {
	if tx := txFrom(ctx, db); tx != nil {
		return tx
	}
	return db.engine.primary()
}

// readQ returns the transaction that ctx carries, else the read replica where one is configured, else the primary.
func (db *DB) readQ(ctx context.Context) Q {
	if tx := txFrom(ctx, db); tx != nil {
		return tx
	}
	return db.engine.replica()
}
