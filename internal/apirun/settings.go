package apirun

import (
	"context"
	"slices"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/settings"
)

// rescore wakes the keeper of the audiences when that from which engagement follows may be another. It finds out by itself whether it is, and then looks
// at every record; the mark, which is that of no record, only says that there is something to do.
func (a *App) rescore(ctx context.Context, workspaceID string, changed []string) error {
	if !slices.Contains(changed, settings.EngagementSection) && !slices.Contains(changed, settings.SignalTypesSection) {
		return nil
	}
	return a.DB.MarkStale(ctx, workspaceID, filter.Accounts, []string{""})
}
