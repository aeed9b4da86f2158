package enrich

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// delivery is what a call changed.
type delivery struct {
	kept  map[Field]Kept // what is there now, delivered values included
	found []Field        // what was delivered, in the order of the task's fields
	made  bool           // the record too
}

const statusOK = 200 // of every answer that is kept

// settle keeps what was found with its charges, its row of the activity log and the answer, in one transaction, and returns the answer. It does so
// for a caller who has gone away as well.
func (r *running) settle(ctx context.Context) (body []byte, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.service.Grace/2)
	defer cancel()
	s, a, c := r.service, r.attempt, r.caller
	err = s.inTurn(ctx, c.WorkspaceID, func(ctx context.Context, now time.Time) error {
		if a.key != "" {
			if err := s.Store.OwnRun(ctx, c.WorkspaceID, a.key, a.holder); err != nil {
				return err
			}
		}
		id, d, err := r.keep(ctx, now)
		if err != nil {
			return err
		}
		bill, err := r.charge(ctx, id, d.found)
		if err != nil {
			return err
		}
		if err := r.log(ctx, now, id, d, bill.CreditsUsed); err != nil {
			return err
		}
		body = r.answer(id, d, bill)
		if a.key == "" {
			return nil
		}
		a.reply = &Reply{Status: statusOK, ContentType: "application/json", Body: body}
		return s.Store.FinishRun(ctx, c.WorkspaceID, a.key, a.holder, *a.reply)
	})
	if err != nil {
		a.reply = nil
	}
	return body, err
}

// keep makes the record if it must be, and puts the values and their traces there. id is "" when there is no record.
func (r *running) keep(ctx context.Context, now time.Time) (id string, d delivery, err error) {
	d.kept = r.kept
	found := slices.DeleteFunc(slices.Clone(r.wanted), func(f Field) bool { return !r.results[f].found() })
	if id, d.made, err = r.ensure(ctx, len(found) > 0); err != nil || id == "" {
		return id, d, err
	}
	// Also without a value: the answer tells what the record has now, and nothing of one that was erased meanwhile.
	err = r.service.Store.ChangeRecord(ctx, r.caller.WorkspaceID, r.stored.kind(), id, func(current *Stored) (bool, error) {
		d.kept = current.kept(r.task.fields)
		return r.put(current, &d, found, now)
	})
	if err != nil {
		return "", d, err
	}
	if traces := r.traces(d, now); len(traces) > 0 {
		err = r.service.Store.KeepTraces(ctx, r.caller.WorkspaceID, id, traces)
	}
	return id, d, err
}

// put sets the values that were found and are still wanted, and reports whether the record's own fields changed.
func (r *running) put(current *Stored, d *delivery, found []Field, now time.Time) (changed bool, err error) {
	d.found = nil
	for _, f := range found {
		if _, filled := d.kept[f]; filled && !r.task.refresh { // by another call meanwhile
			continue
		}
		one := r.results[f]
		if err := current.set(f, one.answer.Value); err != nil {
			return false, fault.Wrap(fault.Internal, err)
		}
		changed = changed || current.place(f) != nil && string(d.kept[f].Value) != string(one.answer.Value)
		d.kept[f] = Kept{Field: f, Value: one.answer.Value, Source: one.source, Confidence: &one.answer.Confidence, EnrichedAt: &now}
		d.found = append(d.found, f)
	}
	return changed, nil
}

// traces returns what is to be kept of the lookups.
func (r *running) traces(d delivery, now time.Time) map[Field]Trace {
	out := map[Field]Trace{}
	for _, f := range r.wanted {
		one := r.results[f]
		if len(one.tried) == 0 {
			continue
		}
		t := Trace{Tried: one.tried, Problem: one.problem, AskedAt: now}
		if slices.Contains(d.found, f) {
			t.Value, t.Source, t.Confidence, t.FoundAt = one.answer.Value, one.source, one.answer.Confidence, now
		}
		out[f] = t
	}
	return out
}

