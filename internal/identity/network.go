package identity

import "net/netip"

// Network returns what counts as one visitor: an IPv4 address, or, on IPv6, the network that one customer is given.
func Network(a netip.Addr) string {
	if a = a.Unmap(); a.Is4() {
		return a.String()
	}
	net, err := a.WithZone("").Prefix(64)
	if err != nil { // the zero address alone has no network
		return a.String()
	}
	return net.String()
}
