package mcpserver_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/mcpserver"
)

var binary string

// TestMain builds the program that the stdio tests start.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "mcp-server")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "mcp-server")
	build := exec.Command("go", "build", "-o", binary, "github.com/unstuckengine/unstuck/cmd/mcp-server")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		panic(fmt.Sprintf("build: %v\n%s", err, out))
	}
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// rpc is a JSON-RPC response.
type rpc struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Result  *result         `json:"result"`
	Error   *struct {
		Code    int             `json:"code"`
		Message string          `json:"message"`
		Data    json.RawMessage `json:"data"`
	} `json:"error"`
	raw string
}

type result struct {
	ResultType        string          `json:"resultType"`
	ProtocolVersion   string          `json:"protocolVersion"`
	SupportedVersions []string        `json:"supportedVersions"`
	CacheScope        string          `json:"cacheScope"`
	TTL               *int            `json:"ttlMs"`
	Tools             []tool          `json:"tools"`
	IsError           bool            `json:"isError"`
	StructuredContent json.RawMessage `json:"structuredContent"`
	Content           []struct {
		Text string `json:"text"`
	} `json:"content"`
}

type tool struct {
	Name         string          `json:"name"`
	Description  string          `json:"description"`
	InputSchema  json.RawMessage `json:"inputSchema"`
	OutputSchema json.RawMessage `json:"outputSchema"`
	Annotations  map[string]any  `json:"annotations"`
}

func (r rpc) toolNames() []string {
	names := []string{}
	for _, t := range r.Result.Tools {
		names = append(names, t.Name)
	}
	return names
}

// code is the fault code of an isError result, or "".
func (r rpc) code() string {
	var s struct {
		Error struct {
			Code string `json:"code"`
		} `json:"error"`
	}
	if r.Result != nil {
		_ = json.Unmarshal(r.Result.StructuredContent, &s)
	}
	return s.Error.Code
}

func decode(t *testing.T, data []byte) rpc {
	t.Helper()
	var r rpc
	if err := json.Unmarshal(data, &r); err != nil || r.JSONRPC != "2.0" {
		t.Fatalf("not a JSON-RPC message: %v: %s", err, data)
	}
	r.raw = string(data)
	return r
}

const modern = "2026-07-28"

// request spells a request of an era; version "" is legacy.
func request(version, id, method, params string) string {
	if version == "" {
		return `{"jsonrpc":"2.0","id":` + id + `,"method":"` + method + `","params":` + params + `}`
	}
	meta := `"_meta":{"io.modelcontextprotocol/protocolVersion":"` + version + `","io.modelcontextprotocol/clientCapabilities":{}}`
	if inner := strings.TrimSuffix(strings.TrimPrefix(params, "{"), "}"); inner != "" {
		meta += "," + inner
	}
	return `{"jsonrpc":"2.0","id":` + id + `,"method":"` + method + `","params":{` + meta + `}}`
}

func callParams(tool, args string) string { return `{"name":"` + tool + `","arguments":` + args + `}` }

// client asks one thing over some transport. A refusal of the whole request comes back as its HTTP status.
type client interface {
	ask(t *testing.T, method, params string) (rpc, int)
}

func call(t *testing.T, c client, tool string) (rpc, int) {
	t.Helper()
	return c.ask(t, "tools/call", callParams(tool, arguments(tool)))
}

// output is what a process has written so far.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// process is mcp-server over stdio.
type process struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr output
	n      int
	// version is the era in which it asks.
	version string
}

func start(t *testing.T, env ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(binary)}
	p.cmd.Env = append([]string{"HOME=" + t.TempDir()}, env...)
	p.cmd.Stderr = &p.stderr
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.in.Close(); _ = p.cmd.Process.Kill(); _ = p.cmd.Wait() })
	return p
}

func (p *process) send(t *testing.T, line string) {
	t.Helper()
	if _, err := io.WriteString(p.in, line+"\n"); err != nil {
		t.Fatal(err)
	}
}

func (p *process) receive(t *testing.T) rpc {
	t.Helper()
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		t.Fatalf("%v; stderr: %s", err, p.stderr.String())
	}
	return decode(t, bytes.TrimSpace(line))
}

func (p *process) ask(t *testing.T, method, params string) (rpc, int) {
	t.Helper()
	p.n++
	p.send(t, request(p.version, fmt.Sprint(p.n), method, params))
	return p.receive(t), 200
}

