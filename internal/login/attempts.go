package login

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/identity"
)

// How many attempts may come: each counts, also one that succeeds, since a count afterwards would let through whatever comes at once.
var (
	perSource  = rate{perMinute: 30, burst: 60} // a whole office may stand behind one address
	perAccount = rate{perMinute: 2, burst: 10}  // from one source, so that nobody can lock out somebody else
)

// perStranger is how many sessions may be begun from one source, by whoever loads the page to sign in without giving a cookie back.
var perStranger = rate{perMinute: 120, burst: 300}

type rate struct{ perMinute, burst int }

// attempt counts one attempt from the address, against the account too when it is named. auth_throttled once there were too many.
func (s *Service) attempt(ctx context.Context, address, account string) error {
	from := source(address)
	if err := s.take(ctx, perSource, "source", from); err != nil || account == "" {
		return err
	}
	return s.take(ctx, perAccount, "account", account, from)
}

func (s *Service) take(ctx context.Context, r rate, what ...string) error {
	sum := sha256.New()
	for _, part := range what {
		sum.Write([]byte(part + "\x00"))
	}
	d, err := s.Take(ctx, "login/"+hex.EncodeToString(sum.Sum(nil)[:16]), r.perMinute, r.burst)
	if err != nil || d.Allowed {
		return err
	}
	wait := d.RetryAfter.Truncate(time.Second) + time.Second
	words := fmt.Sprintf("%d seconds", wait/time.Second)
	if wait == time.Second {
		words = "a second"
	}
	return &fault.Error{Code: fault.AuthThrottled, Detail: "Too many attempts came from your address, so nothing was checked. Wait " + words + ", then try again.", RetryAfter: wait}
}

// source is what attempts are counted for.
func source(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	return identity.Network(ip)
}

// Stranger counts a session that is begun by somebody who is not signed in. auth_throttled once there were too many.
func (s *Service) Stranger(ctx context.Context, address string) error {
	if at, err := netip.ParseAddrPort(address); err == nil {
		address = at.Addr().Unmap().String()
	}
	return s.take(ctx, perStranger, "stranger", source(address))
}

// Attempt counts an attempt to sign in by another way than a password. auth_throttled once too many came from there.
func (s *Service) Attempt(ctx context.Context, v Visit) error { return s.attempt(ctx, v.Address, "") }
