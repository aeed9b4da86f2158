package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/unstuckengine/unstuck/internal/store"
)

// jobLog keeps what a handler was given, and gives it on.
type jobLog struct {
	mu   sync.Mutex
	seen []string
	each chan string
}

func newJobLog() *jobLog { return &jobLog{each: make(chan string, 1000)} }

func (l *jobLog) note(args []byte) {
	l.mu.Lock()
	l.seen = append(l.seen, string(args))
	l.mu.Unlock()
	l.each <- string(args)
}

// await waits until n jobs were worked and returns them, sorted.
func (l *jobLog) await(t *testing.T, n int) []string {
	t.Helper()
	for range n {
		select {
		case <-l.each:
		case <-time.After(30 * time.Second):
			t.Fatalf("no more jobs came after %v", l.seen)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(slices.Values(l.seen))
}

// runJobs works on jobs of kind "test" until the test ends.
func runJobs(t *testing.T, db *store.DB, h store.JobHandler) *store.Jobs {
	t.Helper()
	j, err := db.RunJobs(context.Background(), store.JobsConfig{Handlers: map[string]store.JobHandler{"test": h}, Workers: 8, Drain: 10 * time.Second})
	if err != nil {
		t.Fatalf("RunJobs: %v", err)
	}
	t.Cleanup(func() {
		if err := j.Stop(context.Background()); err != nil {
			t.Errorf("Stop: %v", err)
		}
	})
	return j
}

func onEngines(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) { fn(t, mustOpen(t, e.empty(t))) })
	}
}

var errUndo = errors.New("undo")

func TestJobsLiveAndDieWithTheirTransaction(t *testing.T) {
	onEngines(t, func(t *testing.T, db *store.DB) {
		ctx, log := context.Background(), newJobLog()
		runJobs(t, db, func(_ context.Context, _ <-chan struct{}, args []byte) error { log.note(args); return nil })
		err := db.Tx(ctx, func(ctx context.Context, _ *store.Tx) error {
			if err := db.Enqueue(ctx, "test", []byte(`{"n":0}`)); err != nil {
				return err
			}
			return errUndo
		})
		if !errors.Is(err, errUndo) {
			t.Fatal(err)
		}
		err = db.Tx(ctx, func(ctx context.Context, _ *store.Tx) error {
			return db.Enqueue(ctx, "test", []byte(`{"n":1}`), []byte(`{"n":2}`))
		})
		if err == nil {
			err = db.Enqueue(ctx, "test", []byte(`{"n":3}`))
		}
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]string{`{"n":1}`, `{"n":2}`, `{"n":3}`}, compact(log.await(t, 3))); d != "" {
			t.Errorf("jobs (-want +got):\n%s", d)
		}
	})
}

// compact takes out the blanks that PostgreSQL puts into JSON.
func compact(texts []string) []string {
	for i, text := range texts {
		var n int
		if _, err := fmt.Sscanf(text, `{"n": %d}`, &n); err == nil {
			texts[i] = fmt.Sprintf(`{"n":%d}`, n)
		}
	}
	return texts
}

type afterwards struct{ d time.Duration }

func (afterwards) Error() string             { return "not now" }
func (a afterwards) RunAfter() time.Duration { return a.d }

// TestJobsRunAgain: one that fails, panics or asks for it is run again.
func TestJobsRunAgain(t *testing.T) {
	onEngines(t, func(t *testing.T, db *store.DB) {
		log, tries := newJobLog(), map[string]int{}
		var mu sync.Mutex
		runJobs(t, db, func(_ context.Context, _ <-chan struct{}, args []byte) error {
			mu.Lock()
			name := compact([]string{string(args)})[0]
			tries[name]++
			first := tries[name] == 1
			mu.Unlock()
			switch {
			case first && name == `{"n":1}`:
				return errUndo
			case first && name == `{"n":2}`:
				panic("a handler's mistake")
			case first && name == `{"n":3}`:
				return afterwards{10 * time.Millisecond}
			}
			log.note(args)
			return nil
		})
		if err := db.Enqueue(context.Background(), "test", []byte(`{"n":1}`), []byte(`{"n":2}`), []byte(`{"n":3}`), []byte(`{"n":4}`)); err != nil {
			t.Fatal(err)
		}
		log.await(t, 4)
		if d := cmp.Diff(map[string]int{`{"n":1}`: 2, `{"n":2}`: 2, `{"n":3}`: 2, `{"n":4}`: 1}, tries); d != "" {
			t.Errorf("runs (-want +got):\n%s", d)
		}
	})
}

