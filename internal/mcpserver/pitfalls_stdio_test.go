package mcpserver_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/tools"
)

func readOnly(t *testing.T, api *fakeAPI, more ...string) *process {
	k := api.key(t, preset(scope.ReadOnly))
	return start(t, append([]string{"UNSTUCK_API_URL=" + api.URL, "UNSTUCK_API_KEY=" + k.secret.Reveal()}, more...)...)
}

// TestPitfall01Drain: a client that closes its end still gets every answer, and the program then ends with 0.
func TestPitfall01Drain(t *testing.T) {
	api := newAPI(t)
	release := make(chan struct{})
	var once sync.Once
	arrived := make(chan struct{}, 100)
	api.before = func(*http.Request, string) { arrived <- struct{}{}; <-release }
	p := readOnly(t, api)
	const n = 61
	for i := range n {
		p.send(t, request("", fmt.Sprint(i), "tools/call", callParams("find_accounts", "{}")))
	}
	if err := p.in.Close(); err != nil {
		t.Fatal(err)
	}
	<-arrived
	once.Do(func() { close(release) })
	seen := map[string]bool{}
	for range n {
		r := p.receive(t)
		if r.Result == nil || r.Result.IsError {
			t.Fatal(r.raw)
		}
		seen[string(r.ID)] = true
	}
	if len(seen) != n {
		t.Errorf("%d different answers, want %d", len(seen), n)
	}
	if rest, _ := io.ReadAll(p.out); len(rest) > 0 {
		t.Errorf("more on stdout: %s", rest)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("exit: %v", err)
	}
}

// TestPitfall10NothingVerbatim: what the API sends by mistake reaches no client.
func TestPitfall10NothingVerbatim(t *testing.T) {
	api := newAPI(t)
	const leak = "panic: secret internals"
	for name, body := range map[string]string{"no JSON": leak, "an array": `["` + leak + `"]`, "half": `{"items":["` + leak + `"]`} {
		api.answer["find_accounts"] = body
		p := readOnly(t, api)
		r, _ := call(t, p, "find_accounts")
		if r.code() != "internal" || !r.Result.IsError || strings.Contains(r.raw, leak) || strings.Contains(p.stderr.String(), leak) {
			t.Errorf("%s: %s; stderr %s", name, r.raw, p.stderr.String())
		}
	}
}

// TestPitfall21LineCap: a line beyond 4 MiB is refused and the next one served; the largest allowed is served too.
func TestPitfall21LineCap(t *testing.T) {
	api := newAPI(t)
	p := readOnly(t, api)
	line := func(size int) string {
		head, tail := `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"`, `"}}`
		return head + strings.Repeat("a", size-len(head)-len(tail)-1) + tail
	}
	go func() {
		_, _ = io.WriteString(p.in, line(4<<20+1)+"\n"+line(4<<20)+"\n\n  \n"+line(100)+"\n")
	}()
	if r := p.receive(t); r.Error == nil || r.Error.Code != -32700 || string(r.ID) != "null" {
		t.Errorf("too long: %s", r.raw)
	}
	for range 2 {
		if r := p.receive(t); r.Error != nil {
			t.Errorf("after it: %s", r.raw)
		}
	}
}

