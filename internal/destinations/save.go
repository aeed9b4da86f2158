package destinations

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Saved is a destination as it is kept.
type Saved struct {
	Destination wire.Destination
	Secret      settings.Secret // of a webhook that an admin made: to be shown this once
	Created     bool
}

// saveTries is how often a change is worked out anew because somebody else was faster.
const saveTries = 5

// Save is Check and then Keep.
func (s *Service) Save(ctx context.Context, c Caller, in wire.SaveDestination) (out Saved, err error) {
	if err := s.Check(ctx, c, in); err != nil {
		return out, err
	}
	return s.Keep(ctx, c, in)
}

// Check tells whether Keep can make or change a destination as in says, which must have passed Validate. It looks names up, so it must not be called
// within a transaction. Errors: validation_failed with the paths at fault, not_found.
func (s *Service) Check(ctx context.Context, c Caller, in wire.SaveDestination) error {
	e, err := s.edit(ctx, c, in)
	if err != nil {
		return err
	}
	return e.check(ctx)
}

// Keep makes a destination or changes one. What an admin makes is active at once; what others make or aim anew is pending. It joins a transaction that
// ctx carries. Errors: validation_failed with the paths at fault, not_found, conflict, naming name when it is taken.
func (s *Service) Keep(ctx context.Context, c Caller, in wire.SaveDestination) (out Saved, err error) {
	for range saveTries {
		out, err = s.keep(ctx, c, in)
		if !errors.Is(err, errOvertaken) {
			return out, err
		}
	}
	return out, fault.New(fault.Conflict, fault.Conflict.Detail())
}

// errOvertaken says that the destination is not any more as it was read.
var errOvertaken = errors.New("destinations: somebody else was faster")

func (s *Service) keep(ctx context.Context, c Caller, in wire.SaveDestination) (out Saved, err error) {
	err = s.Store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		e, err := s.edit(ctx, c, in)
		if err == nil {
			err = e.confirm()
		}
		if err == nil {
			err = e.keep(ctx, now)
		}
		out = Saved{e.after.Wire(), e.secret, e.before.Revision == 0}
		return err
	})
	return out, err
}

// edit works out what in makes of a destination.
func (s *Service) edit(ctx context.Context, c Caller, in wire.SaveDestination) (*edit, error) {
	before, now, err := s.begin(ctx, c, in)
	e := &edit{service: s, caller: c, before: before, after: before.clone(), in: in, now: now, detail: map[string]string{}}
	if err != nil {
		return e, err
	}
	return e, e.work()
}

// begin returns the destination as it is, or as a new one begins, and the time.
func (s *Service) begin(ctx context.Context, c Caller, in wire.SaveDestination) (d Destination, now time.Time, err error) {
	err = s.Store.InTx(ctx, func(ctx context.Context, at time.Time) error {
		now = at
		d = Destination{WorkspaceID: c.WorkspaceID, ID: uuid.Must(uuid.NewV7()).String(), Kind: Kind(in.Kind), CreatedAt: at, CreatedBy: c.Actor}
		if in.ID != "" {
			d, err = s.Store.Destination(ctx, c.WorkspaceID, in.ID)
		}
		return err
	})
	return d, now, err
}

// clone returns a copy whose secrets can be changed.
func (d Destination) clone() Destination {
	d.Sealed = maps.Clone(d.Sealed)
	return d
}

// keep keeps the change if the destination still is as it was read.
func (e *edit) keep(ctx context.Context, now time.Time) error {
	s, d := e.service, &e.after
	list, err := s.Store.Destinations(ctx, d.WorkspaceID)
	if err != nil {
		return err
	}
	var current int64
	for _, other := range list {
		if other.ID == d.ID {
			current = other.Revision
		} else if text.Fold(other.Name) == text.Fold(d.Name) {
			return nameTaken()
		}
	}
	switch {
	case current != e.before.Revision && (e.in.ID == "" || current == 0):
		return fault.New(fault.NotFound, fault.NotFound.Detail())
	case current != e.before.Revision:
		return errOvertaken
	case e.before.Revision == 0 && len(list) >= wire.MaxDestinations:
		return fault.Newf(fault.Conflict, "A workspace has at most %d destinations. Delete one first.", wire.MaxDestinations)
	}
	d.Revision, d.UpdatedAt = e.before.Revision+1, now
	if err := s.Store.SaveDestination(ctx, *d); err != nil {
		if fault.CodeOf(err) == fault.Conflict && e.before.Revision > 0 {
			return errOvertaken
		}
		return err
	}
	if e.resumed && d.sends() {
		if err := s.Queue.Enqueue(ctx, ResumeKind, encoded(resume{d.WorkspaceID, d.ID})); err != nil {
			return err
		}
	}
	return e.log(ctx, now)
}

func nameTaken() error {
	e := fault.New(fault.Conflict, "Another destination has this name. Choose another one, or change that destination by its id.")
	e.Fields = []fault.Field{{Path: "name", Message: "is the name of another destination"}}
	return e
}

func (e *edit) log(ctx context.Context, now time.Time) error {
	if e.before.Revision == 0 {
		return e.service.log(ctx, now, e.caller.Actor, e.after, activity.DestinationCreated, map[string]string{"status": string(e.after.Status())})
	}
	e.note("status", string(e.before.Status()), string(e.after.Status()))
	e.note("name", e.before.Name, e.after.Name)
	var parts []string
	for name := range e.detail {
		if !strings.HasSuffix(name, "_before") {
			parts = append(parts, name)
		}
	}
	slices.Sort(parts)
	e.detail["parts"] = strings.Join(parts, ", ")
	return e.service.log(ctx, now, e.caller.Actor, e.after, activity.DestinationUpdated, e.detail)
}
