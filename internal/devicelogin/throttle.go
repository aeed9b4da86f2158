package devicelogin

import (
	"context"
	"net/netip"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/identity"
)

// limit is how often something may be tried: a burst at once, and perMinute in the long run.
type limit struct {
	name             string
	perMinute, burst int
}

// With 20 letters in 8 places, an admin who guesses for a year at this pace meets one of ten open requests with a chance of 1 in 500.
var (
	beginLimit  = limit{"device-begin", 6, 12}
	personLimit = limit{"device-code-by", 10, 20}
	sourceLimit = limit{"device-code-from", 30, 60}
)

func (s *Service) limit(ctx context.Context, l limit, who string) error {
	wait, err := s.Take(ctx, l.name+":"+block(who), l.perMinute, l.burst)
	if err == nil && wait > 0 {
		err = tooMany(wait)
	}
	return err
}

// block returns what counts as one source.
func block(who string) string {
	if a, err := netip.ParseAddr(who); err == nil {
		return identity.Network(a)
	}
	return who
}

func tooMany(wait time.Duration) error {
	return &fault.Error{Code: fault.RateLimited, Detail: "There were too many attempts. Wait a minute, then try again.", RetryAfter: wait}
}
