package mcpserver

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"

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
}

// Server answers MCP messages. It keeps no state about a connection, so one serves any number of callers and transports.
type Server struct {
	client *apiclient.Client
	log    zerolog.Logger
	mcp    *server.MCPServer
	tools  map[string]mcp.Tool
	memory *memory
}

// New returns a Server with every tool of the catalogue. It panics when a schema of the catalogue does not compile, which a
// test would have found.
func New(cfg Config) *Server {
	s := &Server{client: cfg.Client, log: cfg.Log, tools: map[string]mcp.Tool{}, memory: newMemory()}
	s.mcp = server.NewMCPServer("unstuck", cfg.Version,
		server.WithTitle("Unstuck"),
		server.WithInstructions(instructions),
		server.WithToolCapabilities(false), // permissions are fixed for a key's life, so no list ever changes under a client
		server.WithToolFilter(s.filter),
	)
	for _, spec := range tools.All() {
		s.tools[spec.Name] = toolOf(spec)
		s.mcp.AddTool(s.tools[spec.Name], s.handler(spec))
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

// filter is the wall around listing and calling: mcp-go asks it with all tools for a list and with one for a call. It puts
// a list into catalogue order; the library would sort by name.
func (s *Server) filter(ctx context.Context, candidates []mcp.Tool) []mcp.Tool {
	c := callerFrom(ctx)
	kept := []mcp.Tool{}
	if c == nil {
		return kept
	}
	if !c.listing {
		for _, t := range candidates {
			if spec, ok := tools.ByName(t.Name); ok && c.callable(spec) {
				kept = append(kept, t)
			}
		}
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
	if m.isCall() && (m.spec == nil || !c.callable(m.spec)) {
		return refused(m, refuseTool)
	}
	session := newSession()
	resp := s.mcp.HandleMessage(s.mcp.WithContext(withCaller(ctx, c), session), m.forLibrary())
	switch r := resp.(type) {
	case mcp.JSONRPCResponse:
		result, err := encodeResult(r.Result)
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

func (s *Server) panicked(c *caller, cause any) {
	s.log.Error().Str("request_id", c.requestID).Str("panic", fmt.Sprint(cause)).Bytes("stack", debug.Stack()).Msg("panic")
}
