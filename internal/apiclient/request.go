package apiclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/tools"
)

func (c *Client) request(ctx context.Context, secret token.Secret, spec *tools.Spec, args json.RawMessage, opt Options) (*http.Request, error) {
	path, args, err := placed(spec.Route, args)
	if err != nil {
		return nil, err
	}
	target := c.base + path
	var req *http.Request
	if spec.Route.Method == http.MethodGet {
		query, qerr := queryOf(args)
		if qerr != nil {
			return nil, qerr
		}
		req, err = http.NewRequestWithContext(ctx, http.MethodGet, withQuery(target, query), nil)
	} else {
		if len(args) == 0 {
			args = json.RawMessage("{}")
		}
		req, err = http.NewRequestWithContext(ctx, spec.Route.Method, target, bytes.NewReader(args))
	}
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err)
	}
	c.header(req, secret, opt)
	if req.Body != nil {
		req.Header["Content-Type"] = []string{"application/json"}
	}
	if !spec.Changes() {
		markReplayable(req)
	}
	return req, nil
}

// noID is nobody's id.
const noID = "-"

// placed moves the id from args to its place in the path, if it has one there. Without an id, the path names nothing that there is.
func placed(route tools.Route, args json.RawMessage) (string, json.RawMessage, error) {
	if !route.Placed() {
		return route.Path, args, nil
	}
	var members map[string]json.RawMessage
	id := noID
	if len(args) > 0 {
		if err := json.Unmarshal(args, &members); err != nil {
			return "", nil, fault.Wrap(fault.InvalidJSON, err)
		}
	}
	if raw := members["id"]; raw != nil {
		if err := json.Unmarshal(raw, &id); err != nil || id == "" {
			return "", nil, fault.Invalid("id", "must be a text that is not empty")
		}
		delete(members, "id")
	}
	rest, err := json.Marshal(members)
	if err != nil || len(members) == 0 {
		rest = nil
	}
	return strings.Replace(route.Path, tools.IDMark, url.PathEscape(id), 1), rest, err
}

func (c *Client) header(req *http.Request, secret token.Secret, opt Options) {
	h := req.Header
	h["User-Agent"] = []string{c.agentFor(opt.For)}
	h["Accept"] = []string{"application/json"}
	if !secret.IsZero() {
		h["Authorization"] = []string{"Bearer " + secret.Reveal()}
	}
	set(h, "Prefer", opt.Prefer)
	set(h, "Idempotency-Key", opt.IdempotencyKey)
	set(h, "X-Request-Id", opt.RequestID)
	set(h, "Traceparent", opt.Traceparent)
}

// agentFor names the program that asks, and in brackets the one that it asks for.
func (c *Client) agentFor(program string) string {
	if program == "" {
		return c.agent
	}
	return c.agent + " (" + program + ")"
}

func set(h http.Header, name, value string) {
	if value != "" {
		h[name] = []string{value}
	}
}

// markReplayable tells the transport that a POST only reads, so that it may repeat it when a kept connection turns out to
// be closed. A header without values is not sent (net/http, Transport).
func markReplayable(req *http.Request) { req.Header["X-Idempotency-Key"] = nil }

func withQuery(target string, query url.Values) string {
	if len(query) == 0 {
		return target
	}
	return target + "?" + query.Encode()
}

// queryOf spells a flat JSON object as a query string: a list repeats its name, null is left out.
func queryOf(args json.RawMessage) (url.Values, error) {
	query := url.Values{}
	if len(args) == 0 {
		return query, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(args, &members); err != nil {
		return nil, fault.Wrap(fault.InvalidJSON, err)
	}
	for name, raw := range members {
		list := []json.RawMessage{raw}
		if raw[0] == '[' {
			if err := json.Unmarshal(raw, &list); err != nil {
				return nil, fault.Wrap(fault.InvalidJSON, err)
			}
		}
		for _, item := range list {
			text, err := scalar(item)
			if err != nil {
				return nil, fault.Wrap(fault.Internal, err)
			}
			if text != nil {
				query.Add(name, *text)
			}
		}
	}
	return query, nil
}

func scalar(raw json.RawMessage) (*string, error) {
	switch raw[0] {
	case '{', '[':
		return nil, errors.New("a query parameter cannot hold an object or a list of lists")
	case 'n':
		return nil, nil
	case '"':
		var text string
		err := json.Unmarshal(raw, &text)
		return &text, err
	}
	text := string(raw)
	return &text, nil
}
