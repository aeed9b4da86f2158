// Package emailcheck tells what can be known of an email address without writing to it: whether it is one, whom it belongs to, and whether its
// domain takes mail. It never speaks SMTP to the address's server, which would say little and look like a spammer's probe.
package emailcheck

import (
	"context"
	_ "embed"
	"strings"
	"sync"

	"github.com/unstuckengine/unstuck/internal/identity"
)

// Mail tells whether domains take mail. Implementations are safe for concurrent use.
type Mail interface {
	// TakesMail reports whether mail for the domain can be delivered: it has an MX record that is not the null MX (RFC 7505), or no MX but
	// an address. An error says that it could not be found out.
	TakesMail(ctx context.Context, domain string) (bool, error)
}

//go:embed disposable.txt
var disposable string

//go:embed roles.txt
var roles string

var (
	loadDisposable = sync.OnceValue(func() map[string]bool { return set(disposable) })
	loadRoles      = sync.OnceValue(func() map[string]bool { return set(roles) })
)

func set(text string) map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			out[strings.TrimSpace(line)] = true
		}
	}
	return out
}

// Address is an email address in normal form, taken apart.
type Address struct {
	Text   string // local@domain
	Local  string
	Domain string // ASCII
}

// Parse returns the address that s is, in normal form (identity.Email); the error is identity.ErrEmail.
func Parse(s string) (Address, error) {
	text, err := identity.Email(s)
	if err != nil {
		return Address{}, err
	}
	at := strings.LastIndexByte(text, '@')
	return Address{text, text[:at], text[at+1:]}, nil
}

// Disposable reports whether the domain, or one above it, gives out addresses that are thrown away after use.
func (a Address) Disposable() bool {
	for d := a.Domain; strings.Contains(d, "."); _, d, _ = strings.Cut(d, ".") {
		if loadDisposable()[d] {
			return true
		}
	}
	return false
}

// Role reports whether the address belongs to a role such as sales or info, and so to no person. A suffix after + makes no difference.
func (a Address) Role() bool {
	local, _, _ := strings.Cut(a.Local, "+")
	return loadRoles()[local]
}

// Webmail reports whether the domain is that of a mailbox provider, which gives addresses to anybody.
func (a Address) Webmail() bool { return identity.MailboxProvider(a.Domain) }

// At reports whether the address is at the domain or below it.
func (a Address) At(domain string) bool {
	return domain != "" && (a.Domain == domain || strings.HasSuffix(a.Domain, "."+domain))
}
