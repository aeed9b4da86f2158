package settings

import (
	"context"
	"encoding/json"
	"maps"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// RegisterSignalTypes makes types of the workspace's own, with their defaults; those that there are stay as they are, disabled ones too. It joins the
// transaction that ctx carries. validation_failed for names that no type can have and for more types than there may be.
func (s *Service) RegisterSignalTypes(ctx context.Context, workspaceID string, actor activity.Actor, names []string) error {
	_, err := s.change(ctx, workspaceID, func(now time.Time, k Kept) (*Change, error) {
		old, err := k.read()
		if err != nil {
			return nil, err
		}
		next, known := old, typesOf(old.SignalTypes)
		next.SignalTypes = map[string]wire.SignalTypeSettings{}
		maps.Copy(next.SignalTypes, old.SignalTypes)
		for _, name := range names {
			if !known.Known(name) {
				next.SignalTypes[name] = wire.SignalTypeSettings{Class: string(customDefaults().Class)}
			}
		}
		return s.keep(workspaceID, actor, now, old, next, holders{kept: k.Secrets})
	})
	return err
}

// WithSignalTypes returns a document as it is stored, nil for none, with types put to it that were kept beside it before, each enabled or not.
func WithSignalTypes(stored []byte, enabled map[string]bool) (json.RawMessage, error) {
	var k Kept
	if len(stored) > 0 {
		k.Document = stored
	}
	d, err := k.read()
	if err != nil {
		return nil, err
	}
	d.SignalTypes = map[string]wire.SignalTypeSettings{}
	for name, on := range enabled {
		d.SignalTypes[name] = wire.SignalTypeSettings{Enabled: &on}
	}
	d.complete()
	return strictjson.CanonicalValue(d)
}
