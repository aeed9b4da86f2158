package activity

import (
	"context"
	"strings"
)

// Source says from where a change came. The zero value means that it is not known.
type Source struct {
	Door    string // one of the doors
	Address string // of whoever asked, as the server saw it; "" where there is none
}

// The doors.
const (
	DoorPage     = "page"     // the admin pages
	DoorAPI      = "api"      // the HTTP API
	DoorMCP      = "mcp"      // the HTTP API, asked by the MCP server
	DoorCLI      = "cli"      // the HTTP API, asked by the command line
	DoorOperator = "operator" // the server's own command line
	DoorJob      = "job"      // work in the background that an earlier request began
)

// DoorOf returns the door of a request to the HTTP API from its User-Agent, which is what the client says of itself.
func DoorOf(agent string) string {
	switch {
	case strings.HasPrefix(agent, "unstuck-mcp/"):
		return DoorMCP
	case strings.HasPrefix(agent, "unstuck-cli/"):
		return DoorCLI
	}
	return DoorAPI
}

type sourceKey struct{}

// WithSource returns a context under which changes are logged as coming from there.
func WithSource(ctx context.Context, s Source) context.Context {
	return context.WithValue(ctx, sourceKey{}, s)
}

// SourceOf returns the source that ctx carries, or the zero Source.
func SourceOf(ctx context.Context) Source {
	s, _ := ctx.Value(sourceKey{}).(Source)
	return s
}
