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
	mailKnown    = 10 * time.Minute
	mailUnknown  = time.Minute // after which a DNS that did not answer is asked again
	mailDomains  = 4096        // that are remembered
)

// wellKnown are domains that take mail wherever the public DNS can be seen. A DNS that says otherwise, as in a closed network, proves nothing by denying
// others.
var wellKnown = []string{"gmail.com", "outlook.com"}

// letterbox tells which domains take no mail, and remembers what it was told: whoever opens a waitlist has thousands of sign-ups from a few domains.
type letterbox struct {
	mail emailcheck.Mail
	now  func() time.Time
	mu   sync.Mutex
	told map[string]verdict
}

type verdict struct {
	takes bool // or nobody knows
	until time.Time
}

func newLetterbox(mail emailcheck.Mail, now func() time.Time) *letterbox {
	return &letterbox{mail: mail, now: now, told: map[string]verdict{}}
}

// lost reports whether mail to the domain surely cannot arrive.
func (l *letterbox) lost(ctx context.Context, domain string) bool {
	if identity.MailboxProvider(domain) {
		return false
	}
	return !l.takes(ctx, domain, func(ctx context.Context) (bool, error) {
		takes, err := l.mail.TakesMail(ctx, domain)
		return takes || !l.publicDNS(ctx), err
	})
}

// publicDNS reports whether the DNS that is asked knows of the world outside.
func (l *letterbox) publicDNS(ctx context.Context) bool {
	return l.takes(ctx, "", func(ctx context.Context) (bool, error) {
		for _, domain := range wellKnown {
			if takes, err := l.mail.TakesMail(ctx, domain); err == nil && takes {
				return true, nil
			}
		}
		return false, nil
	})
}

// takes returns what is remembered under the name, or asks. No answer counts as yes.
func (l *letterbox) takes(ctx context.Context, name string, ask func(context.Context) (bool, error)) bool {
	l.mu.Lock()
	v, known := l.told[name]
	l.mu.Unlock()
	if known && l.now().Before(v.until) {
		return v.takes
	}
	bounded, cancel := context.WithTimeout(ctx, mailPatience)
	defer cancel()
	takes, err := ask(bounded)
	v = verdict{takes, l.now().Add(mailKnown)}
	if err != nil {
		v = verdict{true, l.now().Add(mailUnknown)}
	}
	l.remember(name, v)
	return v.takes
}

// remember forgets everything when there is no room, which costs a few more questions.
func (l *letterbox) remember(name string, v verdict) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.told) >= mailDomains {
		clear(l.told)
	}
	l.told[name] = v
}
