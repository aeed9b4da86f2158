package settings

import (
	"context"
	"encoding/json"

	"github.com/unstuckengine/unstuck/internal/engagement"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/qualify"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Scoring is what scores follow from, for those who work them out. It is only read.
type Scoring struct {
	Version    int64         // of the settings
	Types      signals.Types // all of the workspace, by name
	ICPs       []qualify.ICP // those that are enabled, by code
	Engagement engagement.Model
}

// Scoring returns what the newest settings say. not_found for an unknown workspace.
func (s *Service) Scoring(ctx context.Context, workspaceID string) (Scoring, error) {
	k, err := s.store.SettingsDocument(ctx, workspaceID)
	if err != nil {
		return Scoring{}, err
	}
	return k.Scoring()
}

// Scoring returns what the version says.
func (k Kept) Scoring() (Scoring, error) {
	d, err := k.read()
	if err != nil {
		return Scoring{}, err
	}
	types := typesOf(d.SignalTypes)
	return Scoring{Version: k.Version, Types: types, ICPs: icpsOf(d.ICPs), Engagement: modelOf(d.Engagement, types)}, nil
}

// SignalTypes returns all types of the workspace by name. It reads no more of the version than that, since every push asks.
func (k Kept) SignalTypes() (signals.Types, error) {
	var set map[string]wire.SignalTypeSettings
	var err error
	strictjson.Members(k.Document, func(name, section []byte) {
		if string(name) == SignalTypesSection {
			err = json.Unmarshal(section, &set)
		}
	})
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err)
	}
	return typesOf(set), nil
}
