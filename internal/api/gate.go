package api

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// gate runs checks 1 to 8 in the order that the contract fixes: the first failure is the answer, and nothing of the body
// is read before all have passed. It returns the state of the rate limit.
func (s *Server) gate(x *exchange, spec *tools.Spec, f form) (Decision, error) {
	if err := s.transport(x, f); err != nil { // 1
		return Decision{}, err
	}
	quota, err := s.admit(x, spec) // 2 to 6
	if err != nil {
		return quota, err
	}
	if err := keys.PlanGate(x.caller); err != nil { // 7
		return quota, err
	}
	return quota, keys.Require(x.caller, spec.Permission) // 8
}

// admit asks the store who calls and whether the workspace may call now. A store that is slow is one that does not answer.
func (s *Server) admit(x *exchange, spec *tools.Spec) (Decision, error) {
	ctx, cancel := context.WithTimeout(x.r.Context(), s.GateTimeout)
	defer cancel()
	p, err := s.Verifier.Verify(ctx, x.r.Header.Get("Authorization"), s.source(x)) // 2 to 5
	if err != nil {
		return Decision{}, err
	}
	x.caller, x.tool = p, spec
	return s.limit(ctx, x, spec) // 6
}

// limit counts the request against the workspace's rate limit. What any key may ask is about the key itself, and free.
func (s *Server) limit(ctx context.Context, x *exchange, spec *tools.Spec) (Decision, error) {
	p := x.caller
	free := spec.Permission == scope.AnyKey
	ask := s.Limiter.Take
	if free {
		ask = s.Limiter.Quota
	}
	d, err := ask(ctx, p.WorkspaceID, p.Limits.RatePerMinute, p.Limits.Burst)
	if err != nil {
		return d, err
	}
	x.quota = d
	x.quotaHeaders(d)
	if !d.Allowed && !free {
		s.metrics.rateLimited.Inc()
		return d, &fault.Error{Code: fault.RateLimited, RetryAfter: d.RetryAfter}
	}
	return d, nil
}

// quotaHeaders writes the fields of the IETF draft on rate limit headers. An unlimited workspace has no policy to state.
func (x *exchange) quotaHeaders(d Decision) {
	if d.Limit == 0 {
		return
	}
	var a [64]byte
	policy := append(strconv.AppendInt(append(a[:0], `"workspace";q=`...), int64(d.Limit), 10), ";w=60"...)
	h := x.Header()
	h["RateLimit-Policy"] = []string{string(policy)}
	state := strconv.AppendInt(append(a[:0], `"workspace";r=`...), int64(d.Remaining), 10)
	state = strconv.AppendInt(append(state, ";t="...), int64(seconds(d.ResetAfter)), 10)
	h["RateLimit"] = []string{string(state)}
}

// seconds rounds up.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// source returns the address that failed authentications are counted for: the peer's, or, when that is a trusted proxy,
// the nearest one in X-Forwarded-For that is none.
func (s *Server) source(x *exchange) netip.Addr {
	peer, _ := netip.ParseAddrPort(x.r.RemoteAddr)
	addr := peer.Addr().Unmap()
	if len(s.TrustedProxies) == 0 || !s.trusted(addr) {
		return addr
	}
	hops := strings.Split(strings.Join(x.r.Header["X-Forwarded-For"], ","), ",")
	for _, hop := range slices.Backward(hops) {
		next, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return addr
		}
		if addr = next.Unmap(); !s.trusted(addr) {
			return addr
		}
	}
	return addr
}

func (s *Server) trusted(a netip.Addr) bool {
	return slices.ContainsFunc(s.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(a) })
}
