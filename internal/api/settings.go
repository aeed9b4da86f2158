package api

import (
	"context"
	"net/http"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Settings reads and changes what the admins of a workspace chose. Errors: validation_failed with the paths at fault, conflict for a version that is
// not the current one, store_unavailable. *settings.Service is one.
type Settings interface {
	Get(ctx context.Context, workspaceID string) (wire.Settings, error)
	Update(ctx context.Context, workspaceID string, actor activity.Actor, in wire.UpdateSettings) (wire.Settings, error)
}

func (s *Server) mountSettings() {
	handle(s, operation[wire.GetSettings, wire.Settings]{op: tools.GetSettings, run: s.getSettings})
	handle(s, operation[wire.UpdateSettings, wire.Settings]{op: tools.UpdateSettings, run: s.updateSettings})
}

func (s *Server) getSettings(ctx context.Context, c caller, _ wire.GetSettings) (none answer[wire.Settings], err error) {
	out, err := s.Settings.Get(ctx, c.WorkspaceID)
	if err != nil {
		return none, err
	}
	return encoded(http.StatusOK, out)
}

func (s *Server) updateSettings(ctx context.Context, c caller, in wire.UpdateSettings) (none answer[wire.Settings], err error) {
	out, err := s.Settings.Update(ctx, c.WorkspaceID, c.Actor(), in)
	if err != nil {
		return none, err
	}
	return encoded(http.StatusOK, out)
}
