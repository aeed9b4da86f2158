package store

import (
	"context"
	"errors"
	"time"

	"github.com/unstuckengine/unstuck/internal/filter"
)

// settle has nothing to wait for: writers queue, so that each saw what the one before it left.
func (e *sqliteEngine) settle(context.Context, int64) (waited bool, err error) { return false, nil }

const (
	checkpointTries = 10
	checkpointPause = 200 * time.Millisecond
)

var errReadersStay = errors.New("long reads keep the write-ahead log from being emptied")

// scrub rewrites the file. That the erasing connection zeroes what it deletes (secure_delete) is not enough: what was moved, updated or merged
// before has left copies in unused parts of pages. First the text indexes are merged into one segment each, since deleting from them only marks
// the tokens; at last the write-ahead log is emptied, which still holds the pages as they were.
func (e *sqliteEngine) scrub(ctx context.Context) error {
	var texts []string
	for _, kind := range []filter.Kind{filter.Accounts, filter.Leads} {
		index := tables[kind] + `_fts` // of all workspaces
		texts = append(texts, `INSERT INTO `+index+` (`+index+`) VALUES ('optimize')`)
	}
	for _, text := range append(texts, `VACUUM`) {
		if _, err := e.write.ExecContext(ctx, text); err != nil {
			return classify(ctx, err)
		}
	}
	for try := 0; try < checkpointTries; try++ {
		var busy, frames, moved int64
		err := e.write.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &frames, &moved)
		if err != nil || busy == 0 {
			return classify(ctx, err)
		}
		if !pause(ctx, checkpointPause) {
			return unavailable(ctx.Err())
		}
	}
	return unavailable(errReadersStay)
}
