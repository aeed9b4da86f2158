package settings

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Update merges the sections given into the settings and returns them as they then are; one that changes nothing makes no version. validation_failed
// with the paths at fault; conflict when in.Version is not the current one; not_found for an unknown workspace.
func (s *Service) Update(ctx context.Context, workspaceID string, actor activity.Actor, in wire.UpdateSettings) (wire.Settings, error) {
	if err := in.Validate(); err != nil {
		return wire.Settings{}, err
	}
	k, err := s.store.ChangeSettings(ctx, workspaceID, func(now time.Time, k Kept) (*Change, error) {
		if in.Version != nil && *in.Version != k.Version {
			return nil, fault.New(fault.Conflict, fault.Conflict.Detail())
		}
		return s.next(workspaceID, actor, now, k, in)
	})
	if err != nil {
		return wire.Settings{}, err
	}
	return k.view()
}

// next works out the change; nil when there is none.
func (s *Service) next(workspaceID string, actor activity.Actor, now time.Time, k Kept, in wire.UpdateSettings) (*Change, error) {
	old, err := k.read()
	if err != nil {
		return nil, err
	}
	merged, secrets, err := merge(old.Enrichment, in.Enrichment)
	if err != nil {
		return nil, err
	}
	held := holders{k.Secrets, secrets}
	if fields := check(old.Enrichment, merged, held); len(fields) > 0 {
		return nil, fault.InvalidFields(fields...)
	}
	complete(merged.Providers)
	change := &Change{Overage: overageOf(merged), Seal: map[string][]byte{}}
	if change.Document, err = strictjson.CanonicalValue(document{merged}); err != nil {
		return nil, err
	}
	detail := difference(k.Document, change.Document)
	if err := s.secrets(workspaceID, merged, held, change, detail); err != nil {
		return nil, err
	}
	switch {
	case len(detail) > 0:
		e := activity.New(workspaceID, now, actor, activity.SettingsUpdated, activity.ObjectSettings, Section, detail)
		change.Entry = &e
	case len(change.Seal) == 0:
		return nil, nil
	}
	return change, nil
}

// holders tells which providers have a secret: sealed ones that are kept, and new ones.
type holders struct {
	kept map[string][]byte
	new  map[string]*string // nil for one that is removed
}

// has reports whether the provider has a secret after the change.
func (h holders) has(name string) bool {
	if text, named := h.new[name]; named {
		return text != nil
	}
	return len(h.kept[name]) > 0
}

// secrets seals what is new, seals anew what is under an old key, drops what nobody needs, and notes that it did, never what.
func (s *Service) secrets(workspaceID string, merged wire.EnrichmentSettings, held holders, c *Change, detail map[string]string) error {
	for name := range merged.Providers {
		kept := held.kept[name]
		text, named := held.new[name]
		switch {
		case named && text != nil:
			note := "set"
			if len(kept) > 0 {
				note = "changed"
			}
			detail[secretPath(name)] = note
			if err := s.sealInto(c, workspaceID, name, []byte(*text)); err != nil {
				return err
			}
		case !named && len(kept) > 0 && s.seal.Old(kept):
			if err := s.reseal(c, workspaceID, name, kept); err != nil {
				return err
			}
		}
	}
	for name := range held.kept {
		if _, there := merged.Providers[name]; !there || !held.has(name) {
			detail[secretPath(name)] = "removed"
			c.Drop = append(c.Drop, name)
		}
	}
	return nil
}

func secretPath(name string) string { return Section + ".providers." + name + ".secret" }

func (s *Service) sealInto(c *Change, workspaceID, name string, plain []byte) error {
	sealed, err := s.seal.Seal(plain, workspaceID, Section, name)
	if err != nil {
		return fault.Wrap(fault.Internal, err)
	}
	c.Seal[name] = sealed
	return nil
}

// reseal moves a secret under the newest key. One that cannot be opened stays: the old key may come back.
func (s *Service) reseal(c *Change, workspaceID, name string, sealed []byte) error {
	plain, err := s.seal.Open(sealed, workspaceID, Section, name)
	if err != nil {
		return nil //nolint:nilerr // see above; who enriches is told by Enrichment.Locked
	}
	return s.sealInto(c, workspaceID, name, plain)
}
