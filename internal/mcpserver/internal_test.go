package mcpserver

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/rs/zerolog"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/scope"
)

// TestInstructionsAreShort: at most 600 tokens, estimated as bytes / 4.
func TestInstructionsAreShort(t *testing.T) {
	if n := len(instructions) / 4; n > 600 {
		t.Errorf("%d tokens", n)
	}
}

// TestNoCallerNoTools: a context that no message made sees and runs nothing; no call runs inside the library.
func TestNoCallerNoTools(t *testing.T) {
	s := New(Config{Log: zerolog.Nop()})
	if got := s.filter(context.Background(), []mcp.Tool{s.tools["find_leads"]}); len(got) != 0 {
		t.Errorf("filter: %v", got)
	}
	for _, ctx := range []context.Context{context.Background(), withCaller(context.Background(), &caller{set: scope.Of(scope.RecordsRead)})} {
		resp := s.mcp.HandleMessage(ctx, []byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"find_leads"}}`))
		if e, ok := resp.(mcp.JSONRPCError); !ok || e.Error.Code != mcp.INVALID_PARAMS {
			t.Errorf("call: %v", resp)
		}
	}
	if _, err := notHere(context.Background(), mcp.CallToolRequest{}); err != errNotHere {
		t.Errorf("handler: %v", err)
	}
}

// TestPitfall10Panic: a panic inside a call becomes a fixed error, its text goes to the log.
func TestPitfall10Panic(t *testing.T) {
	var log strings.Builder
	s := New(Config{Log: zerolog.New(&log)})
	c := &caller{set: scope.Of(scope.RecordsRead)} // without a client: the call panics
	m := parse([]byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"find_leads"}}`))
	r := s.answer(context.Background(), c, m)
	if want := string(refuseOurs.encode(m.id)); string(r.body) != want || !strings.Contains(log.String(), "nil pointer") {
		t.Errorf("%s; log %s", r.body, log.String())
	}
}

// TestMemoryIsBounded: the map never outgrows its limit, and a dropped key is forgotten.
func TestMemoryIsBounded(t *testing.T) {
	m := newMemory()
	for i := range maxRemembered + 100 {
		m.keep(handle{byte(i), byte(i >> 8), byte(i >> 16)}, scope.Set(1))
	}
	if len(m.sets) != maxRemembered {
		t.Errorf("%d entries", len(m.sets))
	}
	last := handle{1, 2, 3}
	m.keep(last, scope.Set(2))
	if set, ok := m.recall(last); !ok || set != 2 {
		t.Errorf("recall: %v, %v", set, ok)
	}
	if m.drop(last); len(m.sets) != maxRemembered-1 {
		t.Errorf("%d entries after a drop", len(m.sets))
	}
}

// TestNewIDLength holds find to the length of names that newID draws.
func TestNewIDLength(t *testing.T) {
	streams := newStreams(New(Config{Log: zerolog.Nop()}))
	h := handle{7}
	st := &stream{id: streams.newID(h), handle: h}
	streams.all[st.id] = st
	if streams.find(st.id, h) != st || streams.find(st.id, handle{8}) != nil {
		t.Error("an id is not bound to its key")
	}
}

// TestManyStrangers: when too many bodies of unchecked keys arrive, a key is asked about before its body is read.
func TestManyStrangers(t *testing.T) {
	asked := 0
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		p := fault.Wrap(fault.InvalidAPIKey, nil).Problem("r")
		w.WriteHeader(p.Status)
		_ = json.NewEncoder(w).Encode(p)
	}))
	defer api.Close()
	client, err := apiclient.New(api.URL, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	f := newFront(New(Config{Client: client, Log: zerolog.Nop()}), HTTPConfig{Streamable: true})
	for range strangersAtOnce {
		if !f.intake.strangers.enter(struct{}{}) {
			t.Fatal("too few are let in")
		}
	}
	body := strings.NewReader("{}")
	x := &exchange{w: httptest.NewRecorder(), r: httptest.NewRequest(http.MethodPost, PathMCP, body), who: identity{client: client}}
	if _, err := f.body(x); fault.CodeOf(err) != fault.InvalidAPIKey || asked != 1 || body.Len() != 2 {
		t.Errorf("%v, asked %d times, %d bytes left", err, asked, body.Len())
	}
	f.intake.strangers.leave(struct{}{})
	if got, err := f.body(x); err != nil || string(got) != "{}" || asked != 1 {
		t.Errorf("with room: %q, %v, asked %d times", got, err, asked)
	}
}

func TestProgram(t *testing.T) {
	const meta = `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":`
	for info, want := range map[string]string{
		`{"name":"cursor","version":"1.2.3"}`:                    "cursor 1.2.3",
		`{"name":"cursor"}`:                                      "cursor",
		`{"name":"a) evil/1 (\r\nX: y","version":"<b>2</b>"}`:    "a-evil-1-X-y b-2-b",
		`{"name":"` + strings.Repeat("x", 100) + `"}`:            strings.Repeat("x", 40),
		`{"name":"日本"}`:                                          "",
		`{"name":7}`:                                             "",
		`"cursor"`:                                               "",
		`{"name":"unstuck\u202e","version":"\u0000","more":[1]}`: "unstuck",
	} {
		if got := parse([]byte(meta + info + `}}}`)).program(); got != want {
			t.Errorf("%s is %q, want %q", info, got, want)
		}
	}
	for agent, want := range map[string]string{"node": "node", "claude-ai/0.9 (x)": "claude-ai 0.9", "": "", "a/b/c": "a b-c"} {
		if got := programOf(agent); got != want {
			t.Errorf("%q is %q, want %q", agent, got, want)
		}
	}
}
