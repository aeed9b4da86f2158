package usage_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/usage"
)

var start = time.Date(2026, 3, 4, 5, 59, 59, 0, time.UTC)

// ledger takes what is flushed, or refuses while err is set.
type ledger struct {
	mu      sync.Mutex
	err     error
	calls   []int // rows of each call
	rows    map[string]usage.Counts
	clients map[string]usage.Client
}

func newLedger() *ledger {
	return &ledger{rows: map[string]usage.Counts{}, clients: map[string]usage.Client{}}
}

func (l *ledger) AddUsage(_ context.Context, rows []usage.Row) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, len(rows))
	if l.err != nil {
		return l.err
	}
	for _, r := range rows {
		name := fmt.Sprint(r.WorkspaceID, " ", r.KeyID, " ", r.Tool, " ", r.Hour.Format("15:04"))
		c := l.rows[name]
		c.Add(r.Counts)
		l.rows[name] = c
	}
	return nil
}

func (l *ledger) AddClients(_ context.Context, rows []usage.ClientRow) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	for _, r := range rows {
		c := l.clients[r.KeyID+" "+r.Name]
		r.Requests += c.Requests
		l.clients[r.KeyID+" "+r.Name] = r.Client
	}
	return nil
}

func event(key string, status int, at time.Duration) usage.Event {
	return usage.Event{WorkspaceID: "w", KeyID: key, Tool: "find_leads", Agent: "curl/8.5", At: start.Add(at), Status: status, Remaining: 100 - status%100}
}

