package mcpserver_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/scope"
)

// raw is a connection on which a request may be left unfinished.
type raw struct {
	net.Conn
	in *bufio.Reader
}

// answered reports whether an answer has come.
func (r raw) answered() bool {
	_ = r.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err := r.in.Peek(1)
	_ = r.SetReadDeadline(time.Time{})
	return err == nil
}

// begin sends the head of a POST and what there is of its body. length is the Content-Length, or -1 for chunks.
func begin(t *testing.T, url, path, key string, length int, body string) raw {
	t.Helper()
	host := strings.TrimPrefix(url, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	head := "POST " + path + " HTTP/1.1\r\nHost: " + host + "\r\nAccept: application/json, text/event-stream\r\nContent-Type: application/json\r\n"
	if key != "" {
		head += "Authorization: Bearer " + key + "\r\n"
	}
	if length < 0 {
		head += "Transfer-Encoding: chunked\r\n"
		body = fmt.Sprintf("%x\r\n%s\r\n", len(body), body)
	} else {
		head += fmt.Sprintf("Content-Length: %d\r\n", length)
	}
	if _, err := io.WriteString(conn, head+"\r\n"+body); err != nil {
		t.Fatal(err)
	}
	return raw{conn, bufio.NewReader(conn)}
}

// answer waits for the answer, with the body still owed.
func (r raw) answer(t *testing.T) (int, string) {
	t.Helper()
	_ = r.SetReadDeadline(time.Now().Add(30 * time.Second)) // an answer that never comes fails the test
	resp, err := http.ReadResponse(r.in, nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, problem(body)
}

// TestStalledBody: a body that does not come ends in 408 for who holds a living key, and in 401 for anyone else.
func TestStalledBody(t *testing.T) {
	api := newAPI(t)
	cfg := both()
	cfg.BodyTimeout = 50 * time.Millisecond
	url, _ := serve(t, api, cfg)
	k := api.key(t, preset(scope.ReadOnly))
	live := k.secret.Reveal()
	session := opened(t, url, k).endpoint
	for name, c := range map[string]struct {
		path, key string
		length    int
		body      string
		status    int
		code      string
	}{
		"small":                 {"/mcp", live, 100, "{", 408, "request_timeout"},
		"nothing":               {"/mcp", live, 100, "", 408, "request_timeout"},
		"large":                 {"/mcp", live, 900_000, "{" + strings.Repeat(" ", 100_000), 408, "request_timeout"},
		"chunks":                {"/mcp", live, -1, "{", 408, "request_timeout"},
		"many chunks":           {"/mcp", live, -1, strings.Repeat(" ", 100_000), 408, "request_timeout"},
		"unknown key":           {"/mcp", unknownKey, 100, "{", 401, "invalid_api_key"},
		"unknown key, large":    {"/mcp", unknownKey, 900_000, "{", 401, "invalid_api_key"},
		"unknown key, chunks":   {"/mcp", unknownKey, -1, "{", 401, "invalid_api_key"},
		"message":               {session, live, 100, "{", 408, "request_timeout"},
		"message, unknown key":  {session, unknownKey, 100, "{", 401, "invalid_api_key"},
		"message, no session":   {"/message?sessionId=x", live, 100, "{", 404, "not_found"},
		"no key":                {"/mcp", "", 100, "{", 401, "missing_api_key"},
		"no key, large":         {"/mcp", "", 900_000, "{", 401, "missing_api_key"},
		"no such path":          {"/x", live, 100, "{", 404, "not_found"},
		"too large by its head": {"/mcp", live, 2 << 20, "{", 413, "body_too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			if status, code := begin(t, url, c.path, c.key, c.length, c.body).answer(t); status != c.status || code != c.code {
				t.Errorf("got %d %s, want %d %s", status, code, c.status, c.code)
			}
		})
	}
}

// TestStrangersLargeBody: of a key that nobody vouched for, no more than a small body is waited for.
func TestStrangersLargeBody(t *testing.T) {
	api := newAPI(t)
	cfg := both()
	cfg.BodyTimeout = time.Hour
	url, stop := serve(t, api, cfg)
	for name, length := range map[string]int{"stated": 900_000, "chunked": -1} {
		if status, code := begin(t, url, "/mcp", unknownKey, length, strings.Repeat(" ", 80_000)).answer(t); status != 401 || code != "invalid_api_key" {
			t.Errorf("%s: %d %s", name, status, code)
		}
	}
	if got := api.accessCount(); got != 2 {
		t.Errorf("%d look-ups, want one for each", got)
	}
	stop()
}

// TestLargeBodiesAreCounted: one key cannot hold all the room there is for large bodies, nor does it keep small ones out.
func TestLargeBodiesAreCounted(t *testing.T) {
	api := newAPI(t)
	cfg := both()
	cfg.BodyTimeout = time.Hour
	url, _ := serve(t, api, cfg)
	greedy, other := api.key(t, preset(scope.ReadOnly)).secret.Reveal(), api.key(t, preset(scope.ReadOnly)).secret.Reveal()
	var held []raw
	for range 16 {
		held = append(held, begin(t, url, "/mcp", greedy, 900_000, "{"))
	}
	large := ping + strings.Repeat(" ", 100_000)
	eventually(t, "the seventeenth is refused", func() bool {
		for i, r := range held {
			if r.answered() { // on a busy machine the API may be asked in vain for one of them
				held[i] = begin(t, url, "/mcp", greedy, 900_000, "{")
			}
		}
		resp, body := post(t, url+"/mcp", greedy, large, nil)
		return resp.StatusCode == 429 && problem(body) == "rate_limited" && resp.Header.Get("Retry-After") != ""
	})
	if resp, body := post(t, url+"/mcp", greedy, ping, nil); resp.StatusCode != 200 {
		t.Errorf("small: %d %s", resp.StatusCode, body)
	}
	if resp, body := post(t, url+"/mcp", other, large, nil); resp.StatusCode != 200 {
		t.Errorf("another's large: %d %s", resp.StatusCode, body)
	}
	for _, r := range held {
		_ = r.Close()
	}
	eventually(t, "the room is given back", func() bool {
		resp, _ := post(t, url+"/mcp", greedy, large, nil)
		return resp.StatusCode == 200
	})
}
