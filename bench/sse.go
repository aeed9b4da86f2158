package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// stream is one client of the legacy transport: answers come on the stream, requests go by POST.
type stream struct {
	lines  *bufio.Reader
	post   *client
	target string
	h      hop
}

// stream opens one and greets the server.
func (s *stage) stream(ctx context.Context, h hop) (*stream, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.sseURL, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+h.key)
	r.Header.Set("Accept", "text/event-stream")
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	s.onEnd(answer.Body.Close)
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("open a stream: %s", answer.Status)
	}
	c := &stream{lines: bufio.NewReaderSize(answer.Body, 1<<20), h: h}
	endpoint, err := c.event()
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(h.sseURL)
	if err != nil {
		return nil, err
	}
	target, err := base.Parse(endpoint)
	if err != nil {
		return nil, err
	}
	c.target = target.String()
	if c.post, err = s.dial(c.target); err != nil {
		return nil, err
	}
	return c, c.greet()
}

func (c *stream) greet() error {
	if err := c.ask(initialize, `"serverInfo"`); err != nil {
		return err
	}
	return c.send(initialized)
}

// event returns the data of the next event.
func (c *stream) event() (string, error) {
	for {
		line, err := c.lines.ReadString('\n')
		if err != nil {
			return "", fmt.Errorf("read the stream: %w", err)
		}
		if data, ok := strings.CutPrefix(line, "data:"); ok {
			return strings.TrimSpace(data), nil
		}
	}
}

func (c *stream) send(message string) error {
	_, err := c.post.want(request("POST", c.target, message, c.h.bearer()), http.StatusAccepted)
	return err
}

// ask sends a request and wants the part in its answer.
func (c *stream) ask(message, part string) error {
	if err := c.send(message); err != nil {
		return err
	}
	answer, err := c.event()
	if err == nil && !strings.Contains(answer, part) {
		err = errors.New("the answer lacks " + part)
	}
	return err
}

// sseCalls is G11: calls a second over SSE beside Streamable HTTP.
func sseCalls(n int) func(context.Context, *stage) (pair, error) {
	return func(ctx context.Context, s *stage) (pair, error) {
		h, mcp, _, err := s.sides(ctx, n)
		if err != nil {
			return pair{}, err
		}
		clients, err := crew(n, func() (call, error) {
			c, err := s.stream(ctx, h)
			if err != nil {
				return nil, err
			}
			message := fmt.Sprintf(callTool, 7, "get_record", fmt.Sprintf(`{"id":%q}`, h.account))
			return func() error { return c.ask(message, h.account) }, nil
		})
		return pair{s.rate(clients), s.rate(mcp)}, err
	}
}
