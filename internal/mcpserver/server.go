package mcpserver

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"
	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// Config is what a Server needs.
type Config struct {
	Client  *apiclient.Client // required; its address serves every caller of the HTTP transports
	Version string            // of the program, shown to clients
	Log     zerolog.Logger    // never stdout

	FollowFor   time.Duration // how long a call that asks for progress follows a job; 0 = 50 s
	FollowEvery time.Duration // how often it looks; 0 = 1 s
}

// Server answers MCP messages. It keeps no state about a connection, so one serves any number of callers and transports.
type Server struct {
	client *apiclient.Client
	log    zerolog.Logger
	mcp    *server.MCPServer
	tools  map[string]mcp.Tool
	meta   []byte // what the modern revision wants in each result
	memory *memory

	followFor, followEvery time.Duration
	leaving                chan struct{} // closed once the process was told to stop
	leave                  func()        // closes it
}

// New returns a Server with every tool of the catalogue. It panics when a schema of the catalogue does not compile, which a
// test would have found.
func New(cfg Config) *Server {
	s := &Server{client: cfg.Client, log: cfg.Log, tools: map[string]mcp.Tool{}, memory: newMemory(), leaving: make(chan struct{}),
		followFor: cmp.Or(cfg.FollowFor, followFor), followEvery: cmp.Or(cfg.FollowEvery, followEvery)}
	s.leave = sync.OnceFunc(func() { close(s.leaving) })
	const name, title = "unstuck", "Unstuck"
	about := mustWrite(mcp.Implementation{Name: name, Title: title, Version: cfg.Version})
	s.meta = []byte(`"resultType":"complete","_meta":{"` + mcp.MetaKeyServerInfo + `":` + string(about) + `}`)
	s.mcp = server.NewMCPServer(name, cfg.Version,
		server.WithTitle(title),
		server.WithInstructions(instructions),
		server.WithToolCapabilities(false), // permissions are fixed for a key's life, so no list ever changes under a client
		server.WithToolFilter(s.filter),
	)
	for _, spec := range tools.All() {
		s.tools[spec.Name] = toolOf(spec)
		s.mcp.AddTool(s.tools[spec.Name], notHere)
	}
	return s
}

func toolOf(spec *tools.Spec) mcp.Tool {
	t := mcp.NewToolWithRawSchema(spec.Name, spec.Description, spec.Input().Text())
	a := spec.Annotations()
	t.Title, t.RawOutputSchema = spec.Title, outputSchema(spec)
	t.Annotations = mcp.ToolAnnotation{Title: spec.Title, ReadOnlyHint: &a.ReadOnly, DestructiveHint: &a.Destructive, IdempotentHint: &a.Idempotent, OpenWorldHint: &a.OpenWorld}
	return t
}

// outputSchema is the operation's schema with what this server adds: the list of untrusted fields, and the form of an
// error, since some clients hold failed calls to the schema as well.
func outputSchema(spec *tools.Spec) json.RawMessage {
	var schema map[string]json.RawMessage
	var properties map[string]json.RawMessage
	mustRead(spec.Output().Text(), &schema)
	mustRead(schema["properties"], &properties)
	properties["untrusted"] = json.RawMessage(`{"type":"array","items":{"type":"string"}}`)
	properties["error"] = json.RawMessage(`{"type":"object"}`)
	schema["properties"] = mustWrite(properties)
	if required := schema["required"]; required != nil {
		schema["anyOf"] = mustWrite([]map[string]json.RawMessage{{"required": required}, {"required": json.RawMessage(`["error"]`)}})
		delete(schema, "required")
	}
	return mustWrite(schema)
}

func mustRead(text json.RawMessage, into any) {
	if err := json.Unmarshal(text, into); err != nil {
		panic("mcpserver: schema: " + err.Error())
	}
}

func mustWrite(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic("mcpserver: schema: " + err.Error())
	}
	return text
}

// filter decides what is listed, in catalogue order; the library would sort by name. Without a caller, and for a call that
// strayed into the library, nothing is there.
func (s *Server) filter(ctx context.Context, _ []mcp.Tool) []mcp.Tool {
	kept := []mcp.Tool{}
	c := callerFrom(ctx)
	if c == nil || !c.listing {
		return kept
	}
	for _, spec := range tools.All() {
		if c.visible(spec) {
			kept = append(kept, s.tools[spec.Name])
		}
	}
	return kept
}

// reply is the answer to one request.
type reply struct {
	body    []byte
	refusal *refusal // set when body is an error
	notes   [][]byte // notifications that go before it
}

func refused(m *message, r *refusal) reply { return reply{body: r.encode(m.id), refusal: r} }

// answer serves a request whose sender was admitted. It never panics and never fails: what goes wrong is told to the client
// in fixed words and to the log with its cause.
func (s *Server) answer(ctx context.Context, c *caller, m *message) (out reply) {
	defer func() {
		if r := recover(); r != nil {
			s.panicked(c, r)
			out = refused(m, refuseOurs)
		}
	}()
	if m.refusal != nil {
		return refused(m, m.refusal)
	}
	if m.isCall() {
		return s.answerCall(ctx, c, m)
	}
	session := newSession()
	resp := s.mcp.HandleMessage(s.mcp.WithContext(withCaller(ctx, c), session), m.forLibrary())
	switch r := resp.(type) {
	case mcp.JSONRPCResponse:
		result, err := marshal(r.Result)
		if err != nil {
			s.log.Error().Err(err).Str("request_id", c.requestID).Msg("a result cannot be encoded")
			return refused(m, refuseOurs)
		}
		return reply{body: envelope(m.id, "result", result), notes: session.taken()}
	case mcp.JSONRPCError:
		return refused(m, refusalFor(r.Error.Code))
	}
	return refused(m, refuseOurs)
}

// answerCall refuses a hidden tool and one that does not exist alike.
func (s *Server) answerCall(ctx context.Context, c *caller, m *message) reply {
	if m.spec == nil || !c.callable(m.spec) {
		return refused(m, refuseTool)
	}
	var meta []byte
	if m.modern() {
		meta = s.meta
	}
	return reply{body: envelope(m.id, "result", s.call(ctx, c, m.spec).encode(meta))}
}

func (s *Server) panicked(c *caller, cause any) {
	s.log.Error().Str("request_id", c.requestID).Str("panic", fmt.Sprint(cause)).Bytes("stack", debug.Stack()).Msg("panic")
}
