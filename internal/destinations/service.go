package destinations

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/sealing"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Config says what a Service works with. All but the times must be set.
type Config struct {
	Store   Store
	Queue   Queue
	Seal    *sealing.Sealer
	Senders map[Kind]Sender // one for each kind

	Timeout time.Duration // of one attempt; 0 = 15 s
	Lease   time.Duration // after which a worker that is silent counts as dead, longer than Timeout; 0 = 40 s
}

// Service keeps destinations, queues what is for them, and sends it. That the caller may do so is for the API and the pages to check. It is safe for
// concurrent use.
type Service struct {
	Config
	lanes lanes
}

// New returns a Service; it panics when a part is missing.
func New(c Config) *Service {
	if c.Store == nil || c.Queue == nil || c.Seal == nil {
		panic(errors.New("destinations: a part of the Config is missing"))
	}
	for _, k := range wire.DestinationKinds() {
		if c.Senders[Kind(k)] == nil {
			panic(errors.New("destinations: there is no sender for " + k))
		}
	}
	if c.Timeout == 0 {
		c.Timeout = 15 * time.Second
	}
	if c.Lease == 0 {
		c.Lease = 40 * time.Second
	}
	return &Service{Config: c}
}

// List returns the destinations of a workspace, by name.
func (s *Service) List(ctx context.Context, workspaceID string) ([]wire.Destination, error) {
	list, err := s.Store.Destinations(ctx, workspaceID)
	out := make([]wire.Destination, 0, len(list))
	for _, d := range list {
		out = append(out, d.Wire())
	}
	return out, err
}

// Get returns a destination. not_found when the workspace has none of the id.
func (s *Service) Get(ctx context.Context, workspaceID, id string) (wire.Destination, error) {
	d, err := s.Store.Destination(ctx, workspaceID, id)
	if err != nil {
		return wire.Destination{}, err
	}
	return d.Wire(), nil
}

// Delete ends a destination, drops what is queued for it, and detaches it from its audiences. not_found for none.
func (s *Service) Delete(ctx context.Context, c Caller, id string) error {
	return s.Store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		d, err := s.Store.Destination(ctx, c.WorkspaceID, id)
		if err != nil {
			return err
		}
		if err := s.Store.DeleteDestination(ctx, c.WorkspaceID, id); err != nil {
			return err
		}
		return s.log(ctx, now, c.Actor, d, activity.DestinationDeleted, nil)
	})
}

// log writes what was done to a destination, whose name and kind come with it.
func (s *Service) log(ctx context.Context, now time.Time, a activity.Actor, d Destination, action activity.Action, detail map[string]string) error {
	all := map[string]string{"name": d.Name, "kind": string(d.Kind)}
	for name, v := range detail {
		all[name] = v
	}
	return s.Store.RecordActivity(ctx, activity.New(d.WorkspaceID, now, a, action, activity.ObjectDestination, d.ID, all))
}

// change lets do change a destination, and keeps it with an entry in the log. Rivals are told apart by the revision.
func (s *Service) change(ctx context.Context, c Caller, id string, action activity.Action, do func(ctx context.Context, now time.Time, d *Destination) error) (d Destination, err error) {
	err = s.Store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		if d, err = s.Store.Destination(ctx, c.WorkspaceID, id); err != nil {
			return err
		}
		if err := do(ctx, now, &d); err != nil {
			return err
		}
		d.Revision, d.UpdatedAt = d.Revision+1, now
		if err := s.Store.SaveDestination(ctx, d); err != nil {
			return err
		}
		return s.log(ctx, now, c.Actor, d, action, nil)
	})
	return d, err
}

// onlyAdmins refuses anybody else, keys first of all.
func onlyAdmins(c Caller) error {
	if !c.Admin {
		return fault.New(fault.InsufficientScope, "Only a signed-in admin of the workspace can do this.")
	}
	return nil
}

// Wire returns d as answers show it.
func (d Destination) Wire() wire.Destination {
	out := wire.Destination{
		ID: d.ID, Name: d.Name, Kind: string(d.Kind), Status: string(d.Status()), URL: d.URL, Options: d.Options, Secrets: d.secretNames(),
		CreatedAt: wire.Time(d.CreatedAt), CreatedBy: d.CreatedBy.Name, Via: string(d.CreatedBy.Kind), UpdatedAt: wire.Time(d.UpdatedAt),
		ConfirmedBy: d.ConfirmedBy, RotatedAt: wire.Time(d.RotatedAt),
	}
	for _, h := range d.Headers {
		out.Headers = append(out.Headers, wire.DestinationHeader(h))
	}
	if len(d.Mapping) > 0 {
		out.Mapping = wireMapping(d.Mapping)
	}
	return out
}

// sorted returns the members of a set of names in order.
func sorted(set map[string]bool) (names []string) {
	for name := range set {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
