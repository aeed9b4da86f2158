// Package domaindns learns about a company from what its domain publishes in the DNS: who takes its mail, who sends in its name, and which
// services it proved to own the domain to.
package domaindns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/providers/technology"
)

// Source is the name of the provider and the label of its values.
const Source = "dns"

// confidence is high because the owner of the domain writes the records, and not 1 because those of services that were left often stay.
const confidence = 0.85

// maxRecords bounds what is kept of each type of record of one name.
const maxRecords = 100

// Timeout is what one lookup should be given; it ends a little before that by itself.
const Timeout = 2*patience + time.Second

// patience is how long an answer to one question is waited for.
const patience = 3 * time.Second

// Provider asks the DNS. It is safe for concurrent use.
type Provider struct{ resolver *net.Resolver }

// New returns a provider that asks by resolver; nil is the system's.
func New(resolver *net.Resolver) *Provider {
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	return &Provider{resolver}
}

// Fields returns what the provider can answer.
func Fields() []enrich.Field { return []enrich.Field{enrich.TechStack} }

// Lookup returns the tech stack of the subject's domain. A resolver that does not answer is enrich.ErrUnreachable, since it is the domain's own
// name servers that mostly fail. Other errors: enrich.ErrUnfit, the context's.
func (p *Provider) Lookup(ctx context.Context, s enrich.Subject, wanted []enrich.Field) ([]enrich.Answer, error) {
	if s.Domain == "" || !slices.Contains(wanted, enrich.TechStack) {
		return nil, enrich.ErrUnfit
	}
	names, err := p.Technologies(ctx, s.Domain)
	switch {
	case ended(ctx) != nil:
		return nil, ended(ctx)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", enrich.ErrUnreachable, err)
	case len(names) == 0:
		return nil, nil
	}
	value, err := json.Marshal(names)
	if err != nil {
		return nil, err
	}
	return []enrich.Answer{{Field: enrich.TechStack, Value: value, Confidence: confidence}}, nil
}

// Technologies returns the products that the mail servers and TXT records of the domain give away, in the order of the rules; never nil
// without an error. Errors: ErrNoAnswer, the context's.
func (p *Provider) Technologies(ctx context.Context, domain string) ([]string, error) {
	mx, err := records(ctx, domain, p.resolver.LookupMX)
	if err != nil {
		return nil, err
	}
	texts, err := records(ctx, domain, p.resolver.LookupTXT)
	if err != nil {
		return nil, err
	}
	return technology.Names(technology.Evidence{MX: servers(mx), TXT: texts}), nil
}

// ErrNoAnswer is what stands for a resolver that fails: nothing is known then, not even that there is nothing.
var ErrNoAnswer = errors.New("dns: no answer")

// records asks for records of one name. None, or no such name, is an empty list.
func records[T any](ctx context.Context, domain string, lookup func(context.Context, string) ([]T, error)) ([]T, error) {
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	list, err := lookup(bounded, domain+".") // with the dot, no search domain of the machine is tried
	var dns *net.DNSError
	switch {
	case len(list) > 0, err == nil, errors.As(err, &dns) && dns.IsNotFound: // an error beside a list says that some were malformed
		return list[:min(len(list), maxRecords)], nil
	case ended(ctx) != nil:
		return nil, ended(ctx)
	}
	return nil, ErrNoAnswer
}

// ended returns why the context is over, or nil. A socket with the context's deadline may notice it a little before the context does.
func ended(ctx context.Context) error {
	if at, ok := ctx.Deadline(); ok && !time.Now().Before(at) {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}
