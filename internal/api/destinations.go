package api

import (
	"context"
	"iter"
	"net/http"

	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/tabular"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Destinations keeps where changes of audiences are sent. Errors: validation_failed with the paths at fault, invalid_request for a cursor, not_found,
// conflict, store_unavailable. *destinations.Service is one.
type Destinations interface {
	List(ctx context.Context, workspaceID string) ([]wire.Destination, error)
	Get(ctx context.Context, workspaceID, id string) (wire.Destination, error)
	// Check checks whether Keep may be called. It asks systems outside.
	Check(ctx context.Context, c destinations.Caller, in wire.SaveDestination) error
	// Keep, Sync and Delete join a transaction that ctx carries.
	Keep(ctx context.Context, c destinations.Caller, in wire.SaveDestination) (destinations.Saved, error)
	Sync(ctx context.Context, c destinations.Caller, in wire.SyncAudience) (wire.AudienceSync, error)
	Delete(ctx context.Context, c destinations.Caller, id string) error
	// Test asks a system outside; it must not be called within a transaction.
	Test(ctx context.Context, c destinations.Caller, id string) (wire.Delivery, error)
	Deliveries(ctx context.Context, workspaceID string, in wire.ListDeliveries) (wire.List[wire.Delivery], error)
	Fetch(ctx context.Context, workspaceID string, in wire.DestinationFile) (*destinations.File, error)
}

func (s *Server) mountDestinations() {
	d := s.Destinations
	handle(s, operation[wire.ListDestinations, wire.List[wire.Destination]]{op: tools.ListDestinations, run: s.listDestinations})
	handle(s, operation[wire.GetDestination, wire.Destination]{op: tools.GetDestination, tag: true,
		run: told(func(ctx context.Context, c caller, in wire.GetDestination) (wire.Destination, error) {
			return d.Get(ctx, c.WorkspaceID, in.ID)
		})})
	handle(s, operation[wire.SaveDestination, wire.Destination]{op: tools.SaveDestination, before: s.checkDestination, run: s.saveDestination,
		key: func(in *wire.SaveDestination) *string { return &in.IdempotencyKey }})
	handle(s, operation[wire.TestDestination, wire.Delivery]{op: tools.TestDestination, once: s.onceOutside,
		run: told(func(ctx context.Context, c caller, in wire.TestDestination) (wire.Delivery, error) {
			return d.Test(ctx, c.sender(), in.ID)
		}),
		key: func(in *wire.TestDestination) *string { return &in.IdempotencyKey }})
	handle(s, operation[wire.SyncAudience, wire.AudienceSync]{op: tools.SyncAudience,
		run: told(func(ctx context.Context, c caller, in wire.SyncAudience) (wire.AudienceSync, error) {
			return d.Sync(ctx, c.sender(), in)
		}),
		key: func(in *wire.SyncAudience) *string { return &in.IdempotencyKey }})
	handle(s, operation[wire.DeleteDestination, wire.Deleted]{op: tools.DeleteDestination,
		run: told(func(ctx context.Context, c caller, in wire.DeleteDestination) (wire.Deleted, error) {
			return wire.Deleted{ID: in.ID, Deleted: true}, d.Delete(ctx, c.sender(), in.ID)
		})})
	handle(s, operation[wire.ListDeliveries, wire.List[wire.Delivery]]{op: tools.ListDeliveries,
		run: told(func(ctx context.Context, c caller, in wire.ListDeliveries) (wire.List[wire.Delivery], error) {
			return d.Deliveries(ctx, c.WorkspaceID, in)
		})})
	handle(s, operation[wire.DestinationFile, wire.GetAccess]{op: tools.DestinationFile, all: s.destinationFile()})
}

// sender is the caller as a destination knows it: a key never confirms anything.
func (c caller) sender() destinations.Caller {
	return destinations.Caller{WorkspaceID: c.WorkspaceID, Actor: c.Actor()}
}

// told answers 200 with what fn returns.
func told[In, Out any](fn func(context.Context, caller, In) (Out, error)) endpoint[In, Out] {
	return func(ctx context.Context, c caller, in In) (none answer[Out], err error) {
		out, err := fn(ctx, c, in)
		if err != nil {
			return none, err
		}
		return encoded(http.StatusOK, out)
	}
}

func (s *Server) listDestinations(ctx context.Context, c caller, _ wire.ListDestinations) (none answer[wire.List[wire.Destination]], err error) {
	list, err := s.Destinations.List(ctx, c.WorkspaceID)
	if err != nil {
		return none, err
	}
	return encoded(http.StatusOK, wire.List[wire.Destination]{Items: list, Total: len(list)})
}

func (s *Server) checkDestination(ctx context.Context, c caller, in wire.SaveDestination) error {
	return s.Destinations.Check(ctx, c.sender(), in)
}

func (s *Server) saveDestination(ctx context.Context, c caller, in wire.SaveDestination) (none answer[wire.Destination], err error) {
	out, err := s.Destinations.Keep(ctx, c.sender(), in)
	switch {
	case err != nil:
		return none, err
	case out.Created:
		return encoded(http.StatusCreated, out.Destination)
	}
	return encoded(http.StatusOK, out.Destination)
}

// onceOutside is Replays for what asks a system outside, which no transaction may wait for. Of calls with one key at the same time one asks.
func (s *Server) onceOutside(ctx context.Context, workspaceID, key string, requestHash []byte, fn func(context.Context) (Reply, error)) (Reply, bool, error) {
	var reply Reply
	ask := func(ctx context.Context) (err error) {
		reply, err = fn(ctx)
		return err
	}
	return s.Outside(ctx, workspaceID, key, requestHash, ask, func(context.Context) (Reply, error) { return reply, nil })
}

// destinationFile streams the file of a csv destination, whose columns its mapping names.
func (s *Server) destinationFile() *export[wire.DestinationFile] {
	return &export[wire.DestinationFile]{
		columns: func(wire.DestinationFile) []tabular.Column { return nil },
		pages: func(ctx context.Context, c caller, in wire.DestinationFile) iter.Seq2[rowPage, error] {
			return func(yield func(rowPage, error) bool) {
				file, err := s.Destinations.Fetch(ctx, c.WorkspaceID, in)
				if err != nil {
					yield(rowPage{}, err)
					return
				}
				page := rowPage{name: file.Name, total: int(file.Members), more: true}
				for _, name := range file.Columns {
					page.columns = append(page.columns, tabular.Column{Name: name, Path: []string{name}})
				}
				for page.rows, err = range file.Rows {
					if !yield(page, err) || err != nil {
						return
					}
				}
			}
		},
	}
}