// TestStdioEnvelope holds the reader to exact, single, bounded messages with fixed refusals.
func TestStdioEnvelope(t *testing.T) {
	api := newAPI(t)
	p := readOnly(t, api)
	for line, want := range map[string]int{
		`{`:    -32700,
		`nope`: -32700,
		`{"jsonrpc":"2.0","id":1,"method":"ping"} {}`:                                                                 -32700,
		`{"jsonrpc":"2.0","id":1,"id":1,"method":"ping"}`:                                                             -32700,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}":                                                          -32700,
		`{"jsonrpc":"2.0","id":1,"method":"ping","params":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}`: -32700,
		`[{"jsonrpc":"2.0","id":1,"method":"ping"}]`:                                                                  -32600,
		`"text"`: -32600,
		`{"jsonrpc":"2.0","id":1,"METHOD":"ping"}`:                                                                                   -32600,
		`{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/list"}`:                                                             -32600,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"find_leads","Name":"push_signal"}}`:                         -32600,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"find_leads","argument\u017f":{}}}`:                          -32600,
		`{"jsonrpc":"1.0","id":1,"method":"ping"}`:                                                                                   -32600,
		`{"id":1,"method":"ping"}`:                                                                                                   -32600,
		`{"jsonrpc":"2.0","id":null,"method":"ping"}`:                                                                                -32600,
		`{"jsonrpc":"2.0","id":1.5,"method":"ping"}`:                                                                                 -32600,
		`{"jsonrpc":"2.0","id":true,"method":"ping"}`:                                                                                -32600,
		`{"jsonrpc":"2.0","id":[1],"method":"ping"}`:                                                                                 -32600,
		`{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}`:                                                                    -32600,
		`{"jsonrpc":"2.0","id":"` + strings.Repeat("x", 257) + `","method":"ping"}`:                                                  -32600,
		`{"jsonrpc":"2.0","id":1,"method":7}`:                                                                                        -32600,
		`{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}`:                                                                      -32600,
		`{"jsonrpc":"2.0","id":1}`:                                                                                                   -32600,
		`{"jsonrpc":"2.0","id":1,"method":"no/such"}`:                                                                                -32601,
		`{"jsonrpc":"2.0","id":1,"method":"resources/list"}`:                                                                         -32601,
		`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"eA=="}}`:                                                  -32602,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":7}}`:                                                         -32602,
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":7}}`:                                              -32600,
		request("2026-07-28", "1", "ping", "{}"):                                                                                     -32601,
		request("2099-01-01", "1", "tools/list", "{}"):                                                                               -32022,
		`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`: -32602,
	} {
		p.send(t, line)
		r := p.receive(t)
		if r.Error == nil || r.Error.Code != want {
			t.Errorf("%.120s\n got %s, want %d", line, r.raw, want)
			continue
		}
		for _, leak := range []string{"no/such", "find_leads", "json:", "Go ", "2099"} {
			if strings.Contains(r.raw, leak) {
				t.Errorf("%.80s: echoes %q: %s", line, leak, r.raw)
			}
		}
	}
	for _, id := range []string{`1`, `0`, `-9007199254740992`, `9007199254740992`, `"x"`, `""`, `"ä\n<&>"`} {
		p.send(t, `{"jsonrpc":"2.0","id":`+id+`,"method":"ping"}`)
		if r := p.receive(t); string(r.ID) != id || r.Error != nil {
			t.Errorf("id %s comes back as %s", id, r.raw)
		}
	}
	if n := api.count("find_leads") + api.count("push_signal"); n != 0 {
		t.Errorf("%d refused messages reached the API", n)
	}
}

// TestStdoutIsProtocol runs through a whole session, dead keys and signals included, and reads every byte of stdout.
func TestStdoutIsProtocol(t *testing.T) {
	api := newAPI(t)
	p := readOnly(t, api, "UNSTUCK_LOG_LEVEL=trace")
	for i, m := range []string{"initialize", "notifications/initialized", "ping", "tools/list", "tools/call", "no/such"} {
		id := fmt.Sprintf(`"id":%d,`, i)
		if strings.HasPrefix(m, "notifications") {
			id = ""
		}
		p.send(t, `{"jsonrpc":"2.0",`+id+`"method":"`+m+`","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"},"name":"find_leads"}}`)
	}
	p.send(t, "not JSON")
	for range 6 {
		p.receive(t)
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(p.out)
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("exit after SIGTERM: %v, %s", err, p.stderr.String())
	}
	if len(rest) > 0 {
		t.Errorf("stdout holds more: %s", rest)
	}
}

// TestCancel: a cancelled call ends at the API and is not answered; another id cancels nothing.
func TestCancel(t *testing.T) {
	api := newAPI(t)
	arrived, ended := make(chan struct{}, 2), make(chan struct{}, 2)
	api.before = func(r *http.Request, tool string) {
		if tool == "find_leads" {
			arrived <- struct{}{}
			<-r.Context().Done()
			ended <- struct{}{}
		}
	}
	p := readOnly(t, api)
	p.send(t, request("", `"a"`, "tools/call", callParams("find_leads", "{}")))
	<-arrived
	p.send(t, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"b"}}`)
	if r, _ := call(t, p, "find_accounts"); r.Result == nil {
		t.Fatal(r.raw)
	}
	p.send(t, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"a"}}`)
	<-ended
	if r, _ := call(t, p, "find_accounts"); string(r.ID) == `"a"` {
		t.Errorf("a cancelled call was answered: %s", r.raw)
	}
}

