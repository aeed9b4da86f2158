// Package internet stands for the internet in tests: a DNS server, sites with certificates of an authority of its own, and addresses that
// look public and lead to them. Nothing leaves the machine.
package internet

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"

	"github.com/unstuckengine/unstuck/internal/outbound"
)

// Net is an internet of one's own. It is safe for concurrent use.
type Net struct {
	*Zone
	Roots *x509.CertPool // whom a client trusts that knows this internet

	authority     *authority
	plain, secure net.Listener
	mu            sync.Mutex
	sites         map[string]http.Handler
	raw           map[netip.Addr]string // where the servers of Raw listen, by the addresses they seem to have
	dialed        []string
}

// New returns an internet without sites, which ends with the test.
func New(t testing.TB) *Net {
	t.Helper()
	authority := newAuthority(t)
	n := &Net{Zone: NewZone(t), Roots: authority.pool, authority: authority, sites: map[string]http.Handler{}, raw: map[netip.Addr]string{}}
	n.plain = n.serve(t, nil)
	n.secure = n.serve(t, &tls.Config{GetCertificate: authority.certificate, NextProtos: []string{"h2", "http/1.1"}})
	return n
}

// serve starts a server for all sites, over TLS when there is a configuration.
func (n *Net) serve(t testing.TB, config *tls.Config) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(n.route), TLSConfig: config, ErrorLog: log.New(io.Discard, "", 0)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if config != nil {
			_ = s.ServeTLS(l, "", "") // ends with ErrServerClosed
		} else {
			_ = s.Serve(l)
		}
	}()
	t.Cleanup(func() { _ = s.Close(); <-done })
	return l
}

func (n *Net) route(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	site := n.sites[r.Host]
	n.mu.Unlock()
	if site == nil {
		http.NotFound(w, r)
		return
	}
	site.ServeHTTP(w, r)
}

// Site gives a host an address that looks public, and a site for http and https.
func (n *Net) Site(host string, site http.Handler) {
	n.mu.Lock()
	n.sites[host] = site
	address := fmt.Sprintf("11.0.%d.%d", len(n.sites)/250, len(n.sites)%250+1)
	n.mu.Unlock()
	n.A(host, address)
}

// Page gives a host a site that shows one page of HTML at every path.
func (n *Net) Page(host, html string) {
	n.Site(host, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, html) // a client may leave early
	}))
}

// Dial opens a connection to the sites for every address on port 80 or 443, and remembers the address.
func (n *Net) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	n.mu.Lock()
	n.dialed = append(n.dialed, address)
	n.mu.Unlock()
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	at, raw := n.raw[to.Addr()]
	n.mu.Unlock()
	switch {
	case to.Port() == 443 && raw:
	case to.Port() == 443:
		at = n.secure.Addr().String()
	case to.Port() == 80:
		at = n.plain.Addr().String()
	default:
		return nil, fmt.Errorf("internet: nothing listens on port %d", to.Port())
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", at)
}

// Dialed returns the addresses that Dial was asked for, in their order.
func (n *Net) Dialed() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.dialed...)
}

// Client returns a client that lives in this internet, with the rest of its configuration as given.
func (n *Net) Client(t testing.TB, cfg outbound.Config) *outbound.Client {
	cfg.Resolver, cfg.RootCAs = n.Resolver(), n.Roots
	if cfg.Dial == nil {
		cfg.Dial = n.Dial
	}
	c := outbound.New(cfg)
	t.Cleanup(c.Close)
	return c
}
