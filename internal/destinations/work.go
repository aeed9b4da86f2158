package destinations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
)

// storeTime bounds how long the outcome of an attempt is tried to be kept.
const storeTime = 10 * time.Second

// later says that a delivery is not due.
type later time.Duration

// Error implements error.
func (later) Error() string { return "destinations: the delivery is not due" }

// RunAfter tells the queue when to ask again.
func (l later) RunAfter() time.Duration { return time.Duration(l) }

// Work makes one attempt at the delivery that args name. An error of the store lets the queue try again; a delivery that is to be tried again later puts
// its job off.
func (s *Service) Work(ctx context.Context, _ <-chan struct{}, args []byte) error {
	var j Job
	if err := json.Unmarshal(args, &j); err != nil {
		return fmt.Errorf("read a delivery: %w", err)
	}
	if !s.lanes.enter(j.DestinationID) {
		return later(turn())
	}
	failed := false
	defer func() { s.lanes.leave(j.DestinationID, failed) }()
	t, err := s.Store.TakeDelivery(ctx, j, s.Lease)
	switch {
	case err != nil:
		return err
	case t.Later > 0:
		return later(t.Later)
	case !t.Mine:
		return nil
	}
	began := time.Now()
	status, failure, err := s.attempt(ctx, t)
	if err != nil {
		return err
	}
	failed = failure != nil && !errors.Is(failure, ErrSkipped)
	t.Delivery.Status, t.Delivery.Duration = int64(status), time.Since(began)
	return s.end(ctx, j, t.Delivery, failure)
}

// attempt sends a delivery once. failure is why it did not arrive; err is one of the store, after which the queue tries again.
func (s *Service) attempt(ctx context.Context, t Taken) (status int, failure error, err error) {
	m, err := s.message(ctx, t)
	if err != nil {
		return 0, nil, err
	}
	to, err := s.target(t.Destination, t.Now)
	if err != nil {
		return 0, &Failure{Class: ClassSecret}, nil
	}
	status, failure = s.send(ctx, t.Destination.Kind, to, m)
	return status, failure, nil
}

// send is Sender.Send within the time that an attempt has. A panic is a failure of the delivery alone.
func (s *Service) send(ctx context.Context, k Kind, t Target, m Message) (status int, failure error) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			status, failure = 0, &Failure{Class: ClassAnswer}
		}
	}()
	return s.Senders[k].Send(ctx, t, m)
}

// end keeps what became of an attempt, also when the worker is being cut short.
func (s *Service) end(ctx context.Context, j Job, d Delivery, failure error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer cancel()
	var again time.Duration
	err := s.Store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		again = d.conclude(now, failure)
		mine, err := s.Store.EndAttempt(ctx, j, d)
		if !mine {
			again = 0
		}
		if err != nil || !mine || d.Class != ClassGone {
			return err
		}
		return s.disable(ctx, j.WorkspaceID, d.DestinationID)
	})
	if err == nil && again > 0 {
		return later(again)
	}
	return err
}

// conclude sets what became of an attempt, and returns after which time another one follows; 0 for none.
func (d *Delivery) conclude(now time.Time, failure error) (again time.Duration) {
	d.Class, d.Field, d.NextAt, d.FinishedAt = "", "", time.Time{}, now
	var why *Failure
	switch {
	case failure == nil:
		d.State = Delivered
		return 0
	case errors.Is(failure, ErrSkipped):
		d.State = Skipped
		return 0
	case !errors.As(failure, &why):
		why = &Failure{Class: ClassUnreachable}
	}
	d.Class, d.Field, d.State = why.Class, why.Field, Failed
	if again, more := wait(d.Attempts, why.RetryAfter); more && !why.Final {
		d.State, d.NextAt, d.FinishedAt = Queued, now.Add(again), time.Time{}
		return again
	}
	return 0
}

// disable ends sending to a destination whose receiver said that it is gone, on behalf of whoever made it.
func (s *Service) disable(ctx context.Context, workspaceID, id string) error {
	d, err := s.Store.Destination(ctx, workspaceID, id)
	if fault.CodeOf(err) == fault.NotFound || err == nil && d.Gone {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = s.change(ctx, Caller{WorkspaceID: workspaceID, Actor: d.CreatedBy}, id, activity.DestinationDisabled, func(_ context.Context, _ time.Time, d *Destination) error {
		d.Gone = true
		return nil
	})
	return err
}

// message makes what is sent, of the record and the audience as they are now.
func (s *Service) message(ctx context.Context, t Taken) (m Message, err error) {
	d, to := t.Delivery, t.Destination
	m = Message{ID: d.ID, Type: d.Type, At: d.At, EventID: d.EventID, Change: d.Type.change(), Audience: Audience{ID: d.AudienceID}, Kind: d.Kind, RecordID: d.RecordID}
	if d.Kind == "" {
		return m, nil
	}
	parts, err := s.Store.Parts(ctx, to.WorkspaceID, d.Kind, []string{d.RecordID}, true, t.Now)
	if err != nil {
		return m, err
	}
	p := parts[d.RecordID]
	m.Account, m.Lead, m.LastSignal = p.Account, p.Lead, p.LastSignal
	m.Audience.Name, m.Mapping, err = s.mapped(ctx, to, d.AudienceID, d.Kind)
	return m, err
}

// mapped returns the name of an audience and the mapping that holds for it at a destination.
func (s *Service) mapped(ctx context.Context, to Destination, audienceID string, k filter.Kind) (name string, m Mapping, err error) {
	a, err := s.Store.FindAudience(ctx, to.WorkspaceID, audienceID)
	if err != nil && fault.CodeOf(err) != fault.NotFound {
		return "", nil, err
	}
	for _, t := range a.Destinations {
		if t.DestinationID == to.ID && len(t.Mapping) > 0 {
			return a.Name, t.Mapping, nil
		}
	}
	if own := to.Mapping[k]; len(own) > 0 {
		return a.Name, own, nil
	}
	return a.Name, s.Senders[to.Kind].Defaults(k), nil
}
