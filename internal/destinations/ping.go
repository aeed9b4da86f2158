package destinations

import (
	"context"
	"errors"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Test sends a ping now, once, and tells what became of it. It must not be called within a transaction. Errors: not_found, conflict for a destination
// that is pending or is sent nothing.
func (s *Service) Test(ctx context.Context, c Caller, id string) (wire.Delivery, error) {
	to, now, err := s.testable(ctx, c, id)
	if err != nil {
		return wire.Delivery{}, err
	}
	d := newDelivery(now, to.ID, Ping)
	d.Attempts = 1
	began := time.Now()
	status, failure, err := s.attempt(ctx, Taken{Now: now, Delivery: d, Destination: to})
	if err != nil {
		return wire.Delivery{}, err
	}
	d.Status, d.Duration = int64(status), time.Since(began)
	err = s.keepTest(ctx, c, to, &d, failure)
	return d.Wire(), err
}

// testable returns a destination that may be sent to. A paused one may: that is how to find out whether its receiver is well again.
func (s *Service) testable(ctx context.Context, c Caller, id string) (to Destination, now time.Time, err error) {
	err = s.Store.InTx(ctx, func(ctx context.Context, at time.Time) (err error) {
		now = at
		to, err = s.Store.Destination(ctx, c.WorkspaceID, id)
		return err
	})
	switch {
	case err != nil:
	case to.Status() == Pending:
		err = fault.New(fault.Conflict, "The destination is pending: an admin must confirm where it leads before anything is sent there: on the admin pages, or on the server with `api admin destination confirm`.")
	case to.Kind == CSV:
		err = fault.New(fault.Conflict, "A csv destination is sent nothing: its file is fetched.")
	}
	return to, now, err
}

// keepTest keeps the outcome of a test, after which nothing is tried again.
func (s *Service) keepTest(ctx context.Context, c Caller, to Destination, d *Delivery, failure error) error {
	return s.Store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		var why *Failure
		if errors.As(failure, &why) {
			why.Final = true
		}
		if d.conclude(now, failure); d.State == Queued {
			d.State, d.NextAt, d.FinishedAt = Failed, time.Time{}, now
		}
		if err := s.Store.AddDeliveries(ctx, c.WorkspaceID, []Delivery{*d}); err != nil {
			return err
		}
		return s.log(ctx, now, c.Actor, to, activity.DestinationTested, map[string]string{"outcome": string(d.State)})
	})
}
