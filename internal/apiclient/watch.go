package apiclient

import (
	"context"
	"net/http"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/tools"
)

const (
	watchTimeout = 40 * time.Second // the API holds a watch up to 25 s
	minPause     = 50 * time.Millisecond
	maxPause     = time.Second
)

// Watch returns when the key cannot be used any more, with the *fault.Error that says why (401 or 403), or when ctx ends,
// with its error. An API that cannot be reached or is shutting down is asked again and says nothing about the key.
func (c *Client) Watch(ctx context.Context, secret token.Secret) error {
	pause := minPause
	for {
		begun := time.Now()
		err := c.watchOnce(ctx, secret)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case Dead(err):
			return err
		case err == nil && time.Since(begun) > maxPause:
			pause = minPause
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, maxPause)
	}
}

func (c *Client) watchOnce(ctx context.Context, secret token.Secret) error {
	ctx, cancel := context.WithTimeout(ctx, watchTimeout)
	defer cancel()
	req, err := c.request(ctx, secret, tools.WatchAccess.Spec, nil, Options{})
	if err != nil {
		return err
	}
	_, err = c.send(req)
	return err
}

// Dead reports whether err says that the key itself cannot be used: unknown, revoked, expired, or without a plan that
// allows it. A lack of scope, a limit or an outage is not that.
func Dead(err error) bool {
	if err == nil {
		return false
	}
	e := fault.From(err)
	return e.Code == fault.FeatureNotAllowed || e.Code.Status() == http.StatusUnauthorized
}
