package enrich

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
)

// GuardConfig bounds what one provider of one workspace may do to the others. Zero fields have their default.
type GuardConfig struct {
	Concurrency uint          // lookups at once; 32
	Patience    time.Duration // how long a lookup waits for one of those places; 1 s
	Failures    uint          // of the last Window lookups: so many open the breaker; 5
	Window      uint          // 10
	Cooldown    time.Duration // how long an open breaker keeps lookups away, before one may try; 30 s
}

func (c *GuardConfig) complete() {
	for n, v := range map[*uint]uint{&c.Concurrency: 32, &c.Failures: 5, &c.Window: 10} {
		if *n == 0 {
			*n = v
		}
	}
	for d, v := range map[*time.Duration]time.Duration{&c.Patience: time.Second, &c.Cooldown: 30 * time.Second} {
		if *d == 0 {
			*d = v
		}
	}
}

// Why a provider was not asked, or did not answer.
var (
	errOpen  = errors.New("enrich: the provider failed too often and is left alone for a while")
	errFull  = errors.New("enrich: too many lookups of the provider run at once")
	errLate  = errors.New("enrich: the provider did not answer in time")
	errPanic = errors.New("enrich: the provider panicked")
)

// guard keeps the health of one provider of one workspace.
type guard struct {
	breaker  circuitbreaker.CircuitBreaker[any]
	bulkhead bulkhead.Bulkhead[any]
	used     time.Time
}

type guardKey struct {
	workspaceID, provider string
	setup                 int64
}

// guards keeps a guard for each provider in use.
type guards struct {
	config GuardConfig
	mu     sync.Mutex
	all    map[guardKey]*guard
}

const (
	guardsSwept = 4096             // from so many on, those that idle are dropped
	guardIdle   = 10 * time.Minute // longer than any lookup runs and any breaker stays open
)

func newGuards(c GuardConfig) *guards {
	c.complete()
	return &guards{config: c, all: map[guardKey]*guard{}}
}

func (g *guards) of(workspaceID string, e Entry) *guard {
	g.mu.Lock()
	defer g.mu.Unlock()
	key, now := guardKey{workspaceID, e.Name, e.Setup}, time.Now()
	out := g.all[key]
	if out == nil {
		g.sweep(now)
		out = &guard{
			breaker: circuitbreaker.NewBuilder[any]().WithFailureThresholdRatio(g.config.Failures, g.config.Window).
				WithDelay(g.config.Cooldown).WithSuccessThreshold(1).Build(),
			bulkhead: bulkhead.New[any](g.config.Concurrency),
		}
		g.all[key] = out
	}
	out.used = now
	return out
}

func (g *guards) sweep(now time.Time) {
	if len(g.all) < guardsSwept {
		return
	}
	for key, one := range g.all {
		if now.Sub(one.used) > guardIdle {
			delete(g.all, key)
		}
	}
}

// ask does one lookup behind the guard. It returns when the provider's time is up, even if the provider does not; that one keeps its place in the
// bulkhead until it does.
func (g *guards) ask(ctx context.Context, s Subject, e Entry, wanted []Field) ([]Answer, error) {
	own := g.of(s.WorkspaceID, e)
	if err := own.bulkhead.AcquirePermitWithMaxWait(ctx, g.config.Patience); err != nil {
		return nil, errors.Join(errFull, ctx.Err())
	}
	if !own.breaker.TryAcquirePermit() {
		own.bulkhead.ReleasePermit()
		return nil, errOpen
	}
	bounded, cancel := context.WithTimeout(ctx, e.Timeout)
	defer cancel()
	got := make(chan looked, 1)
	go func() {
		defer own.bulkhead.ReleasePermit()
		got <- lookup(bounded, s, e, wanted)
	}()
	var r looked
	select {
	case r = <-got:
	case <-bounded.Done():
		r.err = errLate
	}
	own.note(r.err, ctx)
	return r.answers, r.err
}

type looked struct {
	answers []Answer
	err     error
}

// lookup asks the provider; a panic is a failure like others.
func lookup(ctx context.Context, s Subject, e Entry, wanted []Field) (r looked) {
	defer func() {
		if p := recover(); p != nil {
			r = looked{err: fmt.Errorf("%w: %v", errPanic, p)}
		}
	}()
	r.answers, r.err = e.Provider.Lookup(ctx, s, wanted)
	return r
}

// note tells the breaker how a lookup ended. What says nothing of the provider's health is not counted, unless the breaker waits for this very lookup
// to decide, which then decides nothing for the better.
func (g *guard) note(err error, ctx context.Context) {
	silent := errors.Is(err, ErrUnfit) || errors.Is(err, ErrUnreachable) || ctx.Err() != nil
	switch {
	case err == nil:
		g.breaker.RecordSuccess()
	case !silent || g.breaker.IsHalfOpen():
		g.breaker.RecordFailure()
	}
}
