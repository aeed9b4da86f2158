package e2e_test

import (
	"io"
	"net/http"
	"testing"
	"time"
)

// TestStreamsEndWithTheirKey opens an SSE stream and a subscriptions/listen post, revokes their key, and waits for both
// to end. The bound is the contract's one second, with the time of the operator's command and a slow machine on top.
func TestStreamsEndWithTheirKey(t *testing.T) {
	s := newSystem(t, "")
	m := start(t, append(env(t), "UNSTUCK_API_URL="+s.api.url("api_url")), "mcp-server", "--transport", "http,sse", "--listen", "127.0.0.1:0")
	ws := s.workspace("Streams", "team")
	id, key := s.key(ws, "--preset", "read_only")
	_, other := s.key(ws, "--preset", "read_only")
	ended := map[string]<-chan time.Time{
		"sse":    hold(t, sseRequest(t, m, key)),
		"listen": hold(t, rawHTTP{m, credential{key: key, header: true}, true}.request("subscriptions/listen", map[string]any{"notifications": map[string]any{"toolsListChanged": true}})),
	}
	stays := hold(t, sseRequest(t, m, other))
	s.admin("key", "revoke", id)
	revoked := time.Now()
	for name, end := range ended {
		select {
		case at := <-end:
			t.Logf("%s stream ended %v after the revoke was read", name, at.Sub(revoked).Round(time.Millisecond))
		case <-time.After(5 * time.Second):
			t.Errorf("the %s stream outlived its key", name)
		}
	}
	select {
	case <-stays:
		t.Error("another key's stream ended too")
	default:
	}
}

func sseRequest(t *testing.T, m *server, key string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, m.url("sse_url"), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Authorization", "Bearer "+key)
	return r
}

// hold opens a stream, waits for its first byte, and tells when it ends.
func hold(t *testing.T, r *http.Request) <-chan time.Time {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %d", r.Method, r.URL, resp.StatusCode)
	}
	if _, err := resp.Body.Read(make([]byte, 1)); err != nil {
		t.Fatalf("%s %s: the stream gave nothing: %v", r.Method, r.URL, err)
	}
	end := make(chan time.Time, 1)
	go func() {
		_, _ = io.Copy(io.Discard, resp.Body)
		end <- time.Now()
	}()
	return end
}
