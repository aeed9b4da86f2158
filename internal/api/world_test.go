package api_test

import (
	"context"
	"io"
	"strconv"
	"sync"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/api"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/insights"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// world answers for the domain. It notes each call that reached it and gives what a test put in.
type world struct {
	mu       sync.Mutex
	calls    map[string]int
	last     any    // the last input
	body     string // of the last import
	err      error  // given instead of an answer
	panic    any
	hold     chan struct{} // awaited before each answer, when not nil
	accounts search.Page[wire.Account]
	signals  search.Page[wire.Signal]
	record   wire.Record
	pushed   map[string]bool
	runs     map[string]run // of enrichment, by workspace and idempotency key
}

func newWorld() *world {
	a := wire.Account{ID: "a1", Domain: "example.com", Name: "Example <&> Co", Description: "Makes examples."}
	return &world{calls: map[string]int{}, pushed: map[string]bool{}, runs: map[string]run{},
		accounts: search.Page[wire.Account]{Items: []wire.Account{a}, Cursors: []string{"c1"}, Total: 1},
		record:   wire.Record{Account: &a}}
}

// visit notes a call.
func (w *world) visit(method string, in any) error {
	w.mu.Lock()
	w.calls[method]++
	w.last = in
	hold, panics, err := w.hold, w.panic, w.err
	w.mu.Unlock()
	if hold != nil {
		<-hold
	}
	if panics != nil {
		panic(panics)
	}
	return err
}

func (w *world) change(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

// total returns how many calls reached the domain.
func (w *world) total() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.calls {
		n += c
	}
	return n
}

func (w *world) input() any {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

func (w *world) Accounts(_ context.Context, _ string, in wire.FindAccounts) (search.Page[wire.Account], error) {
	return w.accounts, w.visit("accounts", in)
}

func (w *world) Leads(_ context.Context, _ string, in wire.FindLeads) (search.Page[wire.Lead], error) {
	return search.Page[wire.Lead]{}, w.visit("leads", in)
}

func (w *world) Signals(_ context.Context, _ string, in wire.ListSignals) (search.Page[wire.Signal], error) {
	return w.signals, w.visit("signals", in)
}

func (w *world) Insights(_ context.Context, _ string, in wire.GetInsights) (insights.Answer, error) {
	return insights.Answer{Insights: wire.Insights{Groups: []wire.Group{}}}, w.visit("insights", in)
}

func (w *world) All(_ context.Context, _ string, in wire.GetInsights) (insights.Whole, error) {
	return insights.Whole{Groups: func(func(wire.Group) bool) {}}, w.visit("insights", in)
}

func (w *world) Record(_ context.Context, _ string, in wire.GetRecord) (wire.Record, error) {
	if err := w.visit("record", in); err != nil {
		return wire.Record{}, err
	}
	if in.ID == "nobody" {
		return wire.Record{}, fault.New(fault.NotFound, "")
	}
	return w.record, nil
}

func (w *world) Push(_ context.Context, _ string, actor activity.Actor, in wire.PushSignal) (wire.Pushed, bool, error) {
	if err := w.visit("push", in); err != nil {
		return wire.Pushed{}, false, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := w.pushed[in.ExternalID]
	w.pushed[in.ExternalID] = in.ExternalID != ""
	return wire.Pushed{SignalCaptureID: "s" + strconv.Itoa(w.calls["push"]) + " by " + actor.Name, Duplicate: seen}, !seen, nil
}

func (w *world) PushBatch(_ context.Context, _ string, _ activity.Actor, in wire.PushSignals) (wire.Batch, error) {
	return wire.Batch{Results: []wire.BatchResult{}, Created: len(in.Signals)}, w.visit("batch", in)
}

func (w *world) Import(_ context.Context, _ string, _ activity.Actor, r api.ImportRequest) (wire.ImportReport, error) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return wire.ImportReport{}, err
	}
	w.change(func() { w.body = string(text) })
	r.Body = nil
	return wire.ImportReport{Read: len(text), Report: []wire.LineError{}}, w.visit("import", r)
}
