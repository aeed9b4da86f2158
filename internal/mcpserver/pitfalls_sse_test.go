package mcpserver_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/scope"
)

func opened(t *testing.T, url string, k *fakeKey) *sse {
	t.Helper()
	s, status := openSSE(t, url, k.secret.Reveal())
	if status != 200 {
		t.Fatalf("open: %d", status)
	}
	return s
}

// TestPitfall07Binding: a session is there for the key that opened it alone; to others it is as unknown as one never issued.
func TestPitfall07Binding(t *testing.T) {
	api := newAPI(t)
	url, _ := serve(t, api, both())
	owner, thief := api.key(t, preset(scope.ReadOnly)), api.key(t, preset(scope.Full))
	s := opened(t, url, owner)
	id := strings.TrimPrefix(s.endpoint, "/message?sessionId=")
	other := "A"
	if id[:1] == other { // an id may begin with it by chance
		other = "B"
	}
	forged := other + id[1:]
	body := request("", "1", "tools/call", callParams("find_leads", "{}"))
	var unknown []byte
	for name, c := range map[string]struct{ id, key string }{
		"unknown": {"x", thief.secret.Reveal()}, "another's": {id, thief.secret.Reveal()}, "forged": {forged, owner.secret.Reveal()},
		"cut": {id[:len(id)-1], owner.secret.Reveal()}, "none": {"", owner.secret.Reveal()},
		"repeated": {id + "&sessionId=" + id, owner.secret.Reveal()}, "another beside": {id + "&sessionId=zz", owner.secret.Reveal()},
	} {
		resp, text := post(t, url+"/message?sessionId="+c.id, c.key, body, http.Header{"X-Request-Id": {"same"}})
		if resp.StatusCode != 404 {
			t.Errorf("%s: %d %s", name, resp.StatusCode, text)
		}
		if unknown == nil {
			unknown = text
		}
		if string(text) != string(unknown) {
			t.Errorf("%s differs: %s", name, text)
		}
	}
	if n := api.count("find_leads"); n != 0 {
		t.Errorf("%d calls ran", n)
	}
	if r, _ := call(t, s, "find_leads"); r.Result == nil {
		t.Errorf("the owner: %s", r.raw)
	}
}

// TestPitfall08CallsEndWithStream: a call does not run on after its client left.
func TestPitfall08CallsEndWithStream(t *testing.T) {
	api := newAPI(t)
	url, _ := serve(t, api, both())
	arrived, ended := make(chan struct{}), make(chan struct{})
	api.before = func(r *http.Request, _ string) { close(arrived); <-r.Context().Done(); close(ended) }
	k := api.key(t, preset(scope.ReadOnly))
	s := opened(t, url, k)
	resp, _ := post(t, url+s.endpoint, s.key, request("", "1", "tools/call", callParams("find_leads", "{}")), nil)
	if resp.StatusCode != 202 {
		t.Fatalf("status %d", resp.StatusCode)
	}
	<-arrived
	s.close()
	<-ended
	eventually(t, "the session is gone", func() bool {
		resp, _ := post(t, url+s.endpoint, s.key, ping, nil)
		return resp.StatusCode == 404
	})
}

// TestPitfall09LegacyOnly: SSE does not offer the modern revision, and refuses it with those it has.
func TestPitfall09LegacyOnly(t *testing.T) {
	api := newAPI(t)
	url, _ := serve(t, api, both())
	s := opened(t, url, api.key(t, preset(scope.ReadOnly)))
	send := func(body string) rpc {
		if resp, text := post(t, url+s.endpoint, s.key, body, nil); resp.StatusCode != 202 {
			t.Fatalf("%d %s", resp.StatusCode, text)
		}
		return decode(t, []byte(s.next(t).data))
	}
	r := send(request(modern, "1", "server/discover", "{}"))
	if r.Result == nil || len(r.Result.SupportedVersions) == 0 || strings.Contains(strings.Join(r.Result.SupportedVersions, " "), modern) {
		t.Errorf("discover: %s", r.raw)
	}
	if r := send(request(modern, "2", "tools/list", "{}")); r.Error == nil || r.Error.Code != -32022 || strings.Contains(string(r.Error.Data), modern) {
		t.Errorf("list: %s", r.raw)
	}
	for _, version := range []string{"2031-01-01", "2020-01-01"} {
		if r := send(request(version, "2", "tools/list", "{}")); r.Error == nil || r.Error.Code != -32022 || strings.Contains(string(r.Error.Data), modern) {
			t.Errorf("list in %s: %s", version, r.raw)
		}
	}
	r = send(`{"jsonrpc":"2.0","id":3,"method":"initialize","params":{"protocolVersion":"2026-07-28","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`)
	if r.Result == nil || r.Result.ProtocolVersion != "2025-11-25" {
		t.Errorf("initialize: %s", r.raw)
	}
}

