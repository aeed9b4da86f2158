package waitlists

import (
	"context"
	"sync"
	"time"

	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/providers/emailcheck"
)

const (
	mailPatience = 2 * time.Second // for the DNS to answer
	mailSure     = 10 * time.Minute
	mailUnsure   = time.Minute // after which a DNS that did not tell is asked again
	mailDomains  = 4096        // that are remembered
)

// wellKnown are domains that take mail wherever the public DNS can be seen. A DNS that says otherwise, as in a closed network, proves nothing by denying
// others.
var wellKnown = []string{"gmail.com", "outlook.com"}

// letterbox tells which domains take no mail, and remembers what it was told: whoever opens a waitlist has thousands of sign-ups from a few domains.
type letterbox struct {
	mail emailcheck.Mail
	mu   sync.Mutex
	told map[string]told
}

// told is an answer of the DNS.
type told struct {
	yes   bool
	until time.Time
}

func newLetterbox(mail emailcheck.Mail) *letterbox {
	return &letterbox{mail: mail, told: map[string]told{}}
}

// lost reports whether mail to the domain surely cannot arrive.
func (l *letterbox) lost(ctx context.Context, domain string) bool {
	if identity.MailboxProvider(domain) {
		return false
	}
	return l.recall(ctx, domain, func(ctx context.Context) (lost, sure bool) {
		takes, err := l.mail.TakesMail(ctx, domain)
		if err != nil || !takes && l.blind(ctx) {
			return false, false
		}
		return !takes, true
	})
}

// blind reports whether the DNS that is asked knows nothing of the world outside.
func (l *letterbox) blind(ctx context.Context) bool {
	return l.recall(ctx, "", func(ctx context.Context) (blind, sure bool) {
		for _, domain := range wellKnown {
			if takes, err := l.mail.TakesMail(ctx, domain); err == nil && takes {
				return false, true
			}
		}
		return true, false
	})
}

// recall returns what is remembered under the name, or asks. What is not sure is remembered for a shorter time.
func (l *letterbox) recall(ctx context.Context, name string, ask func(context.Context) (yes, sure bool)) bool {
	l.mu.Lock()
	had, known := l.told[name]
	l.mu.Unlock()
	if known && time.Now().Before(had.until) {
		return had.yes
	}
	ctx, cancel := context.WithTimeout(ctx, mailPatience)
	defer cancel()
	yes, sure := ask(ctx)
	keep := mailUnsure
	if sure {
		keep = mailSure
	}
	l.remember(name, told{yes, time.Now().Add(keep)})
	return yes
}

// remember forgets everything when there is no room, which costs a few more questions.
func (l *letterbox) remember(name string, t told) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.told) >= mailDomains {
		clear(l.told)
	}
	l.told[name] = t
}
