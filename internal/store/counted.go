package store

import "context"

// Counted implements ingest.Store. PostgreSQL's planner takes tables for small until it has figures of them, which its autovacuum brings only
// after a while; SQLite has fixed ones.
func (db *DB) Counted(ctx context.Context) error {
	if db.dia.analyze == "" {
		return nil
	}
	_, err := db.engine.primary().Exec(ctx, db.dia.analyze)
	return op(err, "bring the planner's figures up to date")
}
