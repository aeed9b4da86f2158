package settings

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// shownEnrichment is the section with every order that counts and, of secrets, whether they are set.
func shownEnrichment(e wire.EnrichmentSettings, secrets map[string][]byte) wire.EnrichmentSettings {
	e.Overage = string(overageOf(e))
	e.Order = shownOrder(e.Order)
	providers := make(map[string]wire.ProviderSettings, len(e.Providers))
	for name, p := range e.Providers {
		set := len(secrets[name]) > 0
		p.SecretSet = &set
		providers[name] = p
	}
	e.Providers = providers
	return e
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
	text, err := s.seal.Open(sealed, workspaceID, EnrichmentSection, name)
	return NewSecret(string(text)), err
}
