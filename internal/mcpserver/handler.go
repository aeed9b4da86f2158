package mcpserver

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// call runs the tool for a caller to whom it is callable. It does not go through mcp-go, which would decode the arguments
// again, and encode anew an answer that is passed on as it came.
func (s *Server) call(ctx context.Context, c *caller, spec *tools.Spec) outcome {
	body, err := s.run(ctx, c, spec)
	if err == nil && c.progress != nil && follows(spec) {
		body, err = s.follow(ctx, c, spec, body)
	}
	if err == nil {
		if body, err = clean(body); err == nil {
			return success(spec, body)
		}
	}
	e := fault.From(err)
	if cause := errors.Unwrap(e); cause != nil && ctx.Err() == nil {
		s.log.Warn().Err(cause).Str("tool", spec.Name).Str("code", string(e.Code)).Str("request_id", c.requestID).Msg("call failed")
	}
	if e.RequestID == "" {
		worded := *e // the fault may be shared
		worded.RequestID = c.requestID
		e = &worded
	}
	return failure(e)
}

var errNotHere = errors.New("mcpserver: calls are answered before the library")

// notHere stands for every tool in the library, which lists them. A call that strayed there is refused.
func notHere(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	return nil, errNotHere
}

// run returns the body of the API's answer.
func (s *Server) run(ctx context.Context, c *caller, spec *tools.Spec) ([]byte, error) {
	switch {
	case spec == tools.GetAccess.Spec:
		return s.status(ctx, c)
	case c.unusable != nil:
		return nil, c.unusable
	case spec.Route.Method == http.MethodGet:
		if wrong := spec.Check(c.args); wrong != nil {
			return nil, s.refusedFirst(ctx, c, spec, wrong)
		}
	}
	return s.forward(ctx, c, spec, c.args)
}

// forward sends the call to the API. Bad arguments go there as well: the API refuses them with the same check, after those
// of key, quota and plan, which come first and which it alone can make.
func (s *Server) forward(ctx context.Context, c *caller, spec *tools.Spec, args json.RawMessage) ([]byte, error) {
	resp, err := c.client.Do(ctx, c.key, spec, args, c.options())
	if err != nil {
		c.outcome = fault.From(err)
		s.learn(c, c.outcome)
		return nil, err
	}
	return resp.Body, nil
}

// refusedFirst returns what the API refuses before arguments, else wrong, which is what is wrong with them. A path and a query string
// cannot spell all that may be, so the API gets none, which is wrong too, or not to be found.
func (s *Server) refusedFirst(ctx context.Context, c *caller, spec *tools.Spec, wrong error) error {
	_, err := s.forward(ctx, c, spec, nil)
	if code := fault.CodeOf(err); code == "" || code == fault.ValidationFailed || code == fault.NotFound {
		return wrong
	}
	return err
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
	if err := tools.GetAccess.Check(c.args); err != nil {
		return nil, err
	}
	return c.access, nil
}
