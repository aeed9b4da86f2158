package store

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestTheDialectStaysSmall: a further difference between the engines needs a reason in docs/decisions.md.
func TestTheDialectStaysSmall(t *testing.T) {
	const most = 12
	if n := reflect.TypeFor[dialect]().NumField(); n > most {
		t.Errorf("the dialect has %d fields, at most %d are agreed", n, most)
	}
}

func TestTheProcessClockNeverGoesBack(t *testing.T) {
	at := time.UnixMicro(1000)
	c := newClock(func() time.Time { return at })
	for _, step := range []struct{ set, want int64 }{{1000, 1000}, {500, 1000}, {1001, 1001}, {-5, 1001}, {2000, 2000}} {
		at = time.UnixMicro(step.set)
		if got := c.micros(); got != step.want {
			t.Errorf("at %d the clock says %d, want %d", step.set, got, step.want)
		}
	}
}

// TestNoMoreThanBurstAndRate is the limiter's promise: in every window at most burst + rate x window are admitted, a
// retry after RetryAfter succeeds, and what the rate allows is not refused beyond rounding.
func TestNoMoreThanBurstAndRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate, burst := rapid.IntRange(1, 6000).Draw(t, "rate"), rapid.IntRange(1, 600).Draw(t, "burst")
		g := newGCRA(rate, burst)
		var tat, now int64 = 0, int64(time.Hour)
		var admitted []int64
		for _, wait := range rapid.SliceOfN(rapid.Int64Range(0, 2*g.interval), 1, 300).Draw(t, "waits") {
			now += wait
			next, ok := g.next(tat, now)
			if !ok {
				d := g.decision(false, tat, now)
				if _, later := g.next(tat, now+int64(d.RetryAfter)); !later || d.RetryAfter <= 0 {
					t.Fatalf("a retry after %v is refused", d.RetryAfter)
				}
				continue
			}
			tat, admitted = next, append(admitted, now)
		}
		for i := range admitted {
			for j := i; j < len(admitted); j++ {
				window := admitted[j] - admitted[i]
				if n, most := int64(j-i+1), int64(burst)+window*int64(rate)/int64(time.Minute); n > most {
					t.Fatalf("%d admitted within %v, at most %d may be", n, time.Duration(window), most)
				}
			}
		}
	})
}

func TestIdleWorkspacesAreForgotten(t *testing.T) {
	at := time.Unix(1000, 0)
	l := newLocalLimiter(newClock(func() time.Time { return at }))
	for i := range 5000 {
		at = at.Add(time.Second)
		if d, err := l.take(context.Background(), fmt.Sprint(i), newGCRA(60, 1)); err != nil || !d.Allowed {
			t.Fatalf("workspace %d: %+v, %v", i, d, err)
		}
	}
	if n := len(l.tats); n > 2048 {
		t.Errorf("%d workspaces are remembered", n)
	}
}

// TestStatementsAreEvictedWhileInUse runs more texts than the cache holds, with rows still open on evicted ones.
func TestStatementsAreEvictedWhileInUse(t *testing.T) {
	ctx := context.Background()
	db, err := Open(ctx, Config{DataDir: t.TempDir(), Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	open, err := db.q(ctx).Query(ctx, "SELECT 1 UNION ALL SELECT 2")
	if err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		for i := range 2 * stmtCacheSize {
			var got int
			if err := db.q(ctx).QueryRow(ctx, fmt.Sprintf("SELECT %d", i)).Scan(&got); err != nil || got != i {
				t.Fatalf("round %d: SELECT %d = %d, %v", round, i, got, err)
			}
		}
	}
	n := 0
	for open.Next() {
		n++
	}
	if err := open.Err(); err != nil || n != 2 {
		t.Errorf("rows of an evicted statement: %d, %v", n, err)
	}
	open.Close()
	if n := db.engine.(*sqliteEngine).ss.order.Len(); n != stmtCacheSize {
		t.Errorf("%d statements are kept, want %d", n, stmtCacheSize)
	}
}

// TestTransactionsLearnTheirStatements: what one transaction had to prepare, the next finds prepared.
func TestTransactionsLearnTheirStatements(t *testing.T) {
	ctx := context.Background()
	db, err := Open(ctx, Config{DataDir: t.TempDir(), Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const text = "UPDATE workspaces SET burst = burst + $1"
	cache := db.engine.(*sqliteEngine).ws
	for i, prepared := range []bool{false, true, true} {
		err := db.Tx(ctx, func(ctx context.Context, tx *Tx) error {
			cache.mu.Lock()
			_, ok := cache.entries[text]
			cache.mu.Unlock()
			if ok != prepared {
				t.Errorf("transaction %d: prepared = %t, want %t", i+1, ok, prepared)
			}
			for range 3 {
				if _, err := tx.Exec(ctx, text, 1); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
