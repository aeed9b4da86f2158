package mcpserver_test

import (
	"net/http"
	"regexp"
	"sync"
	"testing"

	"github.com/unstuckengine/unstuck/internal/scope"
)

// TestTheAPIIsToldOnWhoseBehalf: a client that names itself in its first message, or by its User-Agent where there is no session, is named to the API.
func TestTheAPIIsToldOnWhoseBehalf(t *testing.T) {
	const hello = `{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"Claude (Desktop)\r\n","version":"0.9"}}`
	for name, want := range map[string]string{"stdio": `unstuck-mcp/\S+ \(Claude-Desktop 0.9\)`, "sse": `test \(Claude-Desktop 0.9\)`, "http": `test \(Go-http-client 1.1\)`} {
		t.Run(name, func(t *testing.T) {
			api := newAPI(t)
			k := api.key(t, preset(scope.ReadOnly))
			var mu sync.Mutex
			var agent string
			api.before = func(r *http.Request, _ string) {
				mu.Lock()
				defer mu.Unlock()
				agent = r.UserAgent()
			}
			c := connectBy(t, name, api, k)
			if r, status := c.ask(t, "initialize", hello); status != 200 || r.Error != nil {
				t.Fatalf("initialize: %d %s", status, r.raw)
			}
			if r, _ := call(t, c, "find_leads"); r.Error != nil || r.Result.IsError {
				t.Fatalf("call: %s", r.raw)
			}
			mu.Lock()
			defer mu.Unlock()
			if !regexp.MustCompile("^" + want + "$").MatchString(agent) {
				t.Errorf("User-Agent %q, want %s", agent, want)
			}
		})
	}
}

func connectBy(t *testing.T, transport string, api *fakeAPI, k *fakeKey) client {
	t.Helper()
	if transport == "stdio" {
		return start(t, "UNSTUCK_API_URL="+api.URL, "UNSTUCK_API_KEY="+k.secret.Reveal())
	}
	url, _ := serve(t, api, both())
	if transport == "http" {
		return streamable{url: url, key: k.secret.Reveal()}
	}
	return opened(t, url, k)
}
