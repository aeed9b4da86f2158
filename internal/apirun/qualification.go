package apirun

import (
	"context"
	"slices"

	"github.com/unstuckengine/unstuck/internal/qualify"
	"github.com/unstuckengine/unstuck/internal/settings"
)

// newQualifier returns what qualifies records by the ICPs of the settings.
func (a *App) newQualifier() *qualify.Service {
	return qualify.New(qualify.Config{Store: a.DB,
		Settings: func(ctx context.Context, workspaceID string) (int64, []qualify.ICP, error) {
			s, err := a.Settings.Scoring(ctx, workspaceID)
			return s.Version, s.ICPs, err
		}})
}

// requalify begins to qualify all records anew when the ICPs were changed.
func (a *App) requalify(ctx context.Context, workspaceID string, changed []string) error {
	if !slices.Contains(changed, settings.ICPsSection) {
		return nil
	}
	_, err := a.Qualify.Requalify(ctx, workspaceID)
	return err
}
