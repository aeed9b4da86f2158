package api

import (
	"context"
	"net/http"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// access tells what the caller's key may do.
func (s *Server) access(ctx context.Context, c caller, _ wire.GetAccess) (answer[wire.Access], error) {
	w, err := s.Workspaces(ctx, c.WorkspaceID)
	if err != nil {
		return answer[wire.Access]{}, err
	}
	left, err := s.Credits(ctx, c.WorkspaceID, c.KeyID)
	if err != nil {
		return answer[wire.Access]{}, err
	}
	return encoded(http.StatusOK, wire.Access{
		Workspace: &wire.Workspace{ID: w.ID, Slug: w.Slug, Name: w.Name, Plan: string(c.Plan)},
		Key:       c.key(),
		Tools:     tools.Allowed(c.Permissions),
		Missing:   tools.Missing(c.Permissions),
		Plan:      string(c.Plan),
		Quota: &wire.Quota{
			PerMinute: c.Limits.RatePerMinute, Burst: c.Limits.Burst, Remaining: c.quota.Remaining, ResetSeconds: seconds(c.quota.ResetAfter),
		},
		Credits: &wire.Credits{Balance: left.Left, Monthly: left.Monthly, ResetsAt: left.ResetsAt, KeyLimit: left.KeyLimit, KeyLeft: left.KeyLeft},
	})
}

func (c caller) key() *wire.Key {
	return &wire.Key{
		ID: c.KeyID, Name: c.Name, Preset: string(c.Preset), Permissions: words(c.Permissions.Permissions()), ExpiresAt: wire.Time(c.ExpiresAt),
	}
}

func words(ps []scope.Permission) []string {
	out := make([]string, len(ps))
	for i, p := range ps {
		out[i] = string(p)
	}
	return out
}

// watchAccess is held until the key cannot be used any more, the server stops, or WatchHold is over.
func (s *Server) watchAccess(ctx context.Context, c caller, _ wire.GetAccess) (answer[wire.GetAccess], error) {
	none := answer[wire.GetAccess]{}
	changed, leave, err := s.watches.add(c.KeyID, c.WorkspaceID)
	if err != nil {
		return none, err
	}
	defer leave()
	hold := time.NewTimer(s.WatchHold)
	defer hold.Stop()
	select {
	case err := <-changed:
		return none, err
	case <-s.stopping:
		return none, fault.New(fault.ShuttingDown, "")
	case <-ctx.Done(): // the caller has gone
		return none, fault.Wrap(fault.RequestTimeout, ctx.Err())
	case <-hold.C:
		return answer[wire.GetAccess]{status: http.StatusNoContent}, nil
	}
}
