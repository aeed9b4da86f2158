package outbound

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// nat64 is the prefix under which a gateway reaches IPv4: its last four bytes are the address that is meant (RFC 6052).
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// platform is a public address at which Azure answers its own machines. The other clouds' addresses of this sort, such as 169.254.169.254 and
// Alibaba's 100.100.100.200, are in networks that are not public.
var platform = netip.MustParseAddr("168.63.129.16")

// judge returns ErrForbidden when no connection may be opened to the address.
func (c *Client) judge(to netip.AddrPort) error {
	ip := to.Addr().Unmap()
	allowed := slices.ContainsFunc(c.allow, func(p netip.Prefix) bool { return p.Contains(ip) }) // never one with a zone
	if allowed && nat64.Contains(ip) {
		b := ip.As16()
		return c.judge(netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[12:])), to.Port()))
	}
	if allowed || ip != platform && c.public.SafeAddrPort(netip.AddrPortFrom(ip, to.Port())) == nil {
		return nil
	}
	return ErrForbidden
}

// control judges what the kernel is about to connect to: nothing that happens between a name and a connection can get around it.
func (c *Client) control(network, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !strings.HasPrefix(network, "tcp") {
		return ErrForbidden
	}
	return c.judge(to)
}

// Check returns what a request to the URL would fail with before anything is sent, judging every address that its name has now: ErrForbidden,
// ErrNoSuchName, ErrUnreachable. A later request is judged anew, since names change.
func (c *Client) Check(ctx context.Context, u *url.URL, l Limit) error {
	if !fit(u, l.HTTPSOnly) {
		return ErrForbidden
	}
	port, err := strconv.ParseUint(cmp.Or(u.Port(), ports[u.Scheme]), 10, 16)
	if err != nil {
		return ErrForbidden
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	addresses, err := c.addresses(ctx, u.Hostname())
	if err != nil {
		return plain(ctx, err)
	}
	for _, ip := range addresses {
		if err := c.judge(netip.AddrPortFrom(ip, uint16(port))); err != nil {
			return err
		}
	}
	return nil
}

// ports are those of URLs that name none.
var ports = map[string]string{"http": "80", "https": "443"}

// connect resolves a name once, and opens a connection to the first of its addresses that may be reached and answers.
func (c *Client) connect(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, ErrForbidden
	}
	addresses, err := c.addresses(ctx, host)
	if err != nil {
		return nil, err
	}
	failure := ErrForbidden
	for _, ip := range addresses[:min(len(addresses), maxAddresses)] {
		to, err := netip.ParseAddrPort(net.JoinHostPort(ip.String(), port))
		if err != nil || c.judge(to) != nil {
			continue
		}
		conn, err := c.dial(ctx, network, to.String())
		if err == nil {
			return conn, nil
		}
		failure = err
		if ctx.Err() != nil {
			break
		}
	}
	return nil, failure
}

// addresses returns what a host stands for, those of IPv4 first, since a machine without IPv6 is common and the other way round is rare.
func (c *Client) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip.Unmap()}, nil
	}
	found, err := c.resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, errors.New("outbound: the name has no address")
	}
	for i := range found {
		found[i] = found[i].Unmap()
	}
	slices.SortStableFunc(found, func(a, b netip.Addr) int { return a.BitLen() - b.BitLen() })
	return found, nil
}
