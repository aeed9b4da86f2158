package enrich

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Reply is an answer as it is sent and kept for replay.
type Reply struct {
	Status      int
	ContentType string
	Body        []byte
}

// attempt is one attempt at a run.
type attempt struct {
	key      string // idempotency key; "" for none
	hash     []byte
	runID    string // names the charges, so that they are made once whoever makes them
	holder   string // names the reservation and who holds the key
	mine     bool   // no other attempt is alive
	reply    *Reply // the answer that is kept, once it is
	replayed bool
}

type attemptKey struct{}

// Do lets fn enrich under an idempotency key. Of all calls with the key and the request hash one enriches, and its answer, kept in the transaction
// that charges, is what all of them return for 24 hours, byte for byte, with replayed = true for the later ones. Unlike the replays of other
// writes no transaction is open while fn runs. Errors: idempotency_key_reused for another hash, idempotency_in_flight when the call that holds the
// key does not end within two seconds, and fn's own, after which nothing is kept. A call that died is taken over once its time is up.
func (s *Service) Do(ctx context.Context, _, key string, requestHash []byte, fn func(ctx context.Context) (Reply, error)) (out Reply, replayed bool, err error) {
	a := &attempt{key: key, hash: requestHash}
	out, err = fn(context.WithValue(ctx, attemptKey{}, a))
	if err == nil && a.reply != nil {
		return *a.reply, a.replayed, nil
	}
	return out, false, err
}

// runAs runs the task and reads its answer.
func runAs[T any](ctx context.Context, s *Service, c Caller, t *task) (out T, err error) {
	a, ok := ctx.Value(attemptKey{}).(*attempt)
	if !ok {
		a = &attempt{}
	}
	body, err := s.run(ctx, c, t, a)
	if err == nil {
		err = json.Unmarshal(body, &out)
	}
	return out, err
}

func (s *Service) one(ctx context.Context, c Caller, item Item) (Outcome, error) {
	id := "job " + item.JobID + " " + item.RecordID // the spaces keep it apart from the keys of callers
	var out struct {
		Channels, Fields map[string]wire.Found
		wire.Bill
	}
	body, err := s.run(ctx, c, s.item(item), &attempt{key: id, runID: id, hash: item.hash(), mine: true})
	if err == nil {
		err = json.Unmarshal(body, &out)
	}
	if out.Channels == nil {
		out.Channels = out.Fields
	}
	return Outcome{Values: out.Channels, CreditsUsed: out.CreditsUsed}, err
}

// run is one call from the look at the record to the answer, as JSON.
func (s *Service) run(ctx context.Context, c Caller, t *task, a *attempt) ([]byte, error) {
	r := &running{service: s, caller: c, task: t, attempt: a}
	if err := r.look(ctx); err != nil {
		return nil, err
	}
	switch {
	case t.dry:
		return r.asIs(ctx, &r.price)
	case len(r.wanted) == 0 && r.stored.ID() != "" && a.key == "":
		return r.asIs(ctx, nil)
	}
	a.holder = uuid.Must(uuid.NewV7()).String()
	if a.runID == "" {
		a.runID = a.holder
	}
	if err := r.begin(ctx); err != nil {
		return nil, err
	}
	if a.reply != nil {
		return a.reply.Body, nil
	}
	r.results = s.lookUp(ctx, r)
	body, err := r.settle(ctx)
	if err != nil {
		return nil, errors.Join(err, r.abandon(ctx))
	}
	return body, nil
}

// lookUp asks the providers. A caller who went away stops them, unless the answer is kept for who asks again.
func (s *Service) lookUp(ctx context.Context, r *running) map[Field]result {
	if r.attempt.key != "" {
		ctx = context.WithoutCancel(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	return s.waterfall(ctx, r.plan, r.subject(), r.wanted)
}

// subject is what is known of the record, and by the hint.
func (r *running) subject() Subject {
	out, h := r.stored.subject(r.caller.WorkspaceID), r.task.hint
	out.Email, out.LinkedInURL, out.Domain = cmp.Or(out.Email, h.Email), cmp.Or(out.LinkedInURL, h.LinkedInURL), cmp.Or(out.Domain, h.CompanyDomain)
	return out
}

// running is a call under way.
type running struct {
	service *Service
	caller  Caller
	task    *task
	attempt *attempt

	stored  Stored // as found at the beginning, or as it will be made
	plan    Plan
	kept    map[Field]Kept
	wanted  []Field
	price   wire.Price
	results map[Field]result
}

// look finds the record, and what of it is wanted at which price.
func (r *running) look(ctx context.Context) (err error) {
	if r.stored, err = r.task.find(ctx, r.caller.WorkspaceID); err != nil {
		return err
	}
	if r.stored.ID() == "" {
		r.stored = r.task.fresh
	}
	if r.stored.Lead == nil && r.stored.Account == nil {
		return fault.New(fault.NotFound, fault.NotFound.Detail())
	}
	if r.plan, err = r.service.Plan(ctx, r.caller.WorkspaceID); err != nil {
		return err
	}
	r.kept = r.stored.kept(r.task.fields)
	r.wanted = r.task.wanted(r.kept)
	r.price = r.plan.price(r.wanted)
	return nil
}

// wanted returns the fields that are to be asked for: what is missing, and to refresh what is there too, but never the value by which the caller named
// the record, which would not be found by it any more.
func (t *task) wanted(kept map[Field]Kept) (out []Field) {
	for _, f := range t.fields {
		k, filled := kept[f]
		s, _ := plain(k.Value)
		if !filled || t.refresh && (s == "" || s != t.hint.Email && s != t.hint.LinkedInURL) {
			out = append(out, f)
		}
	}
	return out
}

// asIs answers what is there, and for a dry run what it would cost to look for the rest.
func (r *running) asIs(ctx context.Context, quote *wire.Price) ([]byte, error) {
	b, err := r.service.Credits.Balance(ctx, r.caller.WorkspaceID, r.caller.KeyID)
	if err != nil {
		return nil, err
	}
	return r.answer(r.stored.ID(), delivery{kept: r.kept}, wire.Bill{CreditsBalance: b.Left, Quote: quote}), nil
}
