package waitlists

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Subscribers returns a page of a waitlist. not_found also for an archived one.
func (s *Service) Subscribers(ctx context.Context, workspaceID string, in wire.ListSubscribers) (out wire.Subscribers, err error) {
	if err := s.open(ctx, workspaceID, in.ID); err != nil {
		return out, err
	}
	out = wire.Subscribers{Items: []wire.Subscriber{}, Page: in.Number(), Limit: in.Size()}
	q := Query{Text: searched(in.Query), Offset: (out.Page - 1) * out.Limit, Limit: out.Limit}
	out.Total, err = s.Store.Subscribers(ctx, workspaceID, in.ID, q, func(one Subscriber) error {
		out.Items = append(out.Items, one.Subscriber)
		return nil
	})
	return out, err
}

// Each gives each those on the waitlist, archived or not, that the query finds, in the order of places, and returns how many there are without its offset
// and limit; all at one moment.
func (s *Service) Each(ctx context.Context, workspaceID, id string, q Query, each func(Subscriber) error) (total int, err error) {
	if _, err := s.Store.Waitlist(ctx, workspaceID, id); err != nil {
		return 0, err
	}
	q.Text = searched(q.Text)
	return s.Store.Subscribers(ctx, workspaceID, id, q, each)
}

// searched is what people look for in the spelling of what is stored.
func searched(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

// Remove takes a person off a waitlist: the referrer loses what the sign-up brought, and those that the person referred are referred by nobody. The
// lead and the signal of the sign-up stay; package records erases those.
func (s *Service) Remove(ctx context.Context, workspaceID string, actor activity.Actor, waitlistID, id string) error {
	return s.Store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		one, err := s.Store.Subscriber(ctx, workspaceID, waitlistID, id)
		if err != nil {
			return err
		}
		if err := s.Store.DeleteSubscriber(ctx, workspaceID, waitlistID, id); err != nil {
			return err
		}
		if one.ReferredBy != "" {
			if err := s.Store.Lift(ctx, workspaceID, waitlistID, one.ReferredBy, -1, -one.Lifted); err != nil {
				return err
			}
		}
		return s.Store.RecordActivity(ctx, activity.New(workspaceID, now, actor, activity.SubscriberRemoved, activity.ObjectSubscriber, id, map[string]string{
			"waitlist": waitlistID, "referrals": strconv.Itoa(one.ReferralCount),
		}))
	})
}

// open returns not_found unless the waitlist is there and takes sign-ups.
func (s *Service) open(ctx context.Context, workspaceID, id string) error {
	w, err := s.Store.Waitlist(ctx, workspaceID, id)
	if err == nil && w.Archived() {
		err = fault.New(fault.NotFound, fault.NotFound.Detail())
	}
	return err
}