// ensure returns the id of the record, which it makes if there is none and it is to be made.
func (r *running) ensure(ctx context.Context, found bool) (id string, made bool, err error) {
	switch {
	case r.stored.ID() != "":
		return r.stored.ID(), false, nil
	case r.task.onFind && !found:
		return "", false, nil
	case r.stored.Account != nil:
		return r.outcome(r.service.Store.MergeAccounts(ctx, r.caller.WorkspaceID, []wire.Account{*r.stored.Account}))
	}
	if r.task.onFind {
		if id, err := r.twin(ctx); err != nil || id != "" {
			return id, false, err
		}
	}
	l := *r.stored.Lead
	if domain := l.CompanyDomain; domain != "" { // only the one that was named, and none that an address suggests
		if _, err := r.service.Store.MergeAccounts(ctx, r.caller.WorkspaceID, []wire.Account{{Domain: domain}}); err != nil {
			return "", false, err
		}
	}
	return r.outcome(r.service.Store.MergeLeads(ctx, r.caller.WorkspaceID, []wire.Lead{l}))
}

func (r *running) outcome(out []ingest.Outcome, err error) (string, bool, error) {
	if err != nil {
		return "", false, err
	}
	if out[0].Effect == ingest.Clashed { // the hints have become two records' meanwhile
		return "", false, fault.New(fault.Conflict, fault.Conflict.Detail())
	}
	return out[0].ID, out[0].Effect == ingest.Created, nil
}

// twin returns the lead that is known by an address or profile that was found for a person who seemed unknown.
func (r *running) twin(ctx context.Context) (string, error) {
	var all []search.Attempt
	for _, f := range []Field{WorkEmail, PersonalEmail, LinkedInURL} {
		s, ok := plain(r.results[f].answer.Value)
		if !ok {
			continue
		}
		way := wire.GetRecord{Email: s}
		if f == LinkedInURL {
			way = wire.GetRecord{LinkedInURL: s}
		}
		attempts, err := search.Attempts(way)
		if err != nil {
			return "", err
		}
		all = append(all, attempts...)
	}
	found, err := r.service.Store.Enrichable(ctx, r.caller.WorkspaceID, all)
	return found.ID(), err
}

// charge takes the price of what was delivered and ends the reservation.
func (r *running) charge(ctx context.Context, recordID string, found []Field) (bill wire.Bill, err error) {
	var list []credits.Charge
	for _, f := range found {
		one := r.results[f]
		if one.cost == 0 {
			continue
		}
		bill.CreditsUsed += one.cost
		list = append(list, credits.Charge{
			ID: r.attempt.runID + " " + string(f), Provider: one.source, Field: string(f), RecordID: recordID, JobID: r.task.jobID, Tool: r.task.tool, Amount: one.cost,
		})
	}
	c := r.caller
	var b credits.Balance
	if r.price.Most == 0 {
		b, err = r.service.Credits.Balance(ctx, c.WorkspaceID, c.KeyID)
	} else {
		b, err = r.service.Credits.Settle(ctx, c.WorkspaceID, c.KeyID, r.attempt.holder, list)
	}
	bill.CreditsBalance = b.Left
	return bill, err
}

// log writes the row of the activity log, if anything changed.
func (r *running) log(ctx context.Context, now time.Time, id string, d delivery, used int64) error {
	if !d.made && len(d.found) == 0 {
		return nil
	}
	object, names := activity.ObjectLead, make([]string, len(d.found))
	if r.stored.Account != nil {
		object = activity.ObjectAccount
	}
	for i, f := range d.found {
		names[i] = string(f)
	}
	detail := map[string]string{"fields": strings.Join(names, ","), "credits": strconv.FormatInt(used, 10), "made": strconv.FormatBool(d.made)}
	if r.task.jobID != "" {
		detail["job"] = r.task.jobID
	}
	return r.service.Store.RecordActivity(ctx, activity.New(r.caller.WorkspaceID, now, r.caller.Actor, activity.RecordEnriched, object, id, detail))
}
