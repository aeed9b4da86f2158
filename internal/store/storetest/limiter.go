package storetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/store"
)

var limiterCases = []Case{
	{"a burst is allowed and not one more", limiterBurst},
	{"many at once get exactly the burst", limiterExact},
	{"one workspace does not spend another's rate", limiterIsolation},
	{"a rate of 0 is unlimited", limiterUnlimited},
	{"looking at the quota spends nothing", limiterQuota},
	{"a failure is never a free pass", limiterFails},
}

func limiterBurst(t *testing.T, db *store.DB) {
	ctx := context.Background()
	const burst = 5 // at one a minute nothing comes back during the test
	for i := range burst {
		d, err := db.Take(ctx, "w", 1, burst)
		wantCode(t, "take", err, "")
		if !d.Allowed || d.Limit != 1 || d.Remaining != burst-1-i || d.RetryAfter != 0 || d.ResetAfter <= 0 {
			t.Fatalf("request %d: %+v", i+1, d)
		}
	}
	for range 3 {
		d, err := db.Take(ctx, "w", 1, burst)
		wantCode(t, "take", err, "")
		if d.Allowed || d.Remaining != 0 || d.RetryAfter <= 0 || d.RetryAfter > time.Minute || d.ResetAfter <= 4*time.Minute {
			t.Fatalf("a request beyond the burst: %+v", d)
		}
	}
}

func limiterQuota(t *testing.T, db *store.DB) {
	ctx := context.Background()
	const burst = 2
	for want := burst; want >= 0; want-- {
		for range 2 {
			d, err := db.Quota(ctx, "w", 1, burst)
			wantCode(t, "quota", err, "")
			if d.Remaining != want || d.Limit != 1 || d.Allowed != (want > 0) {
				t.Fatalf("quota = %+v, want %d remaining", d, want)
			}
		}
		if _, err := db.Take(ctx, "w", 1, burst); err != nil {
			t.Fatal(err)
		}
	}
}

func limiterExact(t *testing.T, db *store.DB) {
	const burst, callers, each = 37, 16, 10
	ctx := context.Background()
	var allowed atomic.Int64
	errs := make([]error, callers)
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for range each {
				d, err := db.Take(ctx, "w", 1, burst)
				if d.Allowed {
					allowed.Add(1)
				}
				errs[c] = errors.Join(errs[c], err)
			}
		})
	}
	wg.Wait()
	wantCode(t, "take", errors.Join(errs...), "")
	if got := allowed.Load(); got != burst {
		t.Errorf("allowed %d of %d, want exactly %d", got, callers*each, burst)
	}
}

func limiterIsolation(t *testing.T, db *store.DB) {
	ctx := context.Background()
	for _, c := range []struct {
		workspace string
		want      bool
	}{{"a", true}, {"a", false}, {"b", true}, {"b", false}, {"a", false}} {
		d, err := db.Take(ctx, c.workspace, 1, 1)
		wantCode(t, "take", err, "")
		if d.Allowed != c.want {
			t.Fatalf("%s allowed = %t, want %t", c.workspace, d.Allowed, c.want)
		}
	}
}

func limiterUnlimited(t *testing.T, db *store.DB) {
	for range 50 {
		if d, err := db.Take(context.Background(), "w", 0, 1); err != nil || !d.Allowed || d.Limit != 0 {
			t.Fatalf("unlimited: %+v, %v", d, err)
		}
	}
}

func limiterFails(t *testing.T, db *store.DB) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	d, err := db.Take(ctx, "w", 1, 1)
	wantCode(t, "cancelled", err, fault.StoreUnavailable)
	if d.Allowed {
		t.Error("a failing limiter let the request through")
	}
}
