package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// migrateTimeout bounds how long a start waits for another process that migrates.
const migrateTimeout = 5 * time.Minute

// migrate brings the schema to this program's version under a lock, or refuses. A schema that is up to date costs one
// query and no lock. fileLock is nil on PostgreSQL, where goose locks in the database.
func (db *DB) migrate(ctx context.Context, apply bool, fileLock func(context.Context) (*fileLock, error)) error {
	p, err := db.provider(fileLock == nil)
	if err != nil {
		return err
	}
	upToDate, err := db.compare(ctx, p, apply)
	if err != nil || upToDate {
		return err
	}
	if fileLock != nil {
		patience, cancel := context.WithTimeout(ctx, migrateTimeout)
		defer cancel()
		l, err := fileLock(patience)
		if err != nil {
			return fmt.Errorf("wait for another migration: %w", err)
		}
		defer l.release()
	}
	done, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate the database: %w (%w)", classify(ctx, err), err)
	}
	for _, m := range done {
		db.log.Info().Int64("version", m.Source.Version).Dur("took", m.Duration).Msg("migrated the database")
	}
	return nil
}

// provider returns goose over the engine's files and the migrations in Go; sessionLock makes it lock in the database.
func (db *DB) provider(sessionLock bool) (*goose.Provider, error) {
	inGo, err := goMigrations(db.dia)
	if err != nil {
		return nil, err
	}
	opts := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(inGo...)}
	if sessionLock {
		l, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, uint64(migrateTimeout/time.Second)))
		if err != nil {
			return nil, fmt.Errorf("make the migration lock: %w", err)
		}
		opts = append(opts, goose.WithSessionLocker(l))
	}
	p, err := goose.NewProvider(db.dia.goose, db.engine.sqlDB(), db.dia.migrations(), opts...)
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return p, nil
}

// compare reports whether the schema is this program's; it fails with ErrNewer, or with ErrPending unless apply is set.
func (db *DB) compare(ctx context.Context, p *goose.Provider, apply bool) (bool, error) {
	have, err := db.Version(ctx)
	if err != nil {
		return false, fmt.Errorf("read the database's version: %w", errors.Join(err, errors.Unwrap(err)))
	}
	sources := p.ListSources()
	want := sources[len(sources)-1].Version
	switch {
	case have > want:
		return false, fmt.Errorf("%w: its version is %d, this program knows %d; start the newer program, or restore a backup", ErrNewer, have, want)
	case have < want && !apply:
		return false, fmt.Errorf("%w: its version is %d, this program needs %d; run `api migrate`, or start without --no-migrate", ErrPending, have, want)
	}
	return have == want, nil
}

// Version returns the number of the last migration applied to the database; 0 for an empty one.
func (db *DB) Version(ctx context.Context) (int64, error) {
	var tables, version int64
	q := db.engine.primary()
	if err := q.QueryRow(ctx, db.dia.hasVersion).Scan(&tables); err != nil || tables == 0 {
		return 0, err
	}
	err := q.QueryRow(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&version)
	return version, err
}

// SchemaHash names the schema that the migrations of PostgreSQL make; it changes with any of their files and numbers.
func SchemaHash() string {
	h := sha256.New()
	files := postgresDialect.migrations()
	names, _ := fs.Glob(files, "*.sql") // the pattern is a constant
	for _, name := range names {        // sorted
		text, _ := fs.ReadFile(files, name)
		_, _ = fmt.Fprintf(h, "%s %d\n%s", name, len(text), text)
	}
	inGo, _ := goMigrations(postgresDialect) // without them no store opens
	for _, m := range inGo {
		_, _ = fmt.Fprintf(h, "go %d\n", m.Version)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
