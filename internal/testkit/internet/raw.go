package internet

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"testing"
)

// Raw gives a host an address that looks public, where serve has each connection on port 443 to itself once its TLS is done: to answer as no HTTP server
// would. serve must return when the connection breaks; it is closed then.
func (n *Net) Raw(t testing.TB, host string, serve func(net.Conn)) {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{GetCertificate: n.authority.certificate, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	n.mu.Lock()
	address := netip.MustParseAddr(fmt.Sprintf("11.1.0.%d", len(n.raw)+1))
	n.raw[address] = l.Addr().String()
	n.mu.Unlock()
	n.A(host, address.String())
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // the test has ended
			}
			go func() {
				defer func() { _ = conn.Close() }()
				serve(conn)
			}()
		}
	}()
	t.Cleanup(func() { _ = l.Close() })
}
