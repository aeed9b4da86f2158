package signals

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// PushBatch keeps the items that are valid, in one transaction, and reports the others with their reasons; paths begin
// with the item's place (signals[3].identity.email). An item may bring its own idempotency key: with the same item it
// answers what it first answered, with another item it is rejected. A key that another request is using just now
// refuses the batch with fault.IdempotencyInFlight, to be sent again. The input must have passed its Validate.
func (s *Service) PushBatch(ctx context.Context, workspaceID string, actor activity.Actor, in wire.PushSignals) (out wire.Batch, err error) {
	read := make([]item, len(in.Signals))
	for i, raw := range in.Signals {
		read[i] = readItem(i, raw)
	}
	err = s.store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		b := &batch{items: append([]item(nil), read...), results: make([]wire.BatchResult, len(read))}
		types, err := s.store.SignalTypes(ctx, workspaceID)
		if err != nil {
			return err
		}
		b.judge(types, now)
		if err := s.claim(ctx, workspaceID, b); err != nil {
			return err
		}
		if err := s.captureBatch(ctx, push{workspaceID, actor, "push_signals", types}, now, b); err != nil {
			return err
		}
		out = b.answer()
		return nil
	})
	return out, err
}

// item is one signal of a batch; a non-nil err rejects it.
type item struct {
	signal Signal
	key    string
	hash   []byte // of the item without its key; nil when it has none
	err    error
}

// batch is a batch under way. sameAs points items with a key that an earlier item has at that item.
type batch struct {
	items   []item
	results []wire.BatchResult
	sameAs  map[int]int
	done    map[int]bool // answered by an idempotency key
}

func place(i int) string { return "signals[" + strconv.Itoa(i) + "]" }

func readItem(i int, raw json.RawMessage) item {
	var in wire.PushSignal
	err := strictjson.Decode(raw, &in)
	if err == nil {
		err = in.Validate()
	}
	out := item{key: in.IdempotencyKey}
	if err == nil {
		out.signal, err = Normal(in)
	}
	if err == nil && in.IdempotencyKey != "" {
		out.hash, err = hashItem(in)
	}
	out.err = under(place(i), err)
	return out
}

func hashItem(in wire.PushSignal) ([]byte, error) {
	in.IdempotencyKey = ""
	canonical, err := strictjson.CanonicalValue(in)
	sum := sha256.Sum256(append([]byte("item of push_signals\n"), canonical...))
	return sum[:], err
}

// judge rejects what the types and the clock refuse, and settles keys that occur twice in the batch.
func (b *batch) judge(types Types, now time.Time) {
	b.sameAs, b.done = map[int]int{}, map[int]bool{}
	first := map[string]int{}
	for i := range b.items {
		it := &b.items[i]
		if it.err == nil {
			it.err = under(place(i), types.Acceptable(it.signal, now))
		}
		if it.err != nil || it.key == "" {
			continue
		}
		j, again := first[it.key]
		switch {
		case !again:
			first[it.key] = i
		case string(b.items[j].hash) == string(it.hash):
			b.sameAs[i] = j
		default:
			it.err = keyReused()
		}
	}
}

func keyReused() error {
	return fault.New(fault.IdempotencyKeyReused, fault.IdempotencyKeyReused.Detail())
}

// open returns the places of the items that are still to be dealt with.
func (b *batch) open() []int {
	var out []int
	for i := range b.items {
		if _, same := b.sameAs[i]; !same && b.items[i].err == nil && !b.done[i] {
			out = append(out, i)
		}
	}
	return out
}

// claim takes the items' own keys and fills in what they have answered before.
func (s *Service) claim(ctx context.Context, workspaceID string, b *batch) error {
	var places []int
	var claims []Claim
	for _, i := range b.open() {
		if it := b.items[i]; it.key != "" {
			places, claims = append(places, i), append(claims, Claim{it.key, it.hash})
		}
	}
	if len(claims) == 0 {
		return nil
	}
	claimed, err := s.store.ClaimKeys(ctx, workspaceID, claims)
	if err != nil {
		return err
	}
	for n, i := range places {
		switch c := claimed[n]; {
		case c.Reused:
			b.items[i].err = keyReused()
		case c.Answer != nil:
			if err := json.Unmarshal(c.Answer, &b.results[i]); err != nil || b.results[i].SignalCaptureID == nil {
				b.items[i].err = keyReused() // it answered another kind of request
				continue
			}
			b.done[i] = true
		}
	}
	return nil
}

func (b *batch) signals(places []int) []Signal {
	list := make([]Signal, len(places))
	for n, i := range places {
		list[n] = b.items[i].signal
	}
	return list
}

// captureBatch stores the items left that can be paid for, completes their keys and writes the activity row.
func (s *Service) captureBatch(ctx context.Context, p push, now time.Time, b *batch) error {
	if err := s.lock(ctx, p, b.signals(b.open())); err != nil {
		return err
	}
	places, err := s.afford(ctx, p, b, b.open())
	if err != nil || len(places) == 0 {
		return err
	}
	list := b.signals(places)
	captured, err := s.capture(ctx, p, list)
	if err != nil {
		return err
	}
	var answers []Answer
	for n, i := range places {
		b.results[i] = wire.BatchResult{Status: wire.Created, SignalCaptureID: &captured[n].ID}
		if captured[n].Duplicate {
			b.results[i].Status = wire.Duplicate
		}
		if key := b.items[i].key; key != "" {
			body, err := json.Marshal(b.results[i])
			if err != nil {
				return err
			}
			answers = append(answers, Answer{key, body})
		}
	}
	if err := s.store.CompleteKeys(ctx, p.workspaceID, answers); err != nil {
		return err
	}
	return s.record(ctx, p.workspaceID, now, p.actor, list, captured, b.rejected())
}

func (b *batch) rejected() (n int) {
	for i := range b.items {
		if b.items[i].err != nil {
			n++
		}
	}
	return n
}

func (b *batch) answer() wire.Batch {
	out := wire.Batch{Results: b.results}
	for i := range b.results {
		if j, same := b.sameAs[i]; same {
			b.results[i], b.items[i].err = b.results[j], b.items[j].err
		}
		r := &b.results[i]
		if err := b.items[i].err; err != nil {
			*r = wire.BatchResult{Status: wire.Rejected, Error: refused(err)}
		}
		r.Index = i
		switch r.Status {
		case wire.Created:
			out.Created++
		case wire.Duplicate:
			out.Duplicates++
		case wire.Rejected:
			out.Rejected++
		}
	}
	return out
}
