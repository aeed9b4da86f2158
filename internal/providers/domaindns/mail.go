package domaindns

import (
	"context"
	"net"
	"net/netip"
	"strings"

	"github.com/unstuckengine/unstuck/internal/providers/technology"
)

// MailState says whether mail to a domain can arrive.
type MailState int

// The states.
const (
	NoMail      MailState = iota // no mail server with a name and no address, or no such domain
	TakesMail                    // has mail servers
	MayTakeMail                  // has no mail server, but an address that mail falls back to (RFC 5321)
	RefusesMail                  // says that it takes none (null MX, RFC 7505)
)

// MailFacts is what the DNS says of a domain's mail.
type MailFacts struct {
	State    MailState
	Servers  []string // names in lower case without the last dot, in the order of preference
	Provider string   // the product behind them, or ""
}

// Mail asks who takes the domain's mail, which must be in ASCII. A domain that is not there takes none, which is no error. Errors: ErrNoAnswer,
// the context's.
func (p *Provider) Mail(ctx context.Context, domain string) (MailFacts, error) {
	mx, err := records(ctx, domain, p.resolver.LookupMX)
	if err != nil {
		return MailFacts{}, err
	}
	if len(mx) == 0 {
		return p.fallback(ctx, domain)
	}
	names := servers(mx)
	switch {
	case len(names) == 0 && mx[0].Host == ".":
		return MailFacts{State: RefusesMail}, nil
	case len(names) == 0:
		return MailFacts{State: NoMail}, nil
	}
	return MailFacts{State: TakesMail, Servers: names, Provider: technology.MailProvider(names)}, nil
}

// TakesMail reports whether mail to the domain, which must be in ASCII, can arrive, be it only by its address. Errors: those of Mail.
func (p *Provider) TakesMail(ctx context.Context, domain string) (bool, error) {
	facts, err := p.Mail(ctx, domain)
	return facts.State == TakesMail || facts.State == MayTakeMail, err
}

// fallback looks for the address to which mail goes where there is no mail server.
func (p *Provider) fallback(ctx context.Context, domain string) (MailFacts, error) {
	addresses, err := records(ctx, domain, func(ctx context.Context, name string) ([]netip.Addr, error) {
		return p.resolver.LookupNetIP(ctx, "ip", name)
	})
	if err != nil || len(addresses) == 0 {
		return MailFacts{State: NoMail}, err
	}
	return MailFacts{State: MayTakeMail}, nil
}

// servers returns the names of mail servers. Addresses in their place are against the standard, and no mail gets there.
func servers(mx []*net.MX) (names []string) {
	for _, r := range mx {
		name := strings.TrimSuffix(strings.ToLower(r.Host), ".")
		if _, err := netip.ParseAddr(name); err != nil && name != "" {
			names = append(names, name)
		}
	}
	return names
}
