package outbound

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
)

// Limit bounds one call. Its zero value takes http and https and a body of DefaultBody.
type Limit struct {
	Body      int64 // bytes, decompressed; 0 is DefaultBody
	Truncate  bool  // Do keeps the beginning of a body that is too large, and says so, instead of ErrTooLarge
	HTTPSOnly bool  // for requests that carry a secret: http is ErrForbidden, at every hop

	NoRedirects bool // a redirect is the answer
	HeadOnly    bool // Do does not wait for the body of the answer, which is left out
}

// Answer is what a server said, as it said it: its texts are not to be trusted, nor to be shown unmarked.
type Answer struct {
	Status    int
	Header    http.Header
	Body      []byte
	Truncated bool
	URL       *url.URL // that answered, after redirects
}

// Do sends a request and reads the whole answer, whatever its status. Redirects are followed: at most MaxRedirects, never from https to http,
// with nothing but harmless headers to another host, and a body never there. Errors: those of this package, and the context's when its
// caller has gone away. The request's context is replaced by ctx.
func (c *Client) Do(ctx context.Context, req *http.Request, l Limit) (*Answer, error) {
	req = req.Clone(ctx)
	req.Header.Del("Accept-Encoding") // then the transport decompresses, and the bound is on what comes out
	resp, err := c.HTTP(l).Do(req)
	if err != nil {
		return nil, plain(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if l.HeadOnly {
		return &Answer{Status: resp.StatusCode, Header: resp.Header, URL: resp.Request.URL}, nil
	}
	body, err := io.ReadAll(resp.Body)
	cut := l.Truncate && errors.Is(err, ErrTooLarge)
	if err != nil && !cut {
		return nil, plain(ctx, err)
	}
	return &Answer{Status: resp.StatusCode, Header: resp.Header, Body: body, Truncated: cut, URL: resp.Request.URL}, nil
}

// HTTP returns a standard client with the same rules, for libraries that need one. Reading a body over the limit gives ErrTooLarge; errors
// are wrapped as net/http does, so they may quote the URL.
func (c *Client) HTTP(l Limit) *http.Client {
	follow := redirect
	if l.NoRedirects {
		follow = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	return &http.Client{Transport: hop{c, l}, CheckRedirect: follow, Timeout: c.timeout}
}

// hop sends one request of a chain of redirects.
type hop struct {
	client *Client
	limit  Limit
}

// RoundTrip judges the URL, sends the request, and bounds the body of the answer.
func (h hop) RoundTrip(req *http.Request) (*http.Response, error) {
	if !fit(req.URL, h.limit.HTTPSOnly) {
		return nil, ErrForbidden
	}
	resp, err := h.client.transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	left := h.limit.Body
	if left <= 0 {
		left = DefaultBody
	}
	resp.Body = &bounded{resp.Body, left}
	return resp, nil
}

// fit reports whether a URL is one that is asked at all; where it leads is judged when it is dialled.
func fit(u *url.URL, httpsOnly bool) bool {
	return (u.Scheme == "https" || u.Scheme == "http" && !httpsOnly) && u.Hostname() != "" && u.User == nil
}

// harmless are the headers that another host may see.
var harmless = []string{"Accept", "Accept-Language", "User-Agent"}

// redirect decides on the next hop. The standard library has copied the headers of the first request to it, also those with secrets whose
// names it does not know, and has added a Referer, whose query may hold one.
func redirect(next *http.Request, via []*http.Request) error {
	first, last := via[0], via[len(via)-1]
	if len(via) > MaxRedirects || last.URL.Scheme == "https" && next.URL.Scheme != "https" {
		return ErrRedirect
	}
	next.Header.Del("Referer")
	for _, seen := range append(via[1:len(via):len(via)], next) {
		if seen.URL.Host == first.URL.Host {
			continue
		}
		if next.Body != nil && next.Body != http.NoBody {
			return ErrRedirect
		}
		keep := http.Header{}
		for _, name := range harmless {
			if v, ok := next.Header[name]; ok {
				keep[name] = v
			}
		}
		next.Header = keep
		break
	}
	return nil
}

// bounded is a body that ends with ErrTooLarge where it has more than left bytes.
type bounded struct {
	io.ReadCloser
	left int64
}

// Read reads at most what is left.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left > 0 {
		n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
		b.left -= int64(n)
		return n, err
	}
	var one [1]byte
	if n, err := io.ReadFull(b.ReadCloser, one[:]); n == 0 {
		return 0, err
	}
	return 0, ErrTooLarge
}
