// Package receiver asks the servers of destinations over HTTPS, and says in one way for all kinds what goes wrong on the way and what a status means.
package receiver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/outbound"
)

// Client sends requests; *outbound.Client is one.
type Client interface {
	Do(ctx context.Context, req *http.Request, l outbound.Limit) (*outbound.Answer, error)
}

// MaxAnswer is how many bytes of an answer are read; no receiver has more to say.
const MaxAnswer = 256 << 10

// JSON sends a request with a JSON body, none for nil, and the header given, and returns the answer whatever its status. The error is a
// *destinations.Failure, or the context's when its caller has gone away.
func JSON(ctx context.Context, c Client, method, url string, header http.Header, body any) (*outbound.Answer, error) {
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return nil, err
		}
		header = header.Clone()
		header.Set("Content-Type", "application/json")
	}
	return Ask(ctx, c, method, url, header, raw)
}

// Ask is JSON with a body that is encoded already.
func Ask(ctx context.Context, c Client, method, url string, header http.Header, body []byte) (*outbound.Answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, &destinations.Failure{Class: destinations.ClassForbidden} // the text would hold the URL
	}
	req.Header = header.Clone()
	req.Header.Set("User-Agent", "unstuck")
	req.Header.Set("Accept", "application/json")
	answer, err := c.Do(ctx, req, outbound.Limit{HTTPSOnly: true, NoRedirects: true, Body: MaxAnswer})
	if err != nil {
		return nil, Unreached(ctx, err)
	}
	return answer, nil
}

// classes are what the errors of package outbound mean, the more special ones first.
var classes = []struct {
	err   error
	class destinations.Class
}{
	{outbound.ErrForbidden, destinations.ClassForbidden}, {outbound.ErrRedirect, destinations.ClassRedirect}, {outbound.ErrTooLarge, destinations.ClassAnswer},
	{outbound.ErrNoSuchName, destinations.ClassNoSuchName}, {outbound.ErrCertificate, destinations.ClassCertificate}, {outbound.ErrTimeout, destinations.ClassTimeout},
}

// Unreached says why no answer came: a *destinations.Failure, or the context's error when its caller has gone away.
func Unreached(ctx context.Context, err error) error {
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return context.Canceled
	}
	for _, c := range classes {
		if errors.Is(err, c.err) {
			return &destinations.Failure{Class: c.class}
		}
	}
	return &destinations.Failure{Class: destinations.ClassUnreachable}
}

// Judge returns nil for a status that accepts, and else the *destinations.Failure that the status alone tells of.
func Judge(a *outbound.Answer, now time.Time) error {
	if a.Status >= 200 && a.Status < 300 {
		return nil
	}
	f := &destinations.Failure{Class: destinations.ClassStatus, RetryAfter: RetryAfter(a.Header, now)}
	switch {
	case a.Status > http.StatusMultipleChoices && a.Status < 400:
		f.Class = destinations.ClassRedirect
	case a.Status == http.StatusUnauthorized, a.Status == http.StatusForbidden:
		f.Class = destinations.ClassCredentials
	case a.Status == http.StatusTooManyRequests:
		f.Class = destinations.ClassRateLimited
	}
	return f
}

// RetryAfter returns how long the receiver asks to wait, in seconds or until a date; 0 when it does not say.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
