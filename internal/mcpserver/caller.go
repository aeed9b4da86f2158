package mcpserver

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// identity is who sent a message: a key, or the reason why there is none.
type identity struct {
	key         token.Secret
	handle      handle
	client      *apiclient.Client
	err         *fault.Error
	requestID   string
	traceparent string
	program     string // that sent it, as it names itself; "" when it does not
	askFirst    bool   // about the key, even when its permissions are known
}

func (i identity) asking() identity { i.askFirst = true; return i }

// caller is what one message's sender may do. It belongs to that message alone.
type caller struct {
	identity
	set       scope.Set
	unusable  *fault.Error // why the key cannot be used now, as far as known before the call
	workspace string
	access    []byte          // the API's answer about the key, when it was just asked
	args      json.RawMessage // of the tool call
	listing   bool
	outcome   *fault.Error    // what the API said in the call itself
	progress  json.RawMessage // token of a client that wants to be told how the call goes on; nil without one
	notify    func([]byte)    // sends it a notification, before the answer; set with progress
}

type callerKey struct{}

func withCaller(ctx context.Context, c *caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// callerFrom returns nil for a context that no message of ours made; nothing is allowed then.
func callerFrom(ctx context.Context) *caller {
	c, _ := ctx.Value(callerKey{}).(*caller)
	return c
}

// reporting lets the call tell the client how it goes on, if m asks for it.
func (c *caller) reporting(m *message, notify func([]byte)) *caller {
	c.progress, c.notify = m.progress, notify
	return c
}

// admit finds out what the sender of m may do. A call by a key whose permissions are known is let through at once, and its
// own answer tells whether the key lives; everything else asks the API first.
func (s *Server) admit(ctx context.Context, who identity, m *message) *caller {
	c := &caller{identity: who, listing: m.method == string(mcp.MethodToolsList), args: m.args}
	c.program = cmp.Or(m.program(), who.program)
	if who.err != nil {
		c.unusable = who.err
		return c
	}
	set, known := s.memory.recall(who.handle)
	if known && !who.askFirst && m.refusal == nil && m.isCall() && m.spec != nil && set.Allows(m.spec.Permission) {
		c.set = set
		return c
	}
	s.ask(ctx, c, set)
	return c
}

// ask reads the key's access afresh. remembered is what is known of a key from earlier.
func (s *Server) ask(ctx context.Context, c *caller, remembered scope.Set) {
	resp, err := c.client.Do(ctx, c.key, tools.GetAccess.Spec, nil, c.options())
	var access wire.Access
	if err == nil {
		if json.Unmarshal(resp.Body, &access) != nil || access.Key == nil || access.Workspace == nil {
			err = fault.New(fault.Internal, "The answer about the key is not one of the Unstuck API. Check UNSTUCK_API_URL.")
		}
	}
	if err != nil {
		s.learn(c, fault.From(err))
		c.unusable = fault.From(err)
		if c.unusable.Code == fault.FeatureNotAllowed { // the plan is lost, the permissions are not
			c.set = remembered
		}
		return
	}
	var permissions []scope.Permission
	for _, p := range access.Key.Permissions {
		permissions = append(permissions, scope.Permission(p))
	}
	c.set, c.access, c.workspace = scope.Of(permissions...), resp.Body, access.Workspace.ID
	s.memory.keep(c.handle, c.set)
}

// learn forgets a key that the API does not accept.
func (s *Server) learn(c *caller, e *fault.Error) {
	if e.Code.Status() == http.StatusUnauthorized {
		s.memory.drop(c.handle)
	}
}

func (c *caller) options() apiclient.Options {
	return apiclient.Options{Prefer: prefer, RequestID: c.requestID, Traceparent: c.traceparent, For: c.program}
}

// prefer asks the API for what a model can read: few fields, and less than clients cut.
const prefer = "response_format=concise, max_chars=20000"

// visible reports whether the tool is listed.
func (c *caller) visible(spec *tools.Spec) bool {
	return spec == tools.GetAccess.Spec || c.unusable == nil && c.set.Allows(spec.Permission)
}

// callable reports whether the tool exists for this caller. Without the plan the tools of the key still do, and answer that
// the plan is missing; of a key whose permissions were never seen, no tool is known to be outside them.
func (c *caller) callable(spec *tools.Spec) bool {
	planLost := c.unusable != nil && c.unusable.Code == fault.FeatureNotAllowed
	return c.visible(spec) || planLost && (c.set == 0 || c.set.Allows(spec.Permission))
}
