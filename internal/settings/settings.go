// Package settings is what the admins of a workspace chose, section by section: versioned, checked before it is kept, logged with before and after,
// and with secrets that can be written and never read.
package settings

import (
	"context"
	"encoding/json"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/sealing"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Kept is the newest version as it is stored.
type Kept struct {
	Version  int64
	At       time.Time         // zero in version 0
	Document json.RawMessage   // an object by section of what was set, without secrets; nil in version 0
	Secrets  map[string][]byte // of providers, sealed, by name
}

// Change is what makes the next version.
type Change struct {
	Document json.RawMessage
	Overage  credits.Overage
	Seal     map[string][]byte // secrets that are new or sealed anew, by name
	Drop     []string          // names whose secrets go
	Entry    *activity.Entry   // nil when only secrets were sealed anew: then there is no new version
}

// Store keeps settings. Those methods that name a workspace return fault.NotFound for an unknown one.
type Store interface {
	// InTx runs fn in one transaction, whose time it gives, and runs it again after a serialisation failure.
	InTx(ctx context.Context, fn func(ctx context.Context, now time.Time) error) error
	// Settings returns the newest version.
	Settings(ctx context.Context, workspaceID string) (Kept, error)
	// SettingsDocument is Settings without the secrets, for those who need none.
	SettingsDocument(ctx context.Context, workspaceID string) (Kept, error)
	// ChangeSettings gives do the newest version, with no rival until the transaction ends, and keeps what it returns as the next one, made at
	// now, with the policy of the credits and the activity row; nil changes nothing. It returns the newest version as it then is, and joins the
	// transaction that ctx carries.
	ChangeSettings(ctx context.Context, workspaceID string, do func(now time.Time, k Kept) (*Change, error)) (Kept, error)
}

// Service reads and changes settings. That the caller may do so is for the API to check. It is safe for concurrent use.
type Service struct {
	store Store
	seal  *sealing.Sealer
	hooks []Hook
}

// Hook is told, in the transaction of a change, which sections are others now. What it returns as an error ends the change.
type Hook func(ctx context.Context, workspaceID string, changed []string) error

// New returns a Service over store whose secrets are sealed by seal. The hooks run in their order.
func New(store Store, seal *sealing.Sealer, hooks ...Hook) *Service {
	return &Service{store, seal, hooks}
}

// Get returns the settings with their defaults. not_found for an unknown workspace.
func (s *Service) Get(ctx context.Context, workspaceID string) (wire.Settings, error) {
	k, err := s.store.Settings(ctx, workspaceID)
	if err != nil {
		return wire.Settings{}, err
	}
	return k.view()
}

// view is the answer: every order that counts, and of secrets whether they are set.
func (k Kept) view() (wire.Settings, error) {
	d, err := k.read()
	if err != nil {
		return wire.Settings{}, err
	}
	return wire.Settings{
		Version: k.Version, UpdatedAt: wire.Time(k.At), Enrichment: shownEnrichment(d.Enrichment, k.Secrets),
		SignalTypes: shownTypes(d.SignalTypes), ICPs: shownICPs(d.ICPs), Engagement: completeEngagement(d.Engagement),
	}, nil
}
