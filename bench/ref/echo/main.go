// Command echo is the least MCP server that mcp-go allows: one tool, no key, no API behind it. It is the limit that
// starting, listing, memory and size are compared with. With an address as its argument it serves Streamable HTTP there,
// else stdio.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

func main() {
	s := server.NewMCPServer("echo", "1", server.WithToolCapabilities(false))
	s.AddTool(mcp.NewTool("echo", mcp.WithDescription("Answers with the text it is given."),
		mcp.WithString("text", mcp.Required(), mcp.Description("what to answer"))), echo)
	if err := serve(s); err != nil {
		fmt.Fprintln(os.Stderr, "echo: "+err.Error())
		os.Exit(1)
	}
}

func echo(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	text, err := r.RequireString("text")
	if err != nil {
		return nil, err
	}
	return mcp.NewToolResultText(text), nil
}

func serve(s *server.MCPServer) error {
	if len(os.Args) < 2 {
		return server.ServeStdio(s)
	}
	l, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		return err
	}
	fmt.Printf("{\"event\":\"ready\",\"url\":\"http://%s\"}\n", l.Addr())
	return http.Serve(l, server.NewStreamableHTTPServer(s, server.WithStateLess(true), server.WithDisableStreaming(true))) // #nosec G114 -- on loopback, for minutes
}