// TestStreamEndsWithKey: revocation, expiry and the loss of the plan end every stream of the key, and of no other.
func TestStreamEndsWithKey(t *testing.T) {
	for _, state := range []fault.Code{fault.KeyRevoked, fault.KeyExpired, fault.FeatureNotAllowed} {
		api := newAPI(t)
		url, _ := serve(t, api, both())
		k, other := api.key(t, preset(scope.ReadOnly)), api.key(t, preset(scope.ReadOnly))
		streams := []*sse{opened(t, url, k), opened(t, url, k)}
		bystander := opened(t, url, other)
		api.set(k, state)
		for _, s := range streams {
			if e := s.next(t); e.name != "close" || !strings.Contains(e.data, string(state)) {
				t.Errorf("%s: %+v", state, e)
			}
			if e := s.next(t); e.name != "" {
				t.Errorf("%s: goes on with %+v", state, e)
			}
		}
		want := state.Status()
		if state == fault.FeatureNotAllowed { // tells that the plan is missing, as on every transport
			want = 200
		}
		s, status := openSSE(t, url, k.secret.Reveal())
		if status != want {
			t.Errorf("%s: opens again with %d", state, status)
		}
		if status == 200 {
			if r, _ := s.ask(t, "tools/list", "{}"); len(r.toolNames()) != 1 {
				t.Errorf("%s: lists %s", state, r.raw)
			}
		}
		if r, _ := call(t, bystander, "find_leads"); r.Result == nil {
			t.Errorf("the bystander: %s", r.raw)
		}
		api.set(k, "")
		again := opened(t, url, k)
		api.set(k, state)
		if e := again.next(t); e.name != "close" {
			t.Errorf("%s: a later stream is not watched: %+v", state, e)
		}
		if status == 200 {
			api.set(k, fault.KeyRevoked)
			if e := s.next(t); e.name != "close" {
				t.Errorf("a stream without a plan outlives its key: %+v", e)
			}
		}
	}
}

// TestStreamsStayInOutage: an API that is away says nothing about keys.
func TestStreamsStayInOutage(t *testing.T) {
	api := newAPI(t)
	url, _ := serve(t, api, both())
	k := api.key(t, preset(scope.ReadOnly))
	s := opened(t, url, k)
	api.setDown(true)
	api.set(k, "") // wakes the watch, which now meets the outage
	if resp, body := post(t, url+s.endpoint, s.key, ping, nil); resp.StatusCode != 503 || problem(body) != "store_unavailable" {
		t.Errorf("a message: %d %s", resp.StatusCode, body)
	}
	api.setDown(false)
	if r, _ := call(t, s, "find_leads"); r.Result == nil {
		t.Errorf("after it: %s", r.raw)
	}
}

// TestSSEAsksBeforeEachMessage: a dead key hears 401 instead of 202, notifications included.
func TestSSEAsksBeforeEachMessage(t *testing.T) {
	api := newAPI(t)
	url, _ := serve(t, api, both())
	k := api.key(t, preset(scope.ReadOnly))
	s := opened(t, url, k)
	before := api.accessCount()
	if r, _ := call(t, s, "find_leads"); r.Result == nil {
		t.Fatal(r.raw)
	}
	if resp, _ := post(t, url+s.endpoint, s.key, `{"jsonrpc":"2.0","method":"notifications/initialized"}`, nil); resp.StatusCode != 202 {
		t.Errorf("notification: %d", resp.StatusCode)
	}
	if n := api.accessCount() - before; n != 2 {
		t.Errorf("%d look-ups for two messages", n)
	}
	if resp, body := post(t, url+s.endpoint, s.key, "{", nil); resp.StatusCode != 400 || decode(t, body).Error.Code != -32700 {
		t.Errorf("bad JSON: %d %s", resp.StatusCode, body)
	}
}

// TestStreamCap: the 51st stream of a key is refused until one closes.
func TestStreamCap(t *testing.T) {
	api := newAPI(t)
	url, _ := serve(t, api, both())
	k := api.key(t, preset(scope.ReadOnly))
	var streams []*sse
	for range 50 {
		streams = append(streams, opened(t, url, k))
	}
	s, status := openSSE(t, url, k.secret.Reveal())
	if status != 429 || s.resp.Header.Get("Retry-After") == "" {
		t.Errorf("51st: %d", status)
	}
	other := opened(t, url, api.key(t, preset(scope.ReadOnly)))
	other.close()
	streams[0].close()
	eventually(t, "a place is free again", func() bool {
		_, status := openSSE(t, url, k.secret.Reveal())
		return status == 200
	})
}

// TestShutdownAnswersFirst: a stop lets the running call finish, delivers its answer, then says goodbye.
func TestShutdownAnswersFirst(t *testing.T) {
	api := newAPI(t)
	url, stop := serve(t, api, both())
	arrived, release := make(chan struct{}), make(chan struct{})
	api.before = func(*http.Request, string) { close(arrived); <-release }
	s := opened(t, url, api.key(t, preset(scope.ReadOnly)))
	if resp, _ := post(t, url+s.endpoint, s.key, request("", "1", "tools/call", callParams("find_leads", "{}")), nil); resp.StatusCode != 202 {
		t.Fatalf("status %d", resp.StatusCode)
	}
	<-arrived
	done := make(chan struct{})
	go func() { stop(); close(done) }()
	close(release)
	if r := decode(t, []byte(s.next(t).data)); r.Result == nil || r.Result.IsError {
		t.Errorf("answer: %s", r.raw)
	}
	if e := s.next(t); e.name != "close" || !strings.Contains(e.data, "shutting_down") {
		t.Errorf("goodbye: %+v", e)
	}
	<-done
}
