package enrich

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// TestTurns: of one workspace one at a time, others beside it; who leaves the queue does not keep it, and nothing is left behind.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns, ctx := newTurns(), context.Background()
		var inside, most int
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				leave, err := turns.take(ctx, "a")
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				inside++
				most = max(most, inside)
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				inside--
				mu.Unlock()
				leave()
			})
		}
		synctest.Wait()
		begun := time.Now()
		if leave, err := turns.take(ctx, "b"); err != nil || !time.Now().Equal(begun) {
			t.Errorf("another workspace waited: %v", err)
		} else {
			leave()
		}
		short, cancel := context.WithTimeout(ctx, time.Millisecond)
		defer cancel()
		if _, err := turns.take(short, "a"); fault.CodeOf(err) != fault.StoreUnavailable || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("who could not wait got %v", err)
		}
		all.Wait()
		if most != 1 || len(turns.all) != 0 || time.Since(begun) != 20*time.Second {
			t.Errorf("at most %d at once, %d left, after %v", most, len(turns.all), time.Since(begun))
		}
	})
}
