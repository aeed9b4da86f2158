package store

import (
	"context"

	"github.com/unstuckengine/unstuck/internal/signals"
)

// SignalTypes implements signals.Store.
func (db *DB) SignalTypes(ctx context.Context, workspaceID string) (signals.Types, error) {
	k, err := db.SettingsDocument(ctx, workspaceID)
	if err != nil {
		return nil, err
	}
	return k.SignalTypes()
}
