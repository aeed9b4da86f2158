package waitlists

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/providers/emailcheck"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// allowance is how often something may be tried.
type allowance struct {
	what  string // is counted
	pace  string // in words
	every time.Duration
	burst int
}

// Each attempt counts, whatever becomes of it: what is to be kept away is the trying.
var (
	perVisitor = allowance{"this address", "one a second", time.Second, 60}
	perEmail   = allowance{"this email", "one in 12 minutes", 12 * time.Minute, 5}
)

// Admit checks whether a sign-up may be made, and counts the attempt; Add makes it. It asks the DNS, so it is not for transactions. Checks, in their order:
// the waitlist is there and not archived (not_found), the email is one (validation_failed), neither visitor nor email tried too often (rate_limited), the
// email is none to throw away and its domain takes mail (validation_failed). Where the DNS does not tell, the email passes.
func (s *Service) Admit(ctx context.Context, workspaceID string, in wire.CreateSubscriber) error {
	if err := s.open(ctx, workspaceID, in.ID); err != nil {
		return err
	}
	email, err := addressOf(in)
	if err != nil {
		return err
	}
	if ip, err := netip.ParseAddr(in.IP); err == nil {
		if err := s.count(ctx, perVisitor, workspaceID, in.ID, identity.Network(ip)); err != nil {
			return err
		}
	}
	if err := s.count(ctx, perEmail, workspaceID, in.ID, email.Text); err != nil {
		return err
	}
	switch {
	case email.Disposable():
		return fault.Invalid("email", "is at a provider of addresses to throw away; ask for another one")
	case s.letters.lost(ctx, email.Domain):
		return fault.Invalid("email", "is at a domain that takes no mail; ask whether it is spelt right")
	}
	return nil
}

func addressOf(in wire.CreateSubscriber) (emailcheck.Address, error) {
	email, err := emailcheck.Parse(in.Email)
	if err != nil {
		return email, fault.Invalid("email", err.Error())
	}
	return email, nil
}

// count counts an attempt. The name under which it does so tells nothing of who tried.
func (s *Service) count(ctx context.Context, a allowance, whose ...string) error {
	sum := sha256.New()
	for _, part := range append(whose, a.what) {
		sum.Write([]byte(part + "\x00"))
	}
	wait, err := s.Throttle(ctx, "waitlist/"+hex.EncodeToString(sum.Sum(nil)[:16]), a.every, a.burst)
	if err != nil || wait == 0 {
		return err
	}
	return &fault.Error{Code: fault.RateLimited, RetryAfter: wait, Detail: fmt.Sprintf(
		"Too many sign-ups were tried for %s: at most %d at once, then %s.", a.what, a.burst, a.pace)}
}