func flush(t *testing.T, c *usage.Counter) {
	t.Helper()
	if err := c.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestCounterTellsOutcomesAndHoursApart(t *testing.T) {
	l := newLedger()
	c := usage.NewCounter(l, 0, nil)
	for i, status := range []int{200, 201, 304, 400, 403, 404, 499, 429, 500, 503} {
		c.Note(event("k", status, time.Duration(i)*100*time.Millisecond)) // the hour ends at the tenth
	}
	free := event("k", 200, time.Hour)
	free.Remaining = usage.Unlimited
	c.Note(free)
	flush(t, c)
	want := map[string]usage.Counts{
		"w k find_leads 05:00": {Requests: 10, Errors: 2, Refusals: 4, Limited: 1, Least: 1, Measured: true},
		"w k find_leads 06:00": {Requests: 1},
	}
	if fmt.Sprint(l.rows) != fmt.Sprint(want) {
		t.Errorf("counted %+v\nwant %+v", l.rows, want)
	}
	if got := l.rows["w k find_leads 05:00"].Answered(); got != 3 {
		t.Errorf("%d were answered, want 3", got)
	}
	if got := l.clients["k curl/8.5"]; got.Requests != 11 || !got.FirstUsedAt.Equal(start) || !got.LastUsedAt.Equal(start.Add(time.Hour)) {
		t.Errorf("the program: %+v", got)
	}
}

// TestCounterIsExactUnderConcurrency notes from many goroutines while others flush.
func TestCounterIsExactUnderConcurrency(t *testing.T) {
	l := newLedger()
	c := usage.NewCounter(l, 0, nil)
	var all sync.WaitGroup
	for g := range 20 {
		all.Go(func() {
			for i := range 1000 {
				c.Note(event(fmt.Sprint("k", i%3), []int{200, 404, 500}[(g+i)%3], 0))
				if i%250 == 0 {
					if err := c.Flush(context.Background()); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	flush(t, c)
	var sum usage.Counts
	var visits int64
	for _, r := range l.rows {
		sum.Add(r)
	}
	for _, v := range l.clients {
		visits += v.Requests
	}
	if sum.Requests != 20_000 || sum.Answered()+sum.Refusals+sum.Errors != 20_000 || visits != 20_000 || len(l.rows) != 3 {
		t.Errorf("counted %+v in %d rows and %d visits", sum, len(l.rows), visits)
	}
}

func TestFailedFlushIsAddedLater(t *testing.T) {
	l := newLedger()
	l.err = errors.New("down")
	c := usage.NewCounter(l, 0, nil)
	for i := range 3 {
		c.Note(event("k", 200, 0))
		if err := c.Flush(context.Background()); !errors.Is(err, l.err) {
			t.Fatalf("flush %d: %v", i, err)
		}
	}
	l.err = nil
	flush(t, c)
	flush(t, c)
	if got := l.rows["w k find_leads 05:00"]; got.Requests != 3 || l.clients["k curl/8.5"].Requests != 3 {
		t.Errorf("counted %+v, %+v", got, l.clients)
	}
	if fmt.Sprint(l.calls) != "[1 1 1 1]" {
		t.Errorf("an empty flush went to the store: %v", l.calls)
	}
}

func TestFlushGoesInBatches(t *testing.T) {
	l := newLedger()
	c := usage.NewCounter(l, 0, nil)
	for i := range 1234 {
		c.Note(event(fmt.Sprint(i), 200, 0))
	}
	flush(t, c)
	if fmt.Sprint(l.calls) != "[500 500 234]" || len(l.rows) != 1234 {
		t.Errorf("batches %v of %d rows", l.calls, len(l.rows))
	}
}

func TestMemoryIsBounded(t *testing.T) {
	l := newLedger()
	l.err = errors.New("down")
	var said []string
	c := usage.NewCounter(l, time.Hour, func(err error) { said = append(said, err.Error()) })
	for i := range 20_010 {
		c.Note(event(fmt.Sprint(i), 200, 0))
	}
	ended, stop := context.WithCancel(context.Background())
	stop()
	c.Run(ended)
	if len(said) != 2 || !strings.Contains(said[1], "10 requests") {
		t.Errorf("the failures told of: %q", said)
	}
	l.err = nil
	flush(t, c)
	if len(l.rows) != 20_000 {
		t.Errorf("%d rows were kept", len(l.rows))
	}
}

func TestRunFlushesEachIntervalAndAtTheEnd(t *testing.T) {
	l := newLedger()
	c := usage.NewCounter(l, time.Millisecond, func(err error) { t.Error(err) })
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { c.Run(ctx); close(done) }()
	c.Note(event("first", 200, 0))
	counted := func(key string) bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.rows["w "+key+" find_leads 05:00"].Requests == 1
	}
	for !counted("first") {
		time.Sleep(time.Millisecond)
	}
	stop()
	<-done
	c = usage.NewCounter(l, time.Hour, func(err error) { t.Error(err) })
	c.Note(event("last", 200, 0))
	c.Run(ctx) // whose end has come already
	if !counted("last") {
		t.Error("the end did not flush")
	}
}

func TestNotingAllocatesNothing(t *testing.T) {
	c := usage.NewCounter(newLedger(), 0, nil)
	e := event("k", 200, 0)
	c.Note(e)
	if n := testing.AllocsPerRun(1000, func() { c.Note(e) }); n != 0 {
		t.Errorf("a note allocates %v times", n)
	}
}

func BenchmarkNote(b *testing.B) {
	c := usage.NewCounter(newLedger(), 0, nil)
	e := event("k", 200, 0)
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			c.Note(e)
		}
	})
}

func TestClientName(t *testing.T) {
	for agent, want := range map[string]string{
		"":                                   "unnamed",
		"  ":                                 "unnamed",
		"other":                              "unnamed",
		"curl/8.5.0":                         "curl/8.5.0",
		"Mozilla/5.0 (X11; Linux) Gecko":     "Mozilla/5.0",
		"unstuck-cli/1.2.0":                  "unstuck-cli/1.2.0",
		"unstuck-mcp/1.0 (claude-ai 0.9)":    "unstuck-mcp/1.0 (claude-ai 0.9)",
		"unstuckish/1 x":                     "unstuckish/1",
		"<script>alert(1)</script> x":        "<script>alert(1)</script>",
		"caf\u00e9/1":                        "caf??/1",
		"a\x00b\x7f":                         "a?b?",
		strings.Repeat("x", 1000):            strings.Repeat("x", 80),
		"unstuck-" + strings.Repeat("y", 99): "unstuck-" + strings.Repeat("y", 72),
	} {
		if got := usage.ClientName(agent); got != want {
			t.Errorf("%.40q is %q, want %q", agent, got, want)
		}
	}
}
