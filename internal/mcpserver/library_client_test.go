package mcpserver_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	mcpclient "github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/rs/zerolog"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/credentials"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/mcpserver"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// TestLibraryClient drives the server with the client of another codebase, over each transport: it negotiates, lists, calls
// and reads an error as it would with any server.
func TestLibraryClient(t *testing.T) {
	api := newAPI(t)
	url, _ := serve(t, api, both())
	k := api.key(t, preset(scope.WriteSignals))
	auth := map[string]string{"Authorization": "Bearer " + k.secret.Reveal()}
	for name, connect := range map[string]func() (*mcpclient.Client, error){
		"in process": func() (*mcpclient.Client, error) { return inProcess(t, api, k), nil },
		"stdio": func() (*mcpclient.Client, error) {
			return mcpclient.NewStdioMCPClient(binary, []string{"HOME=" + t.TempDir(), "UNSTUCK_API_URL=" + api.URL, "UNSTUCK_API_KEY=" + k.secret.Reveal()})
		},
		"http": func() (*mcpclient.Client, error) {
			return mcpclient.NewStreamableHttpClient(url+"/mcp", transport.WithHTTPHeaders(auth))
		},
		"sse": func() (*mcpclient.Client, error) {
			return mcpclient.NewSSEMCPClient(url+"/sse", transport.WithHeaders(auth))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := connect()
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				_ = c.Close()
				http.DefaultTransport.(*http.Transport).CloseIdleConnections()
			}()
			if name != "stdio" { // which was started by connect
				if err := c.Start(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			hello, err := c.Initialize(t.Context(), mcp.InitializeRequest{Params: mcp.InitializeParams{ProtocolVersion: "2025-11-25", ClientInfo: mcp.Implementation{Name: "test", Version: "1"}}})
			if err != nil || hello.ServerInfo.Name != "unstuck" || hello.Instructions == "" {
				t.Fatalf("initialize: %v, %+v", err, hello)
			}
			list, err := c.ListTools(t.Context(), mcp.ListToolsRequest{})
			if err != nil || len(list.Tools) != len(tools.Allowed(k.set)) {
				t.Fatalf("list: %v, %v", err, list)
			}
			call := func(name string, args any) (*mcp.CallToolResult, error) {
				return c.CallTool(t.Context(), mcp.CallToolRequest{Params: mcp.CallToolParams{Name: name, Arguments: args}})
			}
			if r, err := call("find_accounts", map[string]any{"query": "acme"}); err != nil || r.IsError || r.StructuredContent == nil {
				t.Errorf("find_accounts: %v, %+v", err, r)
			}
			if r, err := call("get_record", map[string]any{}); err != nil || !r.IsError {
				t.Errorf("bad arguments: %v, %+v", err, r)
			}
			if _, err := call("no_such_tool", nil); err == nil {
				t.Error("an unknown tool was called")
			}
		})
	}
	api.set(k, fault.KeyRevoked)
	c, err := mcpclient.NewStreamableHttpClient(url+"/mcp", transport.WithHTTPHeaders(auth))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Initialize(t.Context(), mcp.InitializeRequest{}); err == nil {
		t.Error("a revoked key connects")
	}
}

// inProcess joins the library's client to a server in this process, with nothing between them but two pipes.
func inProcess(t *testing.T, api *fakeAPI, k *fakeKey) *mcpclient.Client {
	t.Helper()
	c, err := apiclient.New(api.URL, "test")
	if err != nil {
		t.Fatal(err)
	}
	fromClient, toServer := io.Pipe()
	fromServer, toClient := io.Pipe()
	done := make(chan error, 1)
	s := mcpserver.New(mcpserver.Config{Client: c, Version: "test", Log: zerolog.Nop(), FollowEvery: 2 * time.Millisecond})
	go func() {
		done <- s.ServeStdio(context.Background(), fromClient, toClient, func() credentials.Login { return credentials.Login{Key: k.secret, APIURL: api.URL} },
			func(err error) { t.Errorf("a live key is complained of: %v", err) })
		_ = toClient.Close()
	}()
	t.Cleanup(func() {
		_ = toServer.Close()
		if err := <-done; err != nil {
			t.Errorf("ServeStdio: %v", err)
		}
		c.Close()
	})
	return mcpclient.NewClient(transport.NewIO(fromServer, toServer, io.NopCloser(strings.NewReader(""))))
}
