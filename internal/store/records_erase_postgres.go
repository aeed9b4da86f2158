package store

import (
	"context"
	"time"
)

const (
	settleFor   = 30 * time.Second // longer than any push may take
	settlePause = 50 * time.Millisecond
)

// settle waits, within bounds, for our transactions that began up to the time: one may have matched a signal before the record was erased and
// keep it after. Those of other roles are no pushes, and cannot be seen.
func (e *postgresEngine) settle(ctx context.Context, until int64) (waited bool, err error) {
	for end := time.Now().Add(settleFor); time.Now().Before(end); {
		var running int
		err := e.primary().QueryRow(ctx, `SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user
			AND pid <> pg_backend_pid() AND xact_start <= to_timestamp($1::float8 / 1000000)`, until).Scan(&running)
		if err != nil || running == 0 {
			return true, err
		}
		if !pause(ctx, settlePause) {
			return true, unavailable(ctx.Err())
		}
	}
	return true, nil
}

// scrub gives the room of dead rows free. The server may overwrite it late, and its write-ahead log and backups keep what they hold.
func (e *postgresEngine) scrub(ctx context.Context) error {
	_, err := e.std.ExecContext(ctx, `VACUUM accounts, account_tags, leads, signals, words, idempotency`)
	return classify(ctx, err)
}
