package api

import (
	"context"
	"net/http"
	"slices"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
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

func (s *Server) getSettings(ctx context.Context, c caller, in wire.GetSettings) (none answer[wire.Settings], err error) {
	out, err := s.Settings.Get(ctx, c.WorkspaceID)
	if err != nil {
		return none, err
	}
	if in.Section != "" {
		out = out.Only(in.Section)
	}
	if in.Name != "" {
		named, ok := out.Named(in.Name)
		if !ok {
			return none, fault.New(fault.NotFound, fault.NotFound.Detail())
		}
		out = named
	}
	return settingsAnswer(c.prefer, out)
}

// updateSettings answers a program with everything, and a model with the sections that it changed.
func (s *Server) updateSettings(ctx context.Context, c caller, in wire.UpdateSettings) (none answer[wire.Settings], err error) {
	out, err := s.Settings.Update(ctx, c.WorkspaceID, c.Actor(), in)
	if err != nil {
		return none, err
	}
	if c.prefer.format == wire.Concise {
		out = out.Only(slices.DeleteFunc(wire.SettingsSections(), func(s wire.SettingsSection) bool { return len(in.Patch(s)) == 0 })...)
	}
	return settingsAnswer(c.prefer, out)
}

// settingsAnswer shapes settings for the caller. Those that are too large lose what can be asked for otherwise, as their note says.
func settingsAnswer(p preference, s wire.Settings) (answer[wire.Settings], error) {
	if p.format == wire.Concise {
		s = s.Concise()
	}
	a, err := encoded(http.StatusOK, s)
	if err == nil && p.maxChars > 0 && utf8.RuneCount(a.body) > p.maxChars && len(s.ICPs) > 0 {
		a, err = encoded(http.StatusOK, s.Outline())
	}
	return a, err
}
