package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

// doors are all ways in. The HTTP ones speak raw JSON-RPC, so that status and body are seen as they are; stdio and SSE
// are driven by mcp-go's own client.
var doors = []door{
	{"stdio", openStdio},
	{"http modern", func(_ *testing.T, m *server, c credential, _ string) session { return rawHTTP{m, c, true} }},
	{"http legacy", func(_ *testing.T, m *server, c credential, _ string) session { return rawHTTP{m, c, false} }},
	{"sse", openSSE},
}

const modern = "2026-07-28"

// rawHTTP posts single requests to Streamable HTTP, in either protocol era.
type rawHTTP struct {
	mcp    *server
	caller credential
	modern bool
}

func (h rawHTTP) post(method string, params map[string]any) (int, []byte) {
	h.mcp.t.Helper()
	r := h.request(method, params)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		h.mcp.t.Fatalf("%s: %v", method, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		h.mcp.t.Fatalf("%s: %v", method, err)
	}
	return resp.StatusCode, unframe(resp.Header.Get("Content-Type"), body)
}

func (h rawHTTP) request(method string, params map[string]any) *http.Request {
	if h.modern {
		params["_meta"] = map[string]any{
			"io.modelcontextprotocol/protocolVersion":    modern,
			"io.modelcontextprotocol/clientInfo":         map[string]any{"name": "e2e", "version": "1"},
			"io.modelcontextprotocol/clientCapabilities": map[string]any{},
		}
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err != nil {
		h.mcp.t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, h.mcp.url("mcp_url"), bytes.NewReader(body))
	if err != nil {
		h.mcp.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	r.Header.Set("MCP-Protocol-Version", "2025-06-18")
	if h.modern {
		r.Header.Set("MCP-Protocol-Version", modern)
		r.Header.Set("Mcp-Method", method)
		if name, ok := params["name"].(string); ok {
			r.Header.Set("Mcp-Name", name)
		}
	}
	if h.caller.header {
		r.Header.Set("Authorization", "Bearer "+h.caller.key)
	}
	return r
}

// unframe returns the JSON of a body that may come as one server-sent event.
func unframe(contentType string, body []byte) []byte {
	if !strings.HasPrefix(contentType, "text/event-stream") {
		return body
	}
	for scanner := bufio.NewScanner(bytes.NewReader(body)); scanner.Scan(); {
		if data, ok := strings.CutPrefix(scanner.Text(), "data:"); ok {
			return []byte(strings.TrimSpace(data))
		}
	}
	return nil
}

func (h rawHTTP) list() listing {
	h.mcp.t.Helper()
	status, body := h.post("tools/list", map[string]any{})
	if status == http.StatusUnauthorized {
		return listing{status: status}
	}
	var answer struct{ Result mcp.ListToolsResult }
	if err := json.Unmarshal(body, &answer); err != nil {
		h.mcp.t.Fatalf("tools/list: %d %s: %v", status, body, err)
	}
	return listing{tools: names(answer.Result.Tools)}
}

func names(list []mcp.Tool) (out []string) {
	for _, tool := range list {
		out = append(out, tool.Name)
	}
	return out
}

func (h rawHTTP) call(tool, args string) outcome {
	h.mcp.t.Helper()
	status, body := h.post("tools/call", map[string]any{"name": tool, "arguments": rawArgs(args)})
	if status == http.StatusUnauthorized {
		return outcome{status: status}
	}
	var answer struct {
		Error  *struct{ Code int }
		Result result
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		h.mcp.t.Fatalf("tools/call %s: %d %s: %v", tool, status, body, err)
	}
	if answer.Error != nil {
		return outcome{rpc: answer.Error.Code}
	}
	return answer.Result.outcome()
}

func rawArgs(args string) json.RawMessage {
	if args == "" {
		args = "{}"
	}
	return json.RawMessage(args)
}

// result is what matters of a tool's result.
type result struct {
	IsError           bool
	StructuredContent struct {
		Usable *bool
		Error  struct{ Code string }
	}
}

func (r result) outcome() outcome {
	return outcome{code: r.StructuredContent.Error.Code, usable: r.StructuredContent.Usable}
}

// library drives mcp-go's client.
type library struct {
	t      *testing.T
	client *client.Client
}

func (l library) list() listing {
	l.t.Helper()
	got, err := l.client.ListTools(context.Background(), mcp.ListToolsRequest{})
	if err != nil {
		l.t.Fatalf("tools/list: %v", err)
	}
	return listing{tools: names(got.Tools)}
}

func (l library) call(tool, args string) outcome {
	l.t.Helper()
	var r mcp.CallToolRequest
	r.Params.Name, r.Params.Arguments = tool, rawArgs(args)
	got, err := l.client.CallTool(context.Background(), r)
	if err != nil {
		return rpcError(l.t, err)
	}
	text, err := json.Marshal(got)
	if err != nil {
		l.t.Fatal(err)
	}
	var res result
	if err := json.Unmarshal(text, &res); err != nil {
		l.t.Fatalf("result %s: %v", text, err)
	}
	return res.outcome()
}

// rpcError finds the code in the client's error; the one that walls give is the only one expected.
func rpcError(t *testing.T, err error) outcome {
	t.Helper()
	if strings.Contains(err.Error(), "invalid params") || strings.Contains(err.Error(), "-32602") {
		return outcome{rpc: mcp.INVALID_PARAMS}
	}
	return outcome{code: fmt.Sprintf("%v", err)}
}

func openStdio(t *testing.T, _ *server, c credential, apiURL string) session {
	t.Helper()
	environ := env(t, "UNSTUCK_API_URL="+apiURL)
	if c.header {
		environ = append(environ, "UNSTUCK_API_KEY="+c.key)
	}
	tr := transport.NewStdioWithOptions(filepath.Join(bin, "mcp-server"), nil, nil,
		transport.WithCommandFunc(func(ctx context.Context, command string, _ []string, args []string) (*exec.Cmd, error) {
			cmd := exec.CommandContext(ctx, command, args...)
			cmd.Env = environ
			return cmd, nil
		}))
	return connect(t, tr)
}

// connect starts the client and says hello.
func connect(t *testing.T, tr transport.Interface) library {
	t.Helper()
	c := client.NewClient(tr)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() { _ = c.Close(); cancel() })
	if err := c.Start(ctx); err != nil {
		t.Fatalf("start: %v", err)
	}
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = "2025-06-18"
	hello.Params.ClientInfo = mcp.Implementation{Name: "e2e", Version: "1"}
	if _, err := c.Initialize(ctx, hello); err != nil {
		t.Fatalf("initialize: %v", err)
	}
	return library{t, c}
}

func openSSE(t *testing.T, m *server, c credential, _ string) session {
	t.Helper()
	headers := map[string]string{}
	if c.header {
		headers["Authorization"] = "Bearer " + c.key
	}
	if status := probe(t, m.url("sse_url"), headers); status != http.StatusOK {
		return refused(status)
	}
	tr, err := transport.NewSSE(m.url("sse_url"), transport.WithHeaders(headers))
	if err != nil {
		t.Fatal(err)
	}
	return connect(t, tr)
}

// probe opens the stream only to see whether it is refused.
func probe(t *testing.T, url string, headers map[string]string) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// refused is a door that did not open.
type refused int

func (r refused) list() listing               { return listing{status: int(r)} }
func (r refused) call(string, string) outcome { return outcome{status: int(r)} }
