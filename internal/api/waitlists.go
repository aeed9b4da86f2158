package api

import (
	"context"
	"net/http"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Waitlists reads waitlists and signs people up. Errors: not_found, validation_failed, rate_limited, store_unavailable. *waitlists.Service is one.
type Waitlists interface {
	Subscribers(ctx context.Context, workspaceID string, in wire.ListSubscribers) (wire.Subscribers, error)
	// Admit checks whether Add may be called. It asks systems outside.
	Admit(ctx context.Context, workspaceID string, in wire.CreateSubscriber) error
	// Add joins a transaction that ctx carries.
	Add(ctx context.Context, workspaceID string, actor activity.Actor, in wire.CreateSubscriber) (wire.Subscriber, error)
}

func (s *Server) mountWaitlists() {
	handle(s, operation[wire.ListSubscribers, wire.Subscribers]{op: tools.ListSubscribers, run: s.listSubscribers})
	handle(s, operation[wire.CreateSubscriber, wire.Subscriber]{op: tools.CreateSubscriber, before: s.admitSubscriber, run: s.createSubscriber,
		key: func(in *wire.CreateSubscriber) *string { return &in.IdempotencyKey }})
}

// listSubscribers asks for smaller pages until one fits that the caller takes. Each size divides the one asked for, so that the page begins where it was
// to begin.
func (s *Server) listSubscribers(ctx context.Context, c caller, in wire.ListSubscribers) (none answer[wire.Subscribers], err error) {
	for {
		out, err := s.Waitlists.Subscribers(ctx, c.WorkspaceID, in)
		if err != nil {
			return none, err
		}
		a, err := encoded(http.StatusOK, out)
		if err != nil || c.prefer.maxChars == 0 || utf8.RuneCount(a.body) <= c.prefer.maxChars || in.Size() == 1 {
			return a, err
		}
		in = smaller(in)
	}
}

// smaller asks for the first part of the page.
func smaller(in wire.ListSubscribers) wire.ListSubscribers {
	size, parts := in.Size(), 2
	for size%parts != 0 {
		parts++
	}
	limit, page := size/parts, (in.Number()-1)*parts+1
	in.Limit, in.Page = &limit, &page
	return in
}

func (s *Server) admitSubscriber(ctx context.Context, c caller, in wire.CreateSubscriber) error {
	return s.Waitlists.Admit(ctx, c.WorkspaceID, in)
}

// createSubscriber answers 201 whether the person is new or not.
func (s *Server) createSubscriber(ctx context.Context, c caller, in wire.CreateSubscriber) (none answer[wire.Subscriber], err error) {
	out, err := s.Waitlists.Add(ctx, c.WorkspaceID, c.Actor(), in)
	if err != nil {
		return none, err
	}
	return encoded(http.StatusCreated, out)
}
