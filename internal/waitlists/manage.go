package waitlists

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// List returns the waitlists of the workspace with how many wait on each, the oldest first, the archived ones too.
func (s *Service) List(ctx context.Context, workspaceID string) ([]Waitlist, error) {
	return s.Store.Waitlists(ctx, workspaceID)
}

// Find returns a waitlist, be it archived. not_found when the workspace has none with the id.
func (s *Service) Find(ctx context.Context, workspaceID, id string) (Waitlist, error) {
	return s.Store.Waitlist(ctx, workspaceID, id)
}

// Create makes a waitlist. A boost of 0 is DefaultBoost. validation_failed names name or referral_boost.
func (s *Service) Create(ctx context.Context, workspaceID string, actor activity.Actor, name string, boost int) (Waitlist, error) {
	if boost == 0 {
		boost = DefaultBoost
	}
	w := Waitlist{ID: "wl_" + uuid.Must(uuid.NewV7()).String(), Name: name, ReferralBoost: boost}
	if err := w.check(); err != nil {
		return Waitlist{}, err
	}
	err := s.Store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		w.CreatedAt = now
		if err := s.Store.InsertWaitlist(ctx, workspaceID, w); err != nil {
			return err
		}
		return s.Store.RecordActivity(ctx, activity.New(workspaceID, now, actor, activity.WaitlistCreated, activity.ObjectWaitlist, w.ID, map[string]string{
			"name": name, "referral_boost": strconv.Itoa(boost),
		}))
	})
	return w, err
}

func (w Waitlist) check() error {
	if err := workspaces.CheckName("name", w.Name); err != nil {
		return err
	}
	if w.ReferralBoost < 1 || w.ReferralBoost > MaxBoost {
		return fault.Invalid("referral_boost", "must be from 1 to "+strconv.Itoa(MaxBoost))
	}
	return nil
}

// Change is what is to be another way; nil leaves a thing as it is.
type Change struct {
	Name          *string
	ReferralBoost *int // of later referrals
	Archived      *bool
}

// Update changes a waitlist and returns it as it then is. What changes nothing is not logged. Errors: not_found, validation_failed as by Create.
func (s *Service) Update(ctx context.Context, workspaceID string, actor activity.Actor, id string, c Change) (out Waitlist, err error) {
	err = s.Store.InTx(ctx, func(ctx context.Context, _ time.Time) error {
		var detail map[string]string
		var at time.Time
		err := s.Store.ChangeWaitlist(ctx, workspaceID, id, func(now time.Time, w *Waitlist) error {
			before := *w
			c.apply(now, w)
			at, detail, out = now, difference(before, *w), *w
			return w.check()
		})
		if err != nil || len(detail) == 0 {
			return err
		}
		return s.Store.RecordActivity(ctx, activity.New(workspaceID, at, actor, activity.WaitlistUpdated, activity.ObjectWaitlist, id, detail))
	})
	return out, err
}

func (c Change) apply(now time.Time, w *Waitlist) {
	if c.Name != nil {
		w.Name = *c.Name
	}
	if c.ReferralBoost != nil {
		w.ReferralBoost = *c.ReferralBoost
	}
	switch {
	case c.Archived == nil || *c.Archived == w.Archived():
	case *c.Archived:
		w.ArchivedAt = now
	default:
		w.ArchivedAt = time.Time{}
	}
}

// difference returns what changed, with what was before.
func difference(before, after Waitlist) map[string]string {
	out := map[string]string{}
	for _, f := range []struct{ name, before, after string }{
		{"name", before.Name, after.Name},
		{"referral_boost", strconv.Itoa(before.ReferralBoost), strconv.Itoa(after.ReferralBoost)},
		{"archived", strconv.FormatBool(before.Archived()), strconv.FormatBool(after.Archived())},
	} {
		if f.before != f.after {
			out[f.name], out[f.name+"_before"] = f.after, f.before
		}
	}
	return out
}
