package chain

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
)

const (
	batch = 500         // entries that become links in one transaction, and links that are read at once
	every = time.Second // how often Run looks for entries
)

// Seal makes links of all the entries that the workspace has by now.
func (s *Service) Seal(ctx context.Context, workspaceID string) error {
	for {
		n, err := s.Store.Extend(ctx, workspaceID, batch, func(h Head, entries []activity.Entry) ([]Link, error) { return s.links(workspaceID, h, entries) })
		if err != nil || n < batch {
			return err
		}
	}
}

func (s *Service) links(workspaceID string, h Head, entries []activity.Entry) ([]Link, error) {
	out := make([]Link, len(entries))
	for i, e := range entries {
		h.Seq++
		h.Hash = HashOf(h.Hash, h.Seq, e)
		seal, err := s.seals.seal(workspaceID, h.Seq, h.Hash)
		if err != nil {
			return nil, err
		}
		out[i] = Link{h.Seq, e.ID, h.Hash, seal}
	}
	return out, nil
}

// SealAll is Seal for every workspace that needs it. What fails for one keeps no other from it.
func (s *Service) SealAll(ctx context.Context) error {
	all, err := s.Store.Unsealed(ctx)
	for _, id := range all {
		if failed := s.Seal(ctx, id); failed != nil {
			err = errors.Join(err, fmt.Errorf("seal the activity of workspace %s: %w", id, failed))
		}
	}
	return err
}

// Run seals every second until ctx ends. failed is told of every failure; what was not sealed is when it next looks.
func (s *Service) Run(ctx context.Context, failed func(error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := s.SealAll(ctx); err != nil && ctx.Err() == nil {
				failed(err)
			}
		}
	}
}
