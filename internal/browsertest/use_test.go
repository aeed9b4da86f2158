package browsertest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
)

// agent is a program that speaks MCP over HTTP with a key of its own.
type agent struct {
	t   testing.TB
	url string
	key string
}

// newAgent starts an MCP server before the API.
func (s *system) newAgent(key string) agent {
	s.t.Helper()
	s.environ = append(s.environ, "UNSTUCK_API_URL="+s.apiURL)
	return agent{s.t, s.start("mcp-server", "--transport", "http", "--listen", "127.0.0.1:0")["mcp_url"].(string), key}
}

// with returns the same program with another key.
func (a agent) with(key string) agent { return agent{a.t, a.url, key} }

const protocol = "2026-07-28"

// call calls a tool and returns the HTTP status and the answer.
func (a agent) call(tool string, arguments map[string]any) (int, string) {
	a.t.Helper()
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": map[string]any{
		"name": tool, "arguments": arguments, "_meta": map[string]any{
			"io.modelcontextprotocol/protocolVersion":    protocol,
			"io.modelcontextprotocol/clientInfo":         map[string]any{"name": "journey", "version": "1"},
			"io.modelcontextprotocol/clientCapabilities": map[string]any{},
		},
	}})
	if err != nil {
		a.t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, a.url, bytes.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + a.key, "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
		"MCP-Protocol-Version": protocol, "Mcp-Method": "tools/call", "Mcp-Name": tool,
	} {
		r.Header.Set(name, value)
	}
	return a.answer(http.DefaultClient.Do(r))
}

func (a agent) answer(res *http.Response, err error) (int, string) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// access asks the API itself what the key may do, and returns status and answer.
func (s *system) access(key string) (int, string) {
	s.t.Helper()
	r, err := http.NewRequest(http.MethodGet, s.apiURL+"/v1/access", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	return agent{t: s.t}.answer(http.DefaultClient.Do(r))
}
