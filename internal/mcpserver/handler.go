package mcpserver

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/tools"
)

var errNotAllowed = errors.New("mcpserver: the caller may not use this tool")

// handler serves every tool alike. It looks at the caller again, so that a hole in the filter opens nothing.
func (s *Server) handler(spec *tools.Spec) server.ToolHandlerFunc {
	return func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		c := callerFrom(ctx)
		if c == nil || !c.callable(spec) {
			return nil, errNotAllowed
		}
		body, err := s.run(ctx, c, spec)
		if err == nil {
			if body, err = clean(body); err == nil {
				return success(spec, body), nil
			}
		}
		e := fault.From(err)
		if cause := errors.Unwrap(e); cause != nil && ctx.Err() == nil {
			s.log.Warn().Err(cause).Str("tool", spec.Name).Str("code", string(e.Code)).Str("request_id", c.requestID).Msg("call failed")
		}
		if e.RequestID == "" {
			e.RequestID = c.requestID
		}
		return failure(e), nil
	}
}

// run returns the body of the API's answer.
func (s *Server) run(ctx context.Context, c *caller, spec *tools.Spec) ([]byte, error) {
	switch {
	case c.argErr != nil:
		return nil, c.argErr
	case spec == tools.GetAccess.Spec:
		return s.status(ctx, c)
	case c.unusable != nil:
		return nil, c.unusable
	}
	resp, err := c.client.Do(ctx, c.key, spec, c.args, c.options())
	if err != nil {
		c.outcome = fault.From(err)
		s.learn(c, c.outcome)
		return nil, err
	}
	return resp.Body, nil
}

// status answers get_access_status; for a key that cannot be used the answer is why, and what to do.
func (s *Server) status(ctx context.Context, c *caller) ([]byte, error) {
	if c.unusable == nil && c.access == nil {
		s.ask(ctx, c, c.set)
		c.outcome = c.unusable
	}
	if c.unusable != nil {
		return json.Marshal(apiclient.Unusable(c.unusable))
	}
	return c.access, nil
}
