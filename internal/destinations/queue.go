package destinations

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/destinations/mapping"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
)

// stepSize is how many deliveries are queued in one transaction.
const stepSize = 500

// Changed queues a delivery of each event for each destination that hears of its audience, within the transaction that ctx carries.
func (s *Service) Changed(ctx context.Context, workspaceID string, events []audiences.Event) error {
	attached, active, err := s.listeners(ctx, workspaceID, events)
	if err != nil || len(active) == 0 {
		return err
	}
	return s.Store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		var list []Delivery
		for _, e := range events {
			for _, a := range attached[e.AudienceID] {
				if active[a.DestinationID] {
					d := newDelivery(now, a.DestinationID, typeOf(e.Change))
					d.AudienceID, d.EventID, d.Kind, d.RecordID, d.At = e.AudienceID, e.ID, e.Kind, e.RecordID, e.At
					list = append(list, d)
				}
			}
		}
		return s.add(ctx, workspaceID, list)
	})
}

// listeners returns who hears of the audiences of the events, and which destinations are sent anything at all.
func (s *Service) listeners(ctx context.Context, workspaceID string, events []audiences.Event) (map[string][]audiences.Attached, map[string]bool, error) {
	seen := map[string]bool{}
	for _, e := range events {
		seen[e.AudienceID] = true
	}
	attached, err := s.Store.Attached(ctx, workspaceID, sorted(seen))
	if err != nil || len(attached) == 0 {
		return nil, nil, err
	}
	list, err := s.Store.Destinations(ctx, workspaceID)
	active := map[string]bool{}
	for _, d := range list {
		if d.sends() {
			active[d.ID] = true
		}
	}
	return attached, active, err
}

func newDelivery(now time.Time, destinationID string, t Type) Delivery {
	return Delivery{ID: uuid.Must(uuid.NewV7()).String(), DestinationID: destinationID, Type: t, At: now, CreatedAt: now, State: Queued, NextAt: now}
}

// add keeps deliveries and queues them.
func (s *Service) add(ctx context.Context, workspaceID string, list []Delivery) error {
	if len(list) == 0 {
		return nil
	}
	if err := s.Store.AddDeliveries(ctx, workspaceID, list); err != nil {
		return err
	}
	var jobs []Job
	for _, d := range list {
		jobs = append(jobs, Job{workspaceID, d.DestinationID, d.ID, d.Run})
	}
	return s.enqueue(ctx, jobs)
}

func (s *Service) enqueue(ctx context.Context, jobs []Job) error {
	args := make([][]byte, 0, len(jobs))
	for _, j := range jobs {
		args = append(args, encoded(j))
	}
	return s.Queue.Enqueue(ctx, DeliveryKind, args...)
}

// WorkResume queues deliveries that were held for the destination that args name.
func (s *Service) WorkResume(ctx context.Context, _ <-chan struct{}, args []byte) error {
	var r resume
	if err := json.Unmarshal(args, &r); err != nil {
		return fmt.Errorf("read a destination to resume: %w", err)
	}
	return s.Store.InTx(ctx, func(ctx context.Context, _ time.Time) error {
		d, err := s.Store.Destination(ctx, r.WorkspaceID, r.DestinationID)
		if fault.CodeOf(err) == fault.NotFound || err == nil && !d.sends() {
			return nil
		}
		if err != nil {
			return err
		}
		jobs, err := s.Store.RequeueHeld(ctx, r.WorkspaceID, r.DestinationID, stepSize)
		if err != nil || len(jobs) == 0 {
			return err
		}
		if err := s.enqueue(ctx, jobs); err != nil {
			return err
		}
		return s.Queue.Enqueue(ctx, ResumeKind, args)
	})
}

// CheckAttached returns what is wrong with attaching the destinations to an audience over records of the kind, by paths below at.
func (s *Service) CheckAttached(ctx context.Context, workspaceID string, over filter.Kind, list []audiences.Attached, at string) (wrong []fault.Field, err error) {
	if len(list) == 0 {
		return nil, nil
	}
	kept, err := s.Store.Destinations(ctx, workspaceID)
	if err != nil {
		return nil, err
	}
	kinds := map[string]Kind{}
	for _, d := range kept {
		kinds[d.ID] = d.Kind
	}
	for i, a := range list {
		path := at + "[" + strconv.Itoa(i) + "]"
		kind, ok := kinds[a.DestinationID]
		if !ok {
			wrong = append(wrong, fault.Field{Path: path + ".id", Message: "is no destination of this workspace; list_destinations names them"})
			continue
		}
		if len(a.Mapping) > 0 {
			wrong = append(wrong, mapping.Check(a.Mapping, over, s.Senders[kind].Rule(), path+".mapping")...)
		}
	}
	return wrong, nil
}
