// Package apiclient speaks to the Unstuck API on behalf of the MCP server and the CLI.
//
// A key goes to the configured origin and nowhere else: the address is https or loopback, and redirects are answers like
// any other, never followed. Errors are *fault.Error with the API's own code; api_unreachable when no answer came.
package apiclient

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"time"

	"github.com/unstuckengine/unstuck/internal/credentials"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/wire"
)

const (
	// MaxAnswerBytes is the largest answer that is read.
	MaxAnswerBytes = 16 << 20
	// CallTimeout bounds a call that the caller's context does not bound sooner. An import and a watch have none of their own.
	CallTimeout = 30 * time.Second
	// SlowTimeout is CallTimeout for operations that ask systems outside, for which the API takes up to a minute.
	SlowTimeout = 80 * time.Second
)

// Client calls one API. It is safe for concurrent use.
type Client struct {
	base      string
	agent     string
	transport http.RoundTripper
}

// New returns a client of the API at address, which ParseAddress of package credentials must accept. agent is sent as
// User-Agent, such as "unstuck-mcp/1.0".
func New(address, agent string) (*Client, error) {
	return (&Client{agent: agent, transport: newTransport()}).At(address)
}

// At returns a client of another address that shares c's connections.
func (c *Client) At(address string) (*Client, error) {
	base, err := credentials.ParseAddress(address)
	if err != nil {
		return nil, fault.New(fault.APIUnreachable, "The API address "+err.Error()+".")
	}
	return &Client{base: base, agent: c.agent, transport: c.transport}, nil
}

// Address returns the API's address.
func (c *Client) Address() string { return c.base }

// Close drops idle connections.
func (c *Client) Close() {
	if t, ok := c.transport.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

// newTransport keeps as many connections as calls run at once, since each new one costs a round trip or three. Loopback
// addresses never go through a proxy.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   512,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		DisableCompression:    true,
	}
}

// Options are the optional parts of a call.
type Options struct {
	Prefer         string // as in RFC 7240: response_format=concise, max_chars=20000
	IdempotencyKey string
	RequestID      string
	Traceparent    string
	For            string // the program on whose behalf is asked, such as "claude-desktop 0.9"; added to the User-Agent
}

// Response is a 2xx answer.
type Response struct {
	Status    int
	Body      []byte // JSON; empty for 204
	RequestID string
}

// Do runs an operation that is not streamed. args is a JSON object, or empty for none.
func (c *Client) Do(ctx context.Context, secret token.Secret, spec *tools.Spec, args json.RawMessage, opt Options) (Response, error) {
	patience := CallTimeout
	if spec.OpenWorld {
		patience = SlowTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := c.request(ctx, secret, spec, args, opt)
	if err != nil {
		return Response{}, err
	}
	return c.send(req)
}

// Call is Do for an operation whose types are known at compile time.
func Call[In, Out any](ctx context.Context, c *Client, secret token.Secret, op tools.Op[In, Out], in In, opt Options) (Out, error) {
	var out Out
	args, err := json.Marshal(in)
	if err != nil {
		return out, fault.Wrap(fault.Internal, err)
	}
	resp, err := c.Do(ctx, secret, op.Spec, args, opt)
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(resp.Body, &out); err != nil {
		return out, &fault.Error{Code: fault.Internal, Detail: foreignAnswer, Cause: err}
	}
	return out, nil
}

// Access asks what the key may do; for a key that cannot be used the error's code says why.
func (c *Client) Access(ctx context.Context, secret token.Secret) (wire.Access, error) {
	return Call(ctx, c, secret, tools.GetAccess, wire.GetAccess{}, Options{})
}
