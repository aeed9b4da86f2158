package store

import (
	"context"
	"sync"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// Decision is the answer of the workspace rate limiter.
type Decision struct {
	Allowed    bool
	Limit      int           // requests a minute; 0 = unlimited
	Remaining  int           // requests that could be made at once now
	ResetAfter time.Duration // until the whole burst is there again
	RetryAfter time.Duration // until the next request is allowed; 0 when this one was
}

// limiter is one engine's rate limiter. g is never unlimited.
type limiter interface {
	take(ctx context.Context, workspaceID string, g gcra) (Decision, error)
	peek(ctx context.Context, workspaceID string, g gcra) (Decision, error)
	// forget drops those that have their whole burst again, who are as if they had never asked.
	forget(ctx context.Context) error
}

// Take counts one request of the workspace against ratePerMinute (0 = unlimited) with the given burst (at least 1).
// It is exact over all processes that share a database. A limiter that fails answers fault.StoreUnavailable, which
// is never a free pass.
func (db *DB) Take(ctx context.Context, workspaceID string, ratePerMinute, burst int) (Decision, error) {
	return db.limit(ctx, ratePerMinute, burst, func(g gcra) (Decision, error) { return db.limits.take(ctx, workspaceID, g) })
}

// Quota tells what Take would find, without counting a request. Allowed says whether one would be let through.
func (db *DB) Quota(ctx context.Context, workspaceID string, ratePerMinute, burst int) (Decision, error) {
	return db.limit(ctx, ratePerMinute, burst, func(g gcra) (Decision, error) { return db.limits.peek(ctx, workspaceID, g) })
}

func (db *DB) limit(ctx context.Context, ratePerMinute, burst int, ask func(gcra) (Decision, error)) (Decision, error) {
	if ratePerMinute <= 0 {
		return Decision{Allowed: true}, nil
	}
	return decided(ask(newGCRA(ratePerMinute, burst)))
}

func decided(d Decision, err error) (Decision, error) {
	if err != nil && fault.CodeOf(err) != fault.StorageFull {
		err = unavailable(err)
	}
	return d, op(err, "read the rate limit")
}

// gcra is the generic cell rate algorithm over one number, the theoretical arrival time (tat) in nanoseconds: a
// request is allowed when, counted, the tat lies no further ahead of now than the burst.
type gcra struct {
	rate     int
	interval int64 // nanoseconds a request takes, rounded up so that no more than the rate gets through
	burst    int64 // nanoseconds
}

func newGCRA(ratePerMinute, burst int) gcra {
	rate := int64(ratePerMinute)
	interval := (int64(time.Minute) + rate - 1) / rate
	return gcra{rate: ratePerMinute, interval: interval, burst: interval * int64(max(1, burst))}
}

// next returns the tat after a request at now, and whether that is allowed.
func (g gcra) next(tat, now int64) (int64, bool) {
	n := max(tat, now) + g.interval
	return n, n-now <= g.burst
}

// decision describes the state after a request that left the given tat.
func (g gcra) decision(allowed bool, tat, now int64) Decision {
	ahead := max(tat-now, 0)
	d := Decision{Allowed: allowed, Limit: g.rate, Remaining: int(max(g.burst-ahead, 0) / g.interval), ResetAfter: time.Duration(ahead)}
	if !allowed {
		d.RetryAfter = time.Duration(max(ahead+g.interval-g.burst, 1))
	}
	return d
}

// localLimiter keeps the tats in the process: on SQLite there is one serving process per data directory.
type localLimiter struct {
	clock *clock
	mu    sync.Mutex
	tats  map[string]int64
	sweep int // size at which idle workspaces are dropped
}

func newLocalLimiter(c *clock) *localLimiter {
	return &localLimiter{clock: c, tats: map[string]int64{}, sweep: 1024}
}

func (l *localLimiter) take(ctx context.Context, workspaceID string, g gcra) (Decision, error) {
	if err := ctx.Err(); err != nil {
		return Decision{}, unavailable(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.micros() * 1000
	tat := l.tats[workspaceID]
	next, ok := g.next(tat, now)
	if ok {
		tat = next
		l.tats[workspaceID] = tat
		l.dropIdle(now)
	}
	return g.decision(ok, tat, now), nil
}

func (l *localLimiter) peek(ctx context.Context, workspaceID string, g gcra) (Decision, error) {
	if err := ctx.Err(); err != nil {
		return Decision{}, unavailable(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now, tat := l.clock.micros()*1000, l.tats[workspaceID]
	_, ok := g.next(tat, now)
	return g.decision(ok, tat, now), nil
}

func (l *localLimiter) forget(context.Context) error { return nil } // dropIdle does, as they come

func (l *localLimiter) dropIdle(now int64) {
	if len(l.tats) < l.sweep {
		return
	}
	for id, tat := range l.tats {
		if tat <= now {
			delete(l.tats, id)
		}
	}
	l.sweep = max(1024, 2*len(l.tats))
}

// sharedLimiter decides in one atomic statement on the database's clock. The clock is read after the row's lock was
// waited for; reading it once for the condition and later again for the new value can only refuse, never let through.
type sharedLimiter struct{ db *DB }

const pgNanos = `(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint * 1000`

func (s sharedLimiter) take(ctx context.Context, workspaceID string, g gcra) (Decision, error) {
	q := s.db.engine.primary()
	rows, err := q.Query(ctx, `INSERT INTO limiter AS l (workspace_id, tat_ns) VALUES ($1, `+pgNanos+` + $2)
		ON CONFLICT (workspace_id) DO UPDATE SET tat_ns = GREATEST(l.tat_ns, `+pgNanos+`) + $2
		WHERE GREATEST(l.tat_ns - `+pgNanos+`, 0) + $2 <= $3
		RETURNING tat_ns, `+pgNanos, workspaceID, g.interval, g.burst)
	if err != nil {
		return Decision{}, err
	}
	var tat, now int64
	allowed := rows.Next()
	if allowed {
		err = rows.Scan(&tat, &now)
	}
	rows.Close()
	if err == nil {
		err = rows.Err()
	}
	if err == nil && !allowed {
		tat, now, err = s.read(ctx, workspaceID)
	}
	return g.decision(allowed, tat, now), err
}

func (s sharedLimiter) peek(ctx context.Context, workspaceID string, g gcra) (Decision, error) {
	tat, now, err := s.read(ctx, workspaceID)
	if fault.CodeOf(err) == fault.NotFound { // nobody asked yet
		tat, now, err = 0, 0, nil
	}
	_, ok := g.next(tat, now)
	return g.decision(ok, tat, now), err
}

func (s sharedLimiter) forget(ctx context.Context) error {
	_, err := s.db.engine.primary().Exec(ctx, `DELETE FROM limiter WHERE tat_ns < `+pgNanos)
	return err
}

func (s sharedLimiter) read(ctx context.Context, workspaceID string) (tat, now int64, err error) {
	err = s.db.engine.primary().QueryRow(ctx, `SELECT tat_ns, `+pgNanos+` FROM limiter WHERE workspace_id = $1`, workspaceID).Scan(&tat, &now)
	return tat, now, err
}
