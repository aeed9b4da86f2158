package destinations

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Sync queues all members of an audience for the destinations that hear of it, or for the one that in names. Errors: not_found for the audience,
// validation_failed naming destination_id, conflict when none of them is sent anything.
func (s *Service) Sync(ctx context.Context, c Caller, in wire.SyncAudience) (out wire.AudienceSync, err error) {
	err = s.Store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		a, err := s.Store.FindAudience(ctx, c.WorkspaceID, in.ID)
		if err != nil {
			return err
		}
		out = wire.AudienceSync{AudienceID: a.ID, Members: a.Members}
		if out.Destinations, err = s.syncable(ctx, c.WorkspaceID, a, in.DestinationID); err != nil {
			return err
		}
		for _, id := range out.Destinations {
			if err := s.beginSync(ctx, c.WorkspaceID, Sync{ID: uuid.Must(uuid.NewV7()).String(), DestinationID: id, AudienceID: a.ID, CreatedAt: now}); err != nil {
				return err
			}
		}
		return s.Store.RecordActivity(ctx, activity.New(c.WorkspaceID, now, c.Actor, activity.AudienceSynced, activity.ObjectAudience, a.ID,
			map[string]string{"name": a.Name, "destinations": strconv.Itoa(len(out.Destinations)), "members": strconv.FormatInt(a.Members, 10)}))
	})
	return out, err
}

// syncable returns which of the destinations of an audience can be sent its members.
func (s *Service) syncable(ctx context.Context, workspaceID string, a audiences.Audience, only string) (ids []string, err error) {
	list, err := s.Store.Destinations(ctx, workspaceID)
	if err != nil {
		return nil, err
	}
	byID := map[string]Destination{}
	for _, d := range list {
		byID[d.ID] = d
	}
	heard := false
	for _, t := range a.Destinations {
		if only != "" && t.DestinationID != only {
			continue
		}
		heard = true
		if d, ok := byID[t.DestinationID]; ok && d.sends() {
			ids = append(ids, d.ID)
		}
	}
	switch {
	case only != "" && !heard:
		return nil, fault.Invalid("destination_id", "is not attached to this audience")
	case len(ids) == 0:
		return nil, fault.New(fault.Conflict, "No destination of this audience is active. An admin confirms pending ones; paused ones must be resumed; of a csv one fetch the file.")
	}
	return ids, nil
}

func (s *Service) beginSync(ctx context.Context, workspaceID string, sync Sync) error {
	if err := s.Store.AddSync(ctx, workspaceID, sync); err != nil {
		return err
	}
	return s.Queue.Enqueue(ctx, SyncKind, encoded(step{workspaceID, sync.ID, 0}))
}

// WorkSync does the step of a sync that args name, and queues the next one.
func (s *Service) WorkSync(ctx context.Context, _ <-chan struct{}, args []byte) error {
	var n step
	if err := json.Unmarshal(args, &n); err != nil {
		return fmt.Errorf("read the step of a sync: %w", err)
	}
	return s.Store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		sync, err := s.Store.StepSync(ctx, n.WorkspaceID, n.SyncID, n.Number, stepSize)
		if err != nil || sync == nil {
			return err
		}
		a, err := s.Store.FindAudience(ctx, n.WorkspaceID, sync.AudienceID)
		if fault.CodeOf(err) == fault.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		var list []Delivery
		for _, id := range sync.Records {
			d := newDelivery(now, sync.DestinationID, MemberAdded)
			d.AudienceID, d.Kind, d.RecordID = a.ID, a.Over, id
			list = append(list, d)
		}
		if err := s.add(ctx, n.WorkspaceID, list); err != nil || !sync.More {
			return err
		}
		n.Number++
		return s.Queue.Enqueue(ctx, SyncKind, encoded(n))
	})
}
