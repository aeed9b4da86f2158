package destinations

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/cursor"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Deliveries returns a page of what was sent to a destination, the newest first. Errors: not_found, invalid_request for a cursor of another list.
func (s *Service) Deliveries(ctx context.Context, workspaceID string, in wire.ListDeliveries) (out wire.List[wire.Delivery], err error) {
	out.Items = []wire.Delivery{}
	question := cursor.Of(workspaceID, "deliveries", []string{in.ID, in.State})
	after, err := cursor.Open(in.Cursor, question)
	if err != nil {
		return out, err
	}
	f := DeliveryFilter{DestinationID: in.ID, State: State(in.State)}
	if after != nil {
		var ok bool
		if f.Before, ok = after[0].(string); !ok || len(after) != 1 {
			return out, cursor.Err
		}
	}
	if _, err := s.Store.Destination(ctx, workspaceID, in.ID); err != nil {
		return out, err
	}
	size := wire.Page{Limit: in.Limit}.Size()
	f.Limit = size + 1
	list, total, err := s.Store.ListDeliveries(ctx, workspaceID, f)
	out.Total = total
	if len(list) > size {
		list = list[:size]
		next := cursor.Seal(question, []any{list[size-1].ID})
		out.NextCursor = &next
	}
	for _, d := range list {
		out.Items = append(out.Items, d.Wire())
	}
	return out, err
}

// Resend lets a delivery that is held or finished begin anew, and returns it. Errors: not_found, conflict for one that is queued, or was a test.
func (s *Service) Resend(ctx context.Context, c Caller, deliveryID string) (out wire.Delivery, err error) {
	err = s.Store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		d, err := s.Store.RequeueDelivery(ctx, c.WorkspaceID, deliveryID)
		if err != nil {
			return err
		}
		out = d.Wire()
		to, err := s.Store.Destination(ctx, c.WorkspaceID, d.DestinationID)
		if err != nil {
			return err
		}
		if err := s.enqueue(ctx, []Job{{c.WorkspaceID, d.DestinationID, d.ID, d.Run}}); err != nil {
			return err
		}
		return s.log(ctx, now, c.Actor, to, activity.DeliveryResent, map[string]string{"delivery": d.ID})
	})
	return out, err
}

// Wire returns d as answers show it.
func (d Delivery) Wire() wire.Delivery {
	out := wire.Delivery{
		ID: d.ID, DestinationID: d.DestinationID, Type: string(d.Type), State: string(d.State), AudienceID: d.AudienceID, EventID: d.EventID, RecordID: d.RecordID,
		Attempts: d.Attempts, Status: d.Status, DurationMS: d.Duration.Milliseconds(), Error: string(d.Class), Field: d.Field,
		CreatedAt: d.CreatedAt.UTC(), NextAttemptAt: wire.Time(d.NextAt), FinishedAt: wire.Time(d.FinishedAt),
	}
	switch d.Kind {
	case filter.Accounts:
		out.RecordType = wire.KindAccount
	case filter.Leads:
		out.RecordType = wire.KindLead
	}
	return out
}
