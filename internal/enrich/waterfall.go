package enrich

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// Why a miss may not be the last word, as answers say it.
const (
	ProblemFailed = "provider_failed" // one of those that were asked failed, or was not asked because it fails or is busy
	ProblemTime   = "out_of_time"     // the time of the call was up before all were asked
)

// result is what the waterfall of one field brought.
type result struct {
	answer  Answer // Value is nil when nothing usable was found
	source  string
	cost    int64
	tried   []string
	problem string
}

func (r result) found() bool { return r.answer.Value != nil }

// walk is the waterfall of one call.
type walk struct {
	service *Service
	plan    Plan
	subject Subject
	wanted  []Field

	mu    sync.Mutex
	asked map[string]*asked // by the entry's name
}

// asked is a lookup that serves every field that reaches its entry.
type asked struct {
	done    chan struct{} // closed when the others are set
	answers map[Field]Answer
	err     error
}

// waterfall asks for the wanted fields side by side, and for each the entries of the plan in their order, until one has a usable value. It ends when
// ctx does, whatever the providers do.
func (s *Service) waterfall(ctx context.Context, plan Plan, subject Subject, wanted []Field) map[Field]result {
	w := &walk{service: s, plan: plan, subject: subject, wanted: wanted, asked: map[string]*asked{}}
	results := make([]result, len(wanted))
	var all sync.WaitGroup
	for i, f := range wanted {
		all.Go(func() { results[i] = w.field(ctx, f) })
	}
	all.Wait()
	out := map[Field]result{}
	for i, f := range wanted {
		out[f] = results[i]
	}
	return out
}

func (w *walk) field(ctx context.Context, f Field) result {
	r := result{tried: []string{}}
	for _, e := range w.plan[f] {
		if ctx.Err() != nil {
			break
		}
		r.tried = append(r.tried, e.Name)
		a, err := w.ask(ctx, e, f)
		switch {
		case err == nil && a.Value != nil:
			return result{answer: a, source: e.Name, cost: max(0, e.Cost), tried: r.tried}
		case err != nil && !errors.Is(err, ErrUnfit) && ctx.Err() == nil:
			r.problem = ProblemFailed
		}
	}
	if ctx.Err() != nil {
		r.problem = ProblemTime
	}
	return r
}

// ask returns what the entry has of the field, in its normal form, or an answer without a value.
func (w *walk) ask(ctx context.Context, e Entry, f Field) (Answer, error) {
	a := w.shared(ctx, e)
	select {
	case <-a.done:
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	}
	answer, ok := a.answers[f]
	if a.err != nil || !ok {
		return Answer{}, a.err
	}
	return w.service.usable(ctx, w.subject, answer), nil
}

// shared returns the entry's one lookup of this call, which the first field to reach it begins.
func (w *walk) shared(ctx context.Context, e Entry) *asked {
	w.mu.Lock()
	defer w.mu.Unlock()
	if a := w.asked[e.Name]; a != nil {
		return a
	}
	a := &asked{done: make(chan struct{})}
	w.asked[e.Name] = a
	go func() {
		defer close(a.done)
		answers, err := w.service.guards.ask(ctx, w.subject, e, w.served(e))
		if err != nil && !errors.Is(err, ErrUnfit) && ctx.Err() == nil {
			w.service.Failed(w.subject.WorkspaceID, e.Name, err)
		}
		a.err, a.answers = err, map[Field]Answer{}
		for _, one := range answers {
			if _, twice := a.answers[one.Field]; !twice {
				a.answers[one.Field] = one
			}
		}
	}()
	return a
}

// served returns the wanted fields whose waterfall the entry is in.
func (w *walk) served(e Entry) (out []Field) {
	for _, f := range w.wanted {
		if slices.ContainsFunc(w.plan[f], func(o Entry) bool { return o.Name == e.Name }) {
			out = append(out, f)
		}
	}
	return out
}