// TestBegunJobs: a job that was taken is listed until it ends, one that waits is not.
func TestBegunJobs(t *testing.T) {
	onEngines(t, func(t *testing.T, db *store.DB) {
		ctx, log, release := context.Background(), newJobLog(), make(chan struct{})
		begun := func(before time.Time) []string {
			list, err := db.Begun(ctx, "test", before)
			if err != nil {
				t.Fatal(err)
			}
			out := []string{}
			for _, args := range list {
				out = append(out, string(args))
			}
			return compact(out)
		}
		if err := db.Enqueue(ctx, "test", []byte(`{"n":1}`)); err != nil {
			t.Fatal(err)
		}
		later := time.Now().Add(time.Hour)
		if got := begun(later); len(got) != 0 {
			t.Errorf("before it was taken: %v", got)
		}
		runJobs(t, db, func(_ context.Context, _ <-chan struct{}, args []byte) error { log.note(args); <-release; return nil })
		log.await(t, 1)
		if d := cmp.Diff([]string{`{"n":1}`}, begun(later)); d != "" {
			t.Errorf("while it runs (-want +got):\n%s", d)
		}
		if got := begun(time.Now().Add(-time.Hour)); len(got) != 0 {
			t.Errorf("taken an hour ago: %v", got)
		}
		close(release)
		for deadline := time.Now().Add(30 * time.Second); len(begun(later)) != 0; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("the job is listed although it ended")
			}
		}
	})
}

// TestStopLetsRunningJobsEnd: they are told, and what they enqueue meanwhile is there for the next process. Nothing is left running.
func TestStopLetsRunningJobsEnd(t *testing.T) {
	onEngines(t, func(t *testing.T, db *store.DB) {
		ctx, log := context.Background(), newJobLog()
		ignore := goleak.IgnoreCurrent()
		j, err := db.RunJobs(ctx, store.JobsConfig{Workers: 1, Drain: 20 * time.Second, Handlers: map[string]store.JobHandler{
			"test": func(ctx context.Context, stopping <-chan struct{}, args []byte) error {
				log.note(args)
				<-stopping
				return db.Enqueue(ctx, "test", []byte(`{"n":2}`))
			}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Enqueue(ctx, "test", []byte(`{"n":1}`)); err != nil {
			t.Fatal(err)
		}
		log.await(t, 1)
		for range 2 {
			if err := j.Stop(ctx); err != nil {
				t.Fatal(err)
			}
		}
		goleak.VerifyNone(t, ignore, goleak.IgnoreAnyFunction("github.com/jackc/pgx/v5/pgxpool.(*Pool).backgroundHealthCheck"))
		runJobs(t, db, func(_ context.Context, _ <-chan struct{}, args []byte) error { log.note(args); return nil })
		if d := cmp.Diff([]string{`{"n":1}`, `{"n":2}`}, compact(log.await(t, 1))); d != "" {
			t.Errorf("jobs (-want +got):\n%s", d)
		}
	})
}

// TestStopCutsShortAtTheEndOfItsPatience: a job that does not end by itself loses its context, and runs again later.
func TestStopCutsShortAtTheEndOfItsPatience(t *testing.T) {
	onEngines(t, func(t *testing.T, db *store.DB) {
		ctx, log := context.Background(), newJobLog()
		j, err := db.RunJobs(ctx, store.JobsConfig{Workers: 1, Drain: time.Millisecond, Handlers: map[string]store.JobHandler{
			"test": func(ctx context.Context, _ <-chan struct{}, args []byte) error {
				log.note(args)
				<-ctx.Done()
				return ctx.Err()
			}}})
		if err == nil {
			err = db.Enqueue(ctx, "test", []byte(`{"n":1}`))
		}
		if err != nil {
			t.Fatal(err)
		}
		log.await(t, 1)
		if err := j.Stop(ctx); err != nil {
			t.Fatal(err)
		}
		runJobs(t, db, func(_ context.Context, _ <-chan struct{}, args []byte) error { log.note(args); return nil })
		if d := cmp.Diff([]string{`{"n":1}`, `{"n":1}`}, compact(log.await(t, 1))); d != "" {
			t.Errorf("jobs (-want +got):\n%s", d)
		}
	})
}
