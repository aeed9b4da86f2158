package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"path/filepath"

	"github.com/rs/zerolog"

	"github.com/unstuckengine/unstuck/internal/store"
)

// engine names a database.
type engine string

const (
	sqlite   engine = "SQLite"
	postgres engine = "PostgreSQL"
)

// database is an empty place for a store: the environment that names it, and how the bare driver reaches it.
type database struct {
	env  []string
	url  string // of PostgreSQL, else ""
	file string // of SQLite, else ""
}

// database makes a place on the engine for the row.
func (s *stage) database(ctx context.Context, e engine) (database, error) {
	dir, err := s.folder()
	if err != nil {
		return database{}, err
	}
	env := []string{"UNSTUCK_DATA_DIR=" + dir, "UNSTUCK_METRICS_ADDR=", "UNSTUCK_LOG_LEVEL=error", "UNSTUCK_LOG_FORMAT=json"}
	if e == sqlite {
		return database{env: env, file: filepath.Join(dir, "unstuck.db")}, nil
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	url, err := s.postgres(ctx)
	return database{env: append(env, "UNSTUCK_DATABASE_URL="+url, "UNSTUCK_SECRET_KEY="+hex.EncodeToString(secret)), url: url}, err
}

// open opens the place in this process, migrated.
func (s *stage) open(ctx context.Context, d database) (*store.DB, error) {
	c := store.Config{DatabaseURL: d.url, Migrate: true, Log: zerolog.Nop()}
	if d.file != "" {
		c.DataDir = filepath.Dir(d.file)
	}
	db, err := store.Open(ctx, c)
	if err == nil {
		s.onEnd(db.Close)
	}
	return db, err
}
