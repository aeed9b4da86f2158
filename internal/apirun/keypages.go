package apirun

import (
	"context"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/keypages"
)

// keyPages are the pages of API keys, which browsers reach at base.
func (a *App) keyPages(base string) keypages.Config {
	return keypages.Config{
		Keys: a.Keys, Once: a.DB.FormOnce, Clients: a.Usage.Clients, APIURL: base, MCPURL: a.Config.MCPURL,
		Activity: func(ctx context.Context, workspaceID, keyID string, limit int) ([]activity.Entry, error) {
			return a.DB.Workspace(workspaceID).KeyActivity(ctx, keyID, limit)
		},
	}
}
