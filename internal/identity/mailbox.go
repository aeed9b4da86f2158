package identity

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed mailboxes.txt
var mailboxes string

var loadMailboxes = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for line := range strings.Lines(mailboxes) {
		if !strings.HasPrefix(line, "#") {
			set[strings.TrimSpace(line)] = true
		}
	}
	return set
})

// MailboxProvider reports whether a domain in normal form is that of a mailbox provider, which gives addresses to anybody, so that it says nothing
// of a person's company.
func MailboxProvider(domain string) bool { return loadMailboxes()[domain] }
