package apirun

import (
	"context"
	"sync"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/engagement"
)

// keepAudiences keeps engagement and the members of audiences true, behind whatever writes records, until ctx ends.
func (a *App) keepAudiences(ctx context.Context, watch *sync.WaitGroup) {
	keeper := audiences.NewKeeper(audiences.KeeperConfig{
		Store: a.DB, Listener: a.Destinations,
		Model: func(ctx context.Context, workspaceID string) (engagement.Model, error) {
			s, err := a.Settings.Scoring(ctx, workspaceID)
			return s.Engagement, err
		},
		Failed: func(err error) { a.Log.Warn().Err(err).Msg("audiences were not brought up to date; it is tried again") },
	})
	watch.Go(func() { keeper.Run(ctx) })
}
