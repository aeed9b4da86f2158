package destinations

import (
	"context"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Confirm lets a pending destination be sent to, and returns the signing secret of a webhook that had none: to be shown this once. Only an admin can.
// Errors: insufficient_scope for others, not_found, conflict when it is not pending.
func (s *Service) Confirm(ctx context.Context, c Caller, id string) (out wire.Destination, secret settings.Secret, err error) {
	return s.confirm(ctx, c, id, func(Destination) bool { return true })
}

// ConfirmSeen is Confirm of a destination as the admin saw it, which was last changed at that time: conflict when somebody has aimed it elsewhere since.
func (s *Service) ConfirmSeen(ctx context.Context, c Caller, id string, changed time.Time) (out wire.Destination, secret settings.Secret, err error) {
	return s.confirm(ctx, c, id, func(d Destination) bool { return d.UpdatedAt.Equal(changed) })
}

func (s *Service) confirm(ctx context.Context, c Caller, id string, seen func(Destination) bool) (out wire.Destination, secret settings.Secret, err error) {
	if err := onlyAdmins(c); err != nil {
		return out, secret, err
	}
	d, err := s.change(ctx, c, id, activity.DestinationConfirmed, func(ctx context.Context, now time.Time, d *Destination) error {
		if d.Status() != Pending {
			return fault.New(fault.Conflict, "The destination is confirmed already.")
		}
		if !seen(*d) {
			return fault.New(fault.Conflict, "The destination was changed since you saw it. Look again where it leads, then confirm it.")
		}
		d.ConfirmedBy = c.Actor.Name
		if err := s.sign(d, now, &secret); err != nil || !d.sends() {
			return err
		}
		return s.Queue.Enqueue(ctx, ResumeKind, encoded(resume{d.WorkspaceID, d.ID}))
	})
	return d.Wire(), secret, err
}

// Rotate gives a webhook a new signing secret and returns it: to be shown this once. For a day messages are signed with the former one too. Only an
// admin can. Errors: insufficient_scope for others, not_found, conflict for what is no confirmed webhook.
func (s *Service) Rotate(ctx context.Context, c Caller, id string) (out wire.Destination, secret settings.Secret, err error) {
	if err := onlyAdmins(c); err != nil {
		return out, secret, err
	}
	d, err := s.change(ctx, c, id, activity.DestinationRotated, func(_ context.Context, now time.Time, d *Destination) (err error) {
		if d.Kind != Webhook || d.ConfirmedBy == "" {
			return fault.New(fault.Conflict, "Only a confirmed webhook has a signing secret.")
		}
		secret, err = s.rotate(d, now)
		return err
	})
	return d.Wire(), secret, err
}

// secretNames tells which secrets of the kind are set; the signing secret is one.
func (d Destination) secretNames() map[string]bool {
	out := map[string]bool{}
	for name := range d.Sealed {
		if own, ok := strings.CutPrefix(name, kindSecret); ok {
			out[own] = true
		}
	}
	if _, ok := d.Sealed[signingSecret]; ok || d.Kind == Webhook {
		out[signingSecret] = ok
	}
	return out
}

func wireMapping(m map[filter.Kind]Mapping) *wire.DestinationMapping {
	return &wire.DestinationMapping{Accounts: m[filter.Accounts], Leads: m[filter.Leads]}
}
