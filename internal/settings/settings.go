// Package settings is what the admins of a workspace chose, section by section: versioned, checked before it is kept, logged with before and after,
// and with secrets that can be written and never read.
package settings

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
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

// Store keeps settings. Both methods return fault.NotFound for an unknown workspace.
type Store interface {
	// Settings returns the newest version.
	Settings(ctx context.Context, workspaceID string) (Kept, error)
	// ChangeSettings gives do the newest version, with no rival until the transaction ends, and keeps what it returns as the next one, made at
	// now, with the policy of the credits and the activity row; nil changes nothing. It returns the newest version as it then is, and joins the
	// transaction that ctx carries.
	ChangeSettings(ctx context.Context, workspaceID string, do func(now time.Time, k Kept) (*Change, error)) (Kept, error)
}

// Service reads and changes settings. That the caller may do so is for the API to check. It is safe for concurrent use.
type Service struct {
	store Store
	seal  *sealing.Sealer
}

// New returns a Service over store whose secrets are sealed by seal.
func New(store Store, seal *sealing.Sealer) *Service { return &Service{store, seal} }

// Section is the name of the one section that there is; secrets are bound to it.
const Section = "enrichment"

// document is the form that is stored.
type document struct {
	Enrichment wire.EnrichmentSettings `json:"enrichment"`
}

func (k Kept) read() (d document, err error) {
	if k.Document == nil {
		return d, nil
	}
	if err := json.Unmarshal(k.Document, &d); err != nil {
		return d, fault.Wrap(fault.Internal, err)
	}
	return d, nil
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
	e := d.Enrichment
	e.Overage = string(overageOf(e))
	e.Order = shownOrder(e.Order)
	providers := make(map[string]wire.ProviderSettings, len(e.Providers))
	for name, p := range e.Providers {
		set := len(k.Secrets[name]) > 0
		p.SecretSet = &set
		providers[name] = p
	}
	e.Providers = providers
	return wire.Settings{Version: k.Version, UpdatedAt: wire.Time(k.At), Enrichment: e}, nil
}

// shownOrder adds the defaults of the channels and of account to what is set.
func shownOrder(set map[string][]string) map[string][]string {
	out := map[string][]string{accountKey: nil}
	for _, f := range enrich.ChannelFields() {
		out[string(f)] = nil
	}
	for key := range out {
		out[key] = defaultOrder(key)
	}
	for key, names := range set {
		out[key] = names
	}
	return out
}

// Enrichment returns the section of that name, its secrets opened. not_found for an unknown workspace.
func (s *Service) Enrichment(ctx context.Context, workspaceID string) (Enrichment, error) {
	k, err := s.store.Settings(ctx, workspaceID)
	if err != nil {
		return Enrichment{}, err
	}
	d, err := k.read()
	if err != nil {
		return Enrichment{}, err
	}
	out := Enrichment{Version: k.Version, Overage: overageOf(d.Enrichment), Order: map[enrich.Field][]string{}, Providers: map[string]HTTPProvider{}}
	var off []string
	for _, name := range slices.Sorted(maps.Keys(d.Enrichment.Providers)) {
		p := d.Enrichment.Providers[name]
		if !*p.Enabled {
			off = append(off, name)
			continue
		}
		secret, err := s.open(workspaceID, name, k.Secrets[name])
		if err != nil {
			off, out.Locked = append(off, name), append(out.Locked, name)
			continue
		}
		out.Providers[name] = typed(p, secret)
	}
	for _, f := range append(enrich.ChannelFields(), enrich.AccountFields()...) {
		out.Order[f] = slices.DeleteFunc(slices.Clone(orderOf(d.Enrichment.Order, f)), func(name string) bool { return slices.Contains(off, name) })
	}
	return out, nil
}

func overageOf(e wire.EnrichmentSettings) credits.Overage {
	if e.Overage == "" {
		return credits.TopUpOnly
	}
	return credits.Overage(e.Overage)
}

// orderOf returns the order that counts for a field: its own, else that of account, else the default.
func orderOf(set map[string][]string, f enrich.Field) []string {
	if own, ok := set[string(f)]; ok {
		return own
	}
	if all, ok := set[accountKey]; ok && !f.Channel() {
		return all
	}
	return defaultOrder(string(f))
}

func typed(p wire.ProviderSettings, secret Secret) HTTPProvider {
	out := HTTPProvider{
		URL: p.URL, Method: p.Method, Headers: p.Headers, Secret: secret, SecretHeader: p.SecretHeader, SecretPrefix: p.SecretPrefix,
		SecretQuery: p.SecretQuery, Request: p.Request, Response: p.Response, Cost: *p.Cost, Confidence: *p.Confidence,
		Timeout: time.Duration(*p.TimeoutMS) * time.Millisecond,
	}
	for _, f := range p.Fields {
		out.Fields = append(out.Fields, enrich.Field(f))
	}
	return out
}

func (s *Service) open(workspaceID, name string, sealed []byte) (Secret, error) {
	if len(sealed) == 0 {
		return Secret{}, nil
	}
	text, err := s.seal.Open(sealed, workspaceID, Section, name)
	return NewSecret(string(text)), err
}
