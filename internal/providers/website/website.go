// Package website learns about a company, and about people who are published there, from the company's own pages: what they declare
// (JSON-LD, Open Graph, description), whom they name, and which products served them.
package website

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/outbound"
	"github.com/unstuckengine/unstuck/internal/providers/technology"
)

// Source is the name of the provider and the label of its values.
const Source = "website"

// Timeout is what one lookup should be given; it ends a little before that by itself.
const Timeout = patience + time.Second

const (
	patience  = 12 * time.Second // for all pages of one lookup
	perPage   = 5 * time.Second
	maxPage   = 1 << 20 // bytes read of one page
	morePages = 2       // that are read beside the first when a person is looked for
	userAgent = "Unstuck/1 (+https://github.com/unstuckengine/unstuck)"
)

// Technologies knows which products a domain gives away without its pages.
type Technologies interface {
	// Technologies returns the names of the products, or an error when nothing is known.
	Technologies(ctx context.Context, domain string) ([]string, error)
}

// Provider reads the pages of companies. It is safe for concurrent use.
type Provider struct {
	client *outbound.Client
	dns    Technologies
}

// New returns a provider that fetches by client, and adds to the tech stack what dns knows; dns may be nil.
func New(client *outbound.Client, dns Technologies) *Provider { return &Provider{client, dns} }

// Fields returns what the provider can answer.
func Fields() []enrich.Field {
	return append(slices.Clone(personal), enrich.Name, enrich.Description, enrich.EmployeeCount, enrich.FoundedYear, enrich.HQCountry, enrich.HQCity, enrich.TechStack)
}

// personal are the fields of a person.
var personal = []enrich.Field{enrich.WorkEmail, enrich.Phone, enrich.LinkedInURL}

// Lookup reads the first page of the subject's domain, and two more that are about people when a person is looked for. A domain without a
// page of its own is a miss. Errors: enrich.ErrUnreachable for a site that does not answer, enrich.ErrUnfit, the context's.
func (p *Provider) Lookup(ctx context.Context, s enrich.Subject, wanted []enrich.Field) ([]enrich.Answer, error) {
	who := personOf(s)
	person := who.known() && slices.ContainsFunc(wanted, func(f enrich.Field) bool { return slices.Contains(personal, f) })
	company := slices.ContainsFunc(wanted, func(f enrich.Field) bool { return slices.Contains(Fields(), f) && !f.Channel() })
	if s.Domain == "" || !person && !company {
		return nil, enrich.ErrUnfit
	}
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	home, err := p.home(bounded, s.Domain)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	switch {
	case errors.Is(err, errNoPage):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("%w: %w", enrich.ErrUnreachable, err)
	}
	var found answers
	if company {
		found.company(home, s.Domain, p.stack(bounded, s.Domain, home, wanted))
	}
	if person {
		found.person(who, s.Domain, p.withPeople(bounded, home))
	}
	return slices.DeleteFunc(found.list, func(a enrich.Answer) bool { return !slices.Contains(wanted, a.Field) }), ctx.Err()
}

// errNoPage is what stands for a domain without a page of the company: no site, one that refuses or shows no HTML, or leads elsewhere.
var errNoPage = errors.New("website: no page")

// site is a page with how it was served.
type site struct {
	Page
	answer *outbound.Answer
	secure bool
}

// home fetches the first page, the safest way that works. A site that may be there at another time is not called one that is not there.
func (p *Provider) home(ctx context.Context, domain string) (site, error) {
	failure := errNoPage
	for _, at := range []string{"https://" + domain + "/", "https://www." + domain + "/", "http://" + domain + "/"} {
		s, err := p.page(ctx, at, domain)
		if err == nil {
			return s, nil
		}
		if !errors.Is(err, errNoPage) {
			failure = err
		}
		if ctx.Err() != nil {
			break
		}
	}
	return site{}, failure
}

// page fetches one page of the domain. Errors: errNoPage, those of package outbound.
func (p *Provider) page(ctx context.Context, at, domain string) (site, error) {
	ctx, cancel := context.WithTimeout(ctx, perPage)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return site{}, errNoPage
	}
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Accept", "text/html,application/xhtml+xml")
	req.Header.Set("Accept-Language", "en")
	answer, err := p.client.Do(ctx, req, outbound.Limit{Body: maxPage, Truncate: true})
	switch {
	case errors.Is(err, outbound.ErrNoSuchName), errors.Is(err, outbound.ErrForbidden), errors.Is(err, outbound.ErrRedirect):
		return site{}, errNoPage
	case err != nil:
		return site{}, err
	case answer.Status >= http.StatusInternalServerError:
		return site{}, outbound.ErrUnreachable
	}
	kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if answer.Status != http.StatusOK || kind != "text/html" && kind != "application/xhtml+xml" || !sameCompany(answer.URL.Hostname(), domain) {
		return site{}, errNoPage
	}
	return site{Read(answer.Body, answer.Header.Get("Content-Type"), answer.URL), answer, answer.URL.Scheme == "https"}, nil
}

// sameCompany reports whether a host can speak for a domain: one domain, or one name under two endings (acme.com and acme.co.uk). A page
// anywhere else may be a marketplace for names or a login service.
func sameCompany(host, domain string) bool {
	a, errA := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(host))
	b, errB := publicsuffix.EffectiveTLDPlusOne(domain)
	if errA != nil || errB != nil {
		return host == domain
	}
	nameA, _, _ := strings.Cut(a, ".")
	nameB, _, _ := strings.Cut(b, ".")
	return nameA == nameB
}

// withPeople returns the first page and those that it links to which may name people.
func (p *Provider) withPeople(ctx context.Context, home site) []site {
	sites := []site{home}
	for _, at := range home.About[:min(len(home.About), morePages)] {
		if s, err := p.page(ctx, at, home.answer.URL.Hostname()); err == nil {
			sites = append(sites, s)
		}
	}
	return sites
}

// stack returns the products that the page and the DNS give away.
func (p *Provider) stack(ctx context.Context, domain string, s site, wanted []enrich.Field) []string {
	if !slices.Contains(wanted, enrich.TechStack) {
		return nil
	}
	e := technology.Evidence{Header: s.answer.Header, Generators: s.Generators, Scripts: s.Scripts}
	for _, c := range (&http.Response{Header: s.answer.Header}).Cookies() {
		e.Cookies = append(e.Cookies, c.Name)
	}
	names := technology.Names(e)
	if p.dns != nil {
		if more, err := p.dns.Technologies(ctx, domain); err == nil {
			names = append(names, more...)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return slices.Compact(names)
}

// resolve makes a link of a page absolute; nil when it is none of the web.
func resolve(base *url.URL, href string) *url.URL {
	u, err := base.Parse(strings.TrimSpace(href))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		return nil
	}
	u.Fragment = ""
	return u
}
