package rdap

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	openrdap "github.com/openrdap/rdap"
	"github.com/openrdap/rdap/bootstrap"
)

// ErrNoAnswer is what stands for a registry that does not answer, or answers what is no RDAP.
var ErrNoAnswer = errors.New("rdap: no answer")

// pause is how long the registry of registries is left alone after it did not answer.
const pause = time.Minute

// domain asks the registry of the domain, and the registrar where the registry itself does not show the holder, as that of .com does not.
// Nil without an error: there is no registry, or it does not know the domain.
func (p *Provider) domain(ctx context.Context, domain string) (*openrdap.Domain, error) {
	servers, err := p.servers(ctx, domain)
	if err != nil || len(servers) == 0 {
		return nil, err
	}
	for _, server := range servers {
		own := *server // the library writes to it, and it is shared with all other lookups
		d, err := p.ask(openrdap.NewDomainRequest(domain).WithServer(&own).WithContext(ctx))
		if err != nil {
			continue
		}
		if d == nil || registrant(d) != nil {
			return d, nil
		}
		if at := registrar(d); at != nil {
			if more, err := p.ask(openrdap.NewRawRequest(at).WithContext(ctx)); err == nil && more != nil {
				return more, nil
			}
		}
		return d, nil
	}
	return nil, ErrNoAnswer
}

// ask sends one request; nil without an error when the domain is not known.
func (p *Provider) ask(request *openrdap.Request) (*openrdap.Domain, error) {
	client := openrdap.Client{HTTP: p.http, UserAgent: userAgent} // one for each request, since Do writes to it
	answer, err := client.Do(request)
	var failure *openrdap.ClientError
	if errors.As(err, &failure) && failure.Type == openrdap.ObjectDoesNotExist {
		return nil, nil
	}
	if err != nil {
		return nil, ErrNoAnswer
	}
	d, ok := answer.Object.(*openrdap.Domain)
	if !ok {
		return nil, ErrNoAnswer
	}
	return d, nil
}

// registrar returns where the registrar answers for the domain, or nil.
func registrar(d *openrdap.Domain) *url.URL {
	i := slices.IndexFunc(d.Links, func(l openrdap.Link) bool {
		return l.Rel == "related" && strings.HasPrefix(l.Type, "application/rdap+json")
	})
	if i < 0 {
		return nil
	}
	at, err := url.Parse(d.Links[i].Href)
	if err != nil || at.Host == "" {
		return nil
	}
	return at
}

// servers returns the registries that answer for the domain; none when its ending has no RDAP.
func (p *Provider) servers(ctx context.Context, domain string) ([]*url.URL, error) {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if time.Since(p.failed) < pause {
		return nil, ErrNoAnswer
	}
	begun := time.Now()
	answer, err := p.bootstrap.Lookup((&bootstrap.Question{RegistryType: bootstrap.DNS, Query: domain}).WithContext(ctx))
	if err != nil {
		if ctx.Err() == nil || time.Since(begun) > patience/2 { // and not because of a caller in a hurry
			p.failed = time.Now()
		}
		return nil, ErrNoAnswer
	}
	return answer.URLs, nil
}