// serve starts the HTTP transports before the API and returns their address.
func serve(t *testing.T, api *fakeAPI, cfg mcpserver.HTTPConfig) (string, context.CancelFunc) {
	t.Helper()
	c, err := apiclient.New(api.URL, "test")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	s := mcpserver.New(mcpserver.Config{Client: c, Version: "test", Log: zerolog.Nop(), FollowEvery: 2 * time.Millisecond, FollowFor: api.followFor})
	go func() { done <- s.Serve(ctx, l, cfg) }()
	var once sync.Once
	end := func() {
		once.Do(func() {
			stop()
			if err := <-done; err != nil {
				t.Errorf("Serve: %v", err)
			}
			c.Close()
			http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		})
	}
	t.Cleanup(end)
	return "http://" + l.Addr().String(), end
}

func both() mcpserver.HTTPConfig {
	return mcpserver.HTTPConfig{Streamable: true, SSE: true, LoopbackHosts: true, Origins: []string{"https://app.example"}}
}

// streamable asks over Streamable HTTP in one era.
type streamable struct {
	url, key, version string
}

func (s streamable) ask(t *testing.T, method, params string) (rpc, int) {
	t.Helper()
	resp, body := post(t, s.url+"/mcp", s.key, request(s.version, `"q"`, method, params), s.headers(method, params))
	if kind := resp.Header.Get("Content-Type"); strings.HasPrefix(kind, "application/json") {
		return decode(t, body), resp.StatusCode
	}
	return rpc{raw: string(body)}, resp.StatusCode
}

func (s streamable) headers(method, params string) http.Header {
	h := http.Header{}
	if s.version != "" {
		h.Set("Mcp-Protocol-Version", s.version)
		h.Set("Mcp-Method", method)
		var p struct {
			Name string `json:"name"`
		}
		_ = json.Unmarshal([]byte(params), &p)
		if p.Name != "" {
			h.Set("Mcp-Name", p.Name)
		}
	}
	return h
}

func post(t *testing.T, url, key, body string, more http.Header) (*http.Response, []byte) {
	t.Helper()
	return do(t, http.MethodPost, url, key, body, more)
}

func do(t *testing.T, method, url, key, body string, more http.Header) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	for name, values := range more {
		req.Header[name] = values
		if name == "Host" {
			req.Host = values[0]
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, data
}

// sse asks over one legacy stream.
type sse struct {
	url, key, endpoint string
	resp               *http.Response
	events             chan sseEvent
	cancel             context.CancelFunc
}

type sseEvent struct{ name, data string }

func openSSE(t *testing.T, url, key string) (*sse, int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/sse", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Accept", "text/event-stream")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	s := &sse{url: url, key: key, resp: resp, events: make(chan sseEvent, 64), cancel: cancel}
	t.Cleanup(s.close)
	if resp.StatusCode != http.StatusOK {
		return s, resp.StatusCode
	}
	go s.read()
	s.endpoint = s.next(t).data
	return s, http.StatusOK
}

func (s *sse) close() { s.cancel(); _ = s.resp.Body.Close() }

func (s *sse) read() {
	defer close(s.events)
	var e sseEvent
	for lines := bufio.NewScanner(s.resp.Body); lines.Scan(); {
		switch line := lines.Text(); {
		case strings.HasPrefix(line, "event: "):
			e.name = line[len("event: "):]
		case strings.HasPrefix(line, "data: "):
			e.data = line[len("data: "):]
		case line == "" && e.name != "":
			s.events <- e
			e = sseEvent{}
		}
	}
}

// next returns the next event; the name is "" when the stream ended.
func (s *sse) next(t *testing.T) sseEvent {
	t.Helper()
	select {
	case e := <-s.events:
		return e
	case <-time.After(20 * time.Second):
		t.Fatal("no event on the stream")
		return sseEvent{}
	}
}

func (s *sse) ask(t *testing.T, method, params string) (rpc, int) {
	t.Helper()
	resp, body := post(t, s.url+s.endpoint, s.key, request("", "7", method, params), nil)
	if resp.StatusCode != http.StatusAccepted {
		return rpc{raw: string(body)}, resp.StatusCode
	}
	return decode(t, []byte(s.next(t).data)), http.StatusOK
}
