package signals

import (
	"strings"

	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Mailbox reports whether the domain, in normal form, is that of a provider who gives addresses to anybody.
func Mailbox(domain string) bool { return identity.MailboxProvider(domain) }

// EmailCompany returns the domain of an address in normal form when it may be a company's; "" for a mailbox provider's
// and for the names reserved for examples and tests (RFC 2606).
func EmailCompany(email string) string {
	domain, err := identity.Domain(email[strings.LastIndexByte(email, '@')+1:])
	if err != nil || identity.MailboxProvider(domain) {
		return ""
	}
	switch domain[strings.LastIndexByte(domain, '.')+1:] {
	case "example", "test", "invalid", "localhost":
		return ""
	}
	return domain
}

const profilePrefix = "https://www.linkedin.com/in/"

// NewLead returns the lead that an unknown person becomes: ok is false when the identity gives neither an email nor the
// URL of a person's profile.
func NewLead(i wire.Identity) (lead wire.Lead, ok bool) {
	lead = wire.Lead{
		Name: strings.TrimSpace(i.FirstName + " " + i.LastName), FirstName: i.FirstName, LastName: i.LastName, Title: i.Title,
		CompanyDomain: i.CompanyDomain, WorkEmail: i.Email, Handle: i.Handle,
	}
	if strings.HasPrefix(i.LinkedInURL, profilePrefix) {
		lead.LinkedInURL = i.LinkedInURL
	}
	return lead, lead.WorkEmail != "" || lead.LinkedInURL != ""
}

// NamesPerson reports whether the identity names a person and not only a company.
func NamesPerson(i wire.Identity) bool {
	return i.Email != "" || i.Handle != "" || strings.HasPrefix(i.LinkedInURL, profilePrefix)
}
