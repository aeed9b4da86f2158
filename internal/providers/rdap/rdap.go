// Package rdap asks the registries of the internet who holds a company's domain. What they may tell is little: see docs/providers.md.
package rdap

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/openrdap/rdap/bootstrap"
	"golang.org/x/net/publicsuffix"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/outbound"
)

// Source is the name of the provider and the label of its values.
const Source = "rdap"

// Timeout is what one lookup should be given; it ends a little before that by itself.
const Timeout = patience + time.Second

const (
	patience  = 10 * time.Second
	maxBody   = 2 << 20 // bytes of one answer; the registry of registries has 60 KB
	userAgent = "Unstuck/1 (+https://github.com/unstuckengine/unstuck)"
)

// DefaultBootstrap is where the registry of registries is published (RFC 9224).
const DefaultBootstrap = bootstrap.DefaultBaseURL

// The confidences are low: a holder is often a parent company, an agency or the person who once bought the name.
const (
	nameConfidence    = 0.4
	countryConfidence = 0.5
)

// Provider asks registries. It is safe for concurrent use.
type Provider struct {
	http      *http.Client
	bootstrap *bootstrap.Client
	turn      chan struct{} // held by who uses bootstrap, which is for one caller at a time, or failed
	failed    time.Time     // when the registry of registries was last asked in vain
}

// New returns a provider that asks by client, and finds the registries by the file dns.json below the URL; "" is DefaultBootstrap. The file
// is fetched at the first lookup and kept for a day. The error says that the URL is none.
func New(client *outbound.Client, bootstrapURL string) (*Provider, error) {
	if bootstrapURL == "" {
		bootstrapURL = DefaultBootstrap
	}
	base, err := url.Parse(bootstrapURL)
	if err != nil || base.Host == "" {
		return nil, errors.New("rdap: the bootstrap address is no URL")
	}
	p := &Provider{http: client.HTTP(outbound.Limit{Body: maxBody, HTTPSOnly: true}), turn: make(chan struct{}, 1)}
	p.bootstrap = &bootstrap.Client{HTTP: p.http, BaseURL: base}
	return p, nil
}

// Fields returns what the provider can answer.
func Fields() []enrich.Field { return []enrich.Field{enrich.Name, enrich.HQCountry} }

// Lookup returns the name and the country of the organisation that holds the subject's domain, where the registry publishes them. A domain
// that no registry knows, or whose holder is not shown, is a miss. A registry that does not answer is enrich.ErrUnreachable: other domains
// have others. Other errors: enrich.ErrUnfit, the context's.
func (p *Provider) Lookup(ctx context.Context, s enrich.Subject, wanted []enrich.Field) ([]enrich.Answer, error) {
	domain, err := publicsuffix.EffectiveTLDPlusOne(s.Domain)
	if err != nil || !slices.ContainsFunc(wanted, func(f enrich.Field) bool { return slices.Contains(Fields(), f) }) {
		return nil, enrich.ErrUnfit
	}
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	found, err := p.domain(bounded, domain)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, fmt.Errorf("%w: %w", enrich.ErrUnreachable, err)
	case found == nil:
		return nil, nil
	}
	holder, ok := holderOf(found)
	if !ok {
		return nil, nil
	}
	return holder.answers(wanted), nil
}
