package store

import (
	"context"
	"time"
)

// Throttle counts one attempt under the name, as Take counts requests: burst at once, then one in every interval, for what happens less than once a
// minute too. It returns how long to wait until the next one is allowed, 0 when this one is; a refused one does not count.
func (db *DB) Throttle(ctx context.Context, name string, every time.Duration, burst int) (wait time.Duration, err error) {
	g := gcra{interval: every.Nanoseconds(), burst: every.Nanoseconds() * int64(burst)}
	d, err := decided(db.limits.take(ctx, name, g))
	return d.RetryAfter, err
}
