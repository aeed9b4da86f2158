// Package outbound asks servers of the internet without ever reaching inside: an HTTP client that judges every address after the name was
// resolved and before a connection is opened, that follows few redirects, carries no secret to another host, and bounds time and size.
package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"code.dny.dev/ssrf"
)

// The bounds that hold where nothing else is said.
const (
	DefaultTimeout = 20 * time.Second // for one call: names, connections, redirects and body
	DefaultBody    = 1 << 20          // bytes of an answer's body, decompressed
	MaxRedirects   = 5

	connectTimeout = 4 * time.Second // for one address
	maxAddresses   = 8               // of one name that are tried
	maxHeader      = 64 << 10        // bytes
)

// Config says where a client may go. Its zero value may reach what is public, on ports 80 and 443, and nothing else.
type Config struct {
	// Allow are networks that may be reached although they are not public, on any port. A prefix of NAT64 allows what may be reached over IPv4.
	Allow []netip.Prefix
	// Resolver looks names up; nil is the system's.
	Resolver *net.Resolver
	// RootCAs are who may vouch for a server; nil are the system's.
	RootCAs *x509.CertPool
	// Dial opens a connection to an address that has been judged; nil opens one over TCP. Tests lead public addresses to local servers with it.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Timeout is the most that one call may take; 0 is DefaultTimeout. A nearer deadline of the context holds too.
	Timeout time.Duration
}

// Client sends requests. It is safe for concurrent use.
type Client struct {
	allow     []netip.Prefix
	public    *ssrf.Guardian
	resolver  *net.Resolver
	dial      func(ctx context.Context, network, address string) (net.Conn, error)
	timeout   time.Duration
	transport *http.Transport
}

// New returns a client that goes where cfg says.
func New(cfg Config) *Client {
	c := &Client{allow: slices.Clone(cfg.Allow), public: ssrf.New(), resolver: cfg.Resolver, dial: cfg.Dial, timeout: cfg.Timeout}
	if c.resolver == nil {
		c.resolver = net.DefaultResolver
	}
	if c.dial == nil {
		c.dial = (&net.Dialer{Timeout: connectTimeout, Control: c.control}).DialContext
	}
	if c.timeout <= 0 {
		c.timeout = DefaultTimeout
	}
	c.transport = &http.Transport{
		Proxy:                  nil, // a proxy would dial for us, unjudged
		DialContext:            c.connect,
		TLSClientConfig:        &tls.Config{RootCAs: cfg.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		ForceAttemptHTTP2:      true,
		MaxResponseHeaderBytes: maxHeader,
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        30 * time.Second,
	}
	return c
}

// Close closes the connections that are idle.
func (c *Client) Close() { c.transport.CloseIdleConnections() }
