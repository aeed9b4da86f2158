package settings

import (
	"context"
	"strings"
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
	k, err := s.change(ctx, workspaceID, func(now time.Time, k Kept) (*Change, error) {
		if in.Version != nil && *in.Version != k.Version {
			return nil, fault.Newf(fault.Conflict, "The settings changed meanwhile: they are at version %d now. Read them again (get_settings, or `unstuck settings get`), then send the change with that version.", k.Version)
		}
		return s.next(workspaceID, actor, now, k, in)
	})
	if err != nil {
		return wire.Settings{}, err
	}
	return k.view()
}

// change keeps what do makes of the newest version and lets the hooks follow, in one transaction.
func (s *Service) change(ctx context.Context, workspaceID string, do func(now time.Time, k Kept) (*Change, error)) (kept Kept, err error) {
	err = s.store.InTx(ctx, func(ctx context.Context, _ time.Time) error {
		var changed []string
		kept, err = s.store.ChangeSettings(ctx, workspaceID, func(now time.Time, k Kept) (*Change, error) {
			c, err := do(now, k)
			if c != nil && c.Entry != nil {
				changed = sectionsOf(c.Entry.Detail)
			}
			return c, err
		})
		if err != nil || len(changed) == 0 {
			return err
		}
		for _, hook := range s.hooks {
			if err := hook(ctx, workspaceID, changed); err != nil {
				return err
			}
		}
		return nil
	})
	return kept, err
}

// next works out the change; nil when there is none.
func (s *Service) next(workspaceID string, actor activity.Actor, now time.Time, k Kept, in wire.UpdateSettings) (*Change, error) {
	old, err := k.read()
	if err != nil {
		return nil, err
	}
	merged, secrets, err := old.merged(in)
	if err != nil {
		return nil, err
	}
	return s.keep(workspaceID, actor, now, old, merged, holders{k.Secrets, secrets})
}

// keep checks what became of old and returns the change to it; nil when nothing differs.
func (s *Service) keep(workspaceID string, actor activity.Actor, now time.Time, old, next document, held holders) (*Change, error) {
	if err := next.check(old, held); err != nil {
		return nil, err
	}
	next.complete()
	change, detail, err := changeTo(old, next)
	if err != nil {
		return nil, err
	}
	if err := s.secrets(workspaceID, next.Enrichment, held, change, detail); err != nil {
		return nil, err
	}
	if len(detail) == 0 && len(change.Seal) == 0 {
		return nil, nil
	}
	change.log(workspaceID, actor, now, detail)
	return change, nil
}

// changeTo returns the change to a complete document, and what differs as the activity log tells it.
func changeTo(old, next document) (*Change, map[string]string, error) {
	text, err := strictjson.CanonicalValue(next)
	if err != nil {
		return nil, nil, err
	}
	before, err := strictjson.CanonicalValue(old.told())
	if err != nil {
		return nil, nil, err
	}
	after, err := strictjson.CanonicalValue(next.told())
	if err != nil {
		return nil, nil, err
	}
	return &Change{Document: text, Overage: overageOf(next.Enrichment), Seal: map[string][]byte{}}, difference(before, after), nil
}

// log adds the row of the activity log, if anything differs.
func (c *Change) log(workspaceID string, actor activity.Actor, now time.Time, detail map[string]string) {
	if len(detail) > 0 {
		e := activity.New(workspaceID, now, actor, activity.SettingsUpdated, activity.ObjectSettings, strings.Join(sectionsOf(detail), ","), detail)
		c.Entry = &e
	}
}