// TestDeadKeysOnStdio: whatever is wrong with the key, the program starts with one tool that says what, and so does stderr.
func TestDeadKeysOnStdio(t *testing.T) {
	api := newAPI(t)
	live := api.key(t, preset(scope.Full))
	text := live.secret.Reveal()
	revoked := api.key(t, preset(scope.Full))
	api.set(revoked, "key_revoked")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "credentials"), []byte("[default]\napi_key=\""+text+"\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		env  []string
		code string
	}{
		"none":        {nil, "missing_api_key"},
		"malformed":   {[]string{"UNSTUCK_API_KEY=" + text[:65]}, "invalid_api_key"},
		"unknown":     {[]string{"UNSTUCK_API_KEY=unstuck_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf067pPw_a1b2c3d4"}, "invalid_api_key"},
		"revoked":     {[]string{"UNSTUCK_API_KEY=" + revoked.secret.Reveal()}, "key_revoked"},
		"unsafe file": {[]string{"UNSTUCK_CONFIG_DIR=" + dir}, "missing_api_key"},
		"no API":      {[]string{"UNSTUCK_API_KEY=" + text, "UNSTUCK_API_URL=http://127.0.0.1:1"}, "api_unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, append([]string{"UNSTUCK_API_URL=" + api.URL}, c.env...)...)
			list, _ := p.ask(t, "tools/list", "{}")
			if diff := cmp.Diff([]string{"get_access_status"}, list.toolNames()); diff != "" {
				t.Errorf("tools:\n%s", diff)
			}
			r, _ := call(t, p, "get_access_status")
			var s struct {
				Usable               *bool
				Code, Reason         string
				NextStep             string `json:"next_step"`
				Workspace, Key, Plan json.RawMessage
			}
			if err := json.Unmarshal(r.Result.StructuredContent, &s); err != nil || s.Usable == nil || *s.Usable || s.Code != c.code || s.Reason == "" || s.NextStep == "" || r.Result.IsError {
				t.Errorf("status: %v %s", err, r.raw)
			}
			if r, _ := call(t, p, "find_accounts"); r.Error == nil || r.Error.Code != -32602 {
				t.Errorf("another tool: %s", r.raw)
			}
			_ = p.in.Close()
			_ = p.cmd.Wait()
			if !strings.Contains(p.stderr.String(), s.Reason) || strings.Contains(p.stderr.String()+r.raw, text) {
				t.Errorf("stderr: %s", p.stderr.String())
			}
		})
	}
	if n := api.count("find_accounts"); n != 0 {
		t.Errorf("%d calls reached the API", n)
	}
}

// TestRotatedFile: a changed credentials file counts for the next message.
func TestRotatedFile(t *testing.T) {
	api := newAPI(t)
	dir := t.TempDir()
	save := func(k *fakeKey) {
		text := "[default]\napi_key = \"" + k.secret.Reveal() + "\"\napi_url = \"" + api.URL + "\"\n"
		temp := filepath.Join(dir, "new")
		if err := os.WriteFile(temp, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(temp, filepath.Join(dir, "credentials")); err != nil {
			t.Fatal(err)
		}
	}
	p := start(t, "UNSTUCK_CONFIG_DIR="+dir)
	if list, _ := p.ask(t, "tools/list", "{}"); len(list.toolNames()) != 1 {
		t.Errorf("before: %v", list.toolNames())
	}
	old, next := api.key(t, preset(scope.ReadOnly)), api.key(t, preset(scope.Full))
	save(old)
	if list, _ := p.ask(t, "tools/list", "{}"); len(list.toolNames()) != len(tools.Allowed(old.set)) {
		t.Errorf("read only: %v", list.toolNames())
	}
	api.set(old, "key_revoked")
	save(next)
	if r, _ := call(t, p, "push_signal"); r.Result == nil || r.Result.IsError {
		t.Errorf("after rotation: %s", r.raw)
	}
	if strings.Contains(p.stderr.String(), next.secret.Reveal()) {
		t.Error("a key on stderr")
	}
}
