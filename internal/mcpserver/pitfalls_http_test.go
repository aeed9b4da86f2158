package mcpserver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/mcpserver"
	"github.com/unstuckengine/unstuck/internal/scope"
)

const unknownKey = "unstuck_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf067pPw_a1b2c3d4"

// problem is the code of a problem document, "" for any other body.
func problem(body []byte) string {
	var p struct {
		Code      string `json:"code"`
		RequestID string `json:"request_id"`
	}
	if json.Unmarshal(body, &p) != nil || p.RequestID == "" {
		return ""
	}
	return p.Code
}

const ping = `{"jsonrpc":"2.0","id":1,"method":"ping"}`

// TestFrontOrder: each refusal of the front, and that an earlier one wins over all later ones.
func TestFrontOrder(t *testing.T) {
	api := newAPI(t)
	url, _ := serve(t, api, both())
	live := api.key(t, preset(scope.ReadOnly)).secret.Reveal()
	dead := api.key(t, preset(scope.ReadOnly))
	api.set(dead, fault.KeyExpired)
	big := strings.Repeat(" ", 1<<20+1)
	for name, c := range map[string]struct {
		method, path, key, body string
		header                  http.Header
		status                  int
		code                    string
	}{
		"oauth metadata":            {"GET", "/.well-known/oauth-protected-resource", "", "", nil, 404, "not_found"},
		"oauth registration":        {"POST", "/register", live, "{}", nil, 404, "not_found"},
		"other path":                {"POST", "/mcp/", live, ping, nil, 404, "not_found"},
		"escaped path":              {"POST", "/%6dcp", live, ping, nil, 404, "not_found"},
		"pitfall 4: Host":           {"POST", "/mcp", live, ping, http.Header{"Host": {"evil.example"}}, 403, "host_not_allowed"},
		"pitfall 3: Origin":         {"POST", "/mcp", live, ping, http.Header{"Origin": {"https://evil.example"}}, 403, "origin_not_allowed"},
		"Origin null":               {"POST", "/mcp", live, ping, http.Header{"Origin": {"null"}}, 403, "origin_not_allowed"},
		"Host before Origin":        {"POST", "/mcp", "", ping, http.Header{"Host": {"evil.example"}, "Origin": {"https://evil.example"}}, 403, "host_not_allowed"},
		"Origin before key":         {"POST", "/mcp", "", ping, http.Header{"Origin": {"https://evil.example"}}, 403, "origin_not_allowed"},
		"long URI":                  {"POST", "/mcp?" + strings.Repeat("a", 8<<10), "", ping, nil, 414, "uri_too_long"},
		"no key before method":      {"GET", "/mcp", "", "", nil, 401, "missing_api_key"},
		"key in the query":          {"POST", "/mcp?api_key=" + live, "", ping, nil, 401, "missing_api_key"},
		"other scheme":              {"POST", "/mcp", "", ping, http.Header{"Authorization": {"Basic " + live}}, 401, "missing_api_key"},
		"two keys":                  {"POST", "/mcp", "", ping, http.Header{"Authorization": {"Bearer " + live, "Bearer " + live}}, 401, "missing_api_key"},
		"malformed before method":   {"DELETE", "/mcp", live[:65], "", nil, 401, "invalid_api_key"},
		"unknown before method":     {"GET", "/mcp", unknownKey, "", nil, 401, "invalid_api_key"},
		"dead before method":        {"PUT", "/mcp", dead.secret.Reveal(), "", nil, 401, "key_expired"},
		"dead before type":          {"POST", "/mcp", dead.secret.Reveal(), ping, http.Header{"Content-Type": {"text/plain"}}, 401, "key_expired"},
		"dead before size":          {"POST", "/mcp", dead.secret.Reveal(), big, nil, 401, "key_expired"},
		"dead before JSON":          {"POST", "/mcp", dead.secret.Reveal(), "{", nil, 401, "key_expired"},
		"dead notification":         {"POST", "/mcp", dead.secret.Reveal(), `{"jsonrpc":"2.0","method":"notifications/initialized"}`, nil, 401, "key_expired"},
		"dead and unknown tool":     {"POST", "/mcp", dead.secret.Reveal(), request("", "1", "tools/call", callParams("x", "{}")), nil, 401, "key_expired"},
		"dead initialize":           {"POST", "/mcp", dead.secret.Reveal(), request("", "1", "initialize", "{}"), nil, 401, "key_expired"},
		"pitfall 15: GET":           {"GET", "/mcp", live, "", nil, 405, "method_not_allowed"},
		"DELETE":                    {"DELETE", "/mcp", live, "", nil, 405, "method_not_allowed"},
		"HEAD":                      {"HEAD", "/mcp", live, "", nil, 405, ""},
		"POST to SSE":               {"POST", "/sse", live, ping, nil, 405, "method_not_allowed"},
		"type":                      {"POST", "/mcp", live, ping, http.Header{"Content-Type": {"text/plain"}}, 415, "unsupported_media_type"},
		"other charset":             {"POST", "/mcp", live, ping, http.Header{"Content-Type": {"application/json; charset=iso-8859-1"}}, 415, "unsupported_media_type"},
		"other charset, not first":  {"POST", "/mcp", live, ping, http.Header{"Content-Type": {"application/json; v=1; charset=utf-16"}}, 415, "unsupported_media_type"},
		"two charsets":              {"POST", "/mcp", live, ping, http.Header{"Content-Type": {"application/json; charset=utf-8; charset=utf-16"}}, 415, "unsupported_media_type"},
		"two types":                 {"POST", "/mcp", live, ping, http.Header{"Content-Type": {"application/json", "text/plain"}}, 415, "unsupported_media_type"},
		"no type":                   {"POST", "/mcp", live, ping, http.Header{"Content-Type": nil}, 415, "unsupported_media_type"},
		"charset of a message":      {"POST", "/message?sessionId=x", live, ping, http.Header{"Content-Type": {"application/json; charset=latin1"}}, 415, "unsupported_media_type"},
		"pitfall 14: Accept":        {"POST", "/mcp", live, ping, http.Header{"Accept": {"text/html"}}, 406, "not_acceptable"},
		"pitfall 5: size":           {"POST", "/mcp", live, big, nil, 413, "body_too_large"},
		"pitfall 6: legacy session": {"POST", "/mcp", live, ping, http.Header{"Mcp-Session-Id": {"x"}}, 404, "not_found"},
		"message without stream":    {"POST", "/message?sessionId=x", live, ping, nil, 404, "not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			resp, body := do(t, c.method, url+c.path, c.key, c.body, c.header)
			if resp.StatusCode != c.status || problem(body) != c.code {
				t.Errorf("got %d %s, want %d %s", resp.StatusCode, body, c.status, c.code)
			}
			if challenge := resp.Header.Get("WWW-Authenticate"); (c.status == 401) != (challenge != "") || strings.Contains(challenge, "resource_metadata") {
				t.Errorf("WWW-Authenticate %q with %d", challenge, c.status)
			}
			if (c.status == 405) != (resp.Header.Get("Allow") != "") {
				t.Errorf("Allow: %q", resp.Header.Get("Allow"))
			}
			if strings.Contains(string(body), "evil") || len(c.key) > 60 && strings.Contains(string(body), c.key) {
				t.Errorf("echoes input: %s", body)
			}
		})
	}
	if n := api.count("find_accounts"); n != 0 {
		t.Errorf("%d calls reached the API", n)
	}
}

// TestPitfall05ChunkedBody: a body of unstated length is cut off as well.
func TestPitfall05ChunkedBody(t *testing.T) {
	api := newAPI(t)
	url, _ := serve(t, api, both())
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/mcp", io.MultiReader(strings.NewReader(strings.Repeat(" ", 2<<20))))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+api.key(t, preset(scope.Full)).secret.Reveal())
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", resp.StatusCode)
	}
}

// TestInitializeSettlesVersion: a client of a later revision that opens as a legacy one is told the version to speak.
func TestInitializeSettlesVersion(t *testing.T) {
	api := newAPI(t)
	url, _ := serve(t, api, both())
	key := api.key(t, preset(scope.ReadOnly)).secret.Reveal()
	ask := request("", "1", "initialize", `{"protocolVersion":"2099-01-01","capabilities":{},"clientInfo":{"name":"t","version":"1"}}`)
	resp, body := post(t, url+"/mcp", key, ask, http.Header{"Mcp-Protocol-Version": {"2099-01-01"}})
	if r := decode(t, body); resp.StatusCode != 200 || r.Result == nil || r.Result.ProtocolVersion != "2025-11-25" {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
}

// TestCharsetUTF8: in every spelling that says UTF-8.
func TestCharsetUTF8(t *testing.T) {
	api := newAPI(t)
	url, _ := serve(t, api, both())
	key := api.key(t, preset(scope.ReadOnly)).secret.Reveal()
	for _, kind := range []string{"application/json", "Application/JSON;charset=UTF-8", `application/json; charset="utf-8"`, "application/json; v=1; charset=utf-8"} {
		if resp, body := post(t, url+"/mcp", key, ping, http.Header{"Content-Type": {kind}}); resp.StatusCode != 200 {
			t.Errorf("%s: %d %s", kind, resp.StatusCode, body)
		}
	}
}

// TestErrorsByEra: JSON-RPC errors and their HTTP statuses, in both eras.
func TestErrorsByEra(t *testing.T) {
	api := newAPI(t)
	url, _ := serve(t, api, both())
	key := api.key(t, preset(scope.ReadOnly)).secret.Reveal()
	head := func(kv ...string) http.Header {
		h := http.Header{"Mcp-Protocol-Version": {modern}, "Mcp-Method": {"tools/call"}, "Mcp-Name": {"find_leads"}}
		for i := 0; i < len(kv); i += 2 {
			if h.Set(kv[i], kv[i+1]); kv[i+1] == "" {
				h.Del(kv[i])
			}
		}
		return h
	}
	ask := request(modern, "1", "tools/call", callParams("find_leads", "{}"))
	for name, c := range map[string]struct {
		body         string
		header       http.Header
		status, code int
	}{
		"bad JSON":                 {"{", nil, 400, -32700},
		"batch":                    {"[" + ping + "]", nil, 400, -32600},
		"wrong case":               {`{"jsonrpc":"2.0","id":1,"Method":"ping"}`, nil, 400, -32600},
		"legacy method":            {request("", "1", "prompts/list", "{}"), nil, 200, -32601},
		"legacy version":           {request("", "1", "tools/list", "{}"), http.Header{"Mcp-Protocol-Version": {"2020-01-01"}}, 400, -32022},
		"legacy unknown tool":      {request("", "1", "tools/call", callParams("x", "{}")), nil, 200, -32602},
		"modern unknown tool":      {request(modern, "1", "tools/call", callParams("x", "{}")), head("Mcp-Name", "x"), 400, -32602},
		"modern method":            {request(modern, "1", "prompts/list", "{}"), head("Mcp-Method", "prompts/list", "Mcp-Name", ""), 404, -32601},
		"modern version":           {request("2031-01-01", "1", "tools/list", "{}"), http.Header{"Mcp-Protocol-Version": {"2031-01-01"}}, 400, -32022},
		"future header":            {request("", "1", "tools/list", "{}"), http.Header{"Mcp-Protocol-Version": {"2099-01-01"}}, 400, -32022},
		"future header, no date":   {ping, http.Header{"Mcp-Protocol-Version": {"draft"}}, 400, -32022},
		"future header over body":  {ask, head("Mcp-Protocol-Version", "2099-01-01"), 400, -32022},
		"past in the body":         {request("2020-01-01", "1", "tools/list", "{}"), nil, 400, -32022},
		"future, no capabilities":  {`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2031-01-01"}}}`, nil, 400, -32022},
		"future and other method":  {request("2031-01-01", "1", "prompts/list", "{}"), nil, 400, -32022},
		"no version":               {request(" ", "1", "tools/list", "{}"), nil, 400, -32022},
		"no capabilities":          {`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`, head("Mcp-Method", "tools/list", "Mcp-Name", ""), 400, -32602},
		"header version only":      {ping, head(), 400, -32602},
		"body version only":        {ask, nil, 400, -32020},
		"versions differ":          {ask, head("Mcp-Protocol-Version", "2025-11-25"), 400, -32020},
		"methods differ":           {ask, head("Mcp-Method", "tools/list"), 400, -32020},
		"no method header":         {ask, head("Mcp-Method", ""), 400, -32020},
		"names differ":             {ask, head("Mcp-Name", "get_record"), 400, -32020},
		"allowed name over hidden": {request(modern, "1", "tools/call", callParams("push_signal", "{}")), head(), 400, -32020},
		"no name header":           {ask, head("Mcp-Name", ""), 400, -32020},
		"last event id":            {ask, head("Last-Event-Id", "1"), 400, -32020},
	} {
		t.Run(name, func(t *testing.T) {
			resp, body := post(t, url+"/mcp", key, c.body, c.header)
			r := decode(t, body)
			if resp.StatusCode != c.status || r.Error == nil || r.Error.Code != c.code {
				t.Fatalf("got %d %s, want %d %d", resp.StatusCode, body, c.status, c.code)
			}
			if c.code == -32022 && !strings.Contains(string(r.Error.Data), `"supported":["2026-07-28"`) {
				t.Errorf("does not say what is supported: %s", body)
			}
			if strings.Contains(r.raw, "find_leads") || strings.Contains(r.raw, "2031") || strings.Contains(r.raw, "2020-") {
				t.Errorf("echoes input: %s", body)
			}
		})
	}
	if n := api.count("find_leads") + api.count("push_signal"); n != 0 {
		t.Errorf("%d refused calls reached the API", n)
	}
}

// TestStoreDown: 503 with Retry-After, for known keys and others; never 401, never a tool.
func TestStoreDown(t *testing.T) {
	api := newAPI(t)
	url, _ := serve(t, api, both())
	known, fresh := api.key(t, preset(scope.Full)).secret.Reveal(), api.key(t, preset(scope.Full)).secret.Reveal()
	if r, _ := call(t, streamable{url, known, ""}, "find_leads"); r.Result == nil {
		t.Fatal(r.raw)
	}
	api.setDown(true)
	for _, key := range []string{known, fresh} {
		for _, body := range []string{ping, request("", "1", "tools/list", "{}"), request("", "1", "tools/call", callParams("find_leads", "{}"))} {
			resp, text := post(t, url+"/mcp", key, body, nil)
			if resp.StatusCode != 503 || problem(text) != "store_unavailable" || resp.Header.Get("Retry-After") == "" {
				t.Errorf("%s: %d %s", body, resp.StatusCode, text)
			}
		}
	}
	api.setDown(false)
	if r, status := call(t, streamable{url, fresh, modern}, "find_leads"); status != 200 || r.Result == nil {
		t.Errorf("after healing: %d %s", status, r.raw)
	}
}

// TestPitfall15NoSharedState: many keys at once, all with the same request id, each get their own answer; and one cannot
// cancel another's call.
func TestPitfall15NoSharedState(t *testing.T) {
	api := newAPI(t)
	url, _ := serve(t, api, both())
	victim, other := api.key(t, preset(scope.ReadOnly)).secret.Reveal(), api.key(t, preset(scope.ReadOnly)).secret.Reveal()
	arrived, release := make(chan struct{}), make(chan struct{})
	api.mu.Lock()
	api.before = func(r *http.Request, tool string) {
		if tool == "find_leads" {
			close(arrived)
			select {
			case <-release:
			case <-r.Context().Done():
			}
		}
	}
	api.mu.Unlock()
	var wg sync.WaitGroup
	wg.Go(func() {
		if r, status := call(t, streamable{url, victim, ""}, "find_leads"); status != 200 || r.Result == nil || r.Result.IsError {
			t.Errorf("cancelled by another: %d %s", status, r.raw)
		}
	})
	<-arrived
	for _, version := range []string{"", modern} {
		body := `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"q"}}`
		header := http.Header{}
		if version != "" {
			body = strings.Replace(request(version, "0", "notifications/cancelled", `{"requestId":"q"}`), `"id":0,`, "", 1)
			header = http.Header{"Mcp-Protocol-Version": {version}, "Mcp-Method": {"notifications/cancelled"}}
		}
		if resp, text := post(t, url+"/mcp", other, body, header); resp.StatusCode != 202 || len(text) > 0 {
			t.Errorf("cancelled notification: %d %s", resp.StatusCode, text)
		}
	}
	close(release)
	wg.Wait()
	for i := range 20 {
		k := api.key(t, preset(scope.ReadOnly))
		wg.Go(func() {
			r, _ := call(t, streamable{url, k.secret.Reveal(), modern}, "get_access_status")
			if r.Result == nil || !strings.Contains(string(r.Result.StructuredContent), fmt.Sprintf(`"id":"%s"`, k.secret.ID())) {
				t.Errorf("%d: another's answer: %s", i, r.raw)
			}
		})
	}
	wg.Wait()
}

// TestClosingCancels: the call at the API ends with the client's connection.
func TestClosingCancels(t *testing.T) {
	api := newAPI(t)
	url, _ := serve(t, api, both())
	arrived, ended := make(chan struct{}), make(chan struct{})
	api.before = func(r *http.Request, _ string) { close(arrived); <-r.Context().Done(); close(ended) }
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/mcp", strings.NewReader(request("", "1", "tools/call", callParams("find_leads", "{}"))))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+api.key(t, preset(scope.ReadOnly)).secret.Reveal())
	req.Header.Set("Content-Type", "application/json")
	go func() { <-arrived; cancel() }()
	if resp, err := http.DefaultClient.Do(req); err == nil {
		resp.Body.Close()
		t.Error("the request ended by itself")
	}
	<-ended
}

// TestPitfall13Listen: a subscription is acknowledged and, as lists never change, ended at once; so nothing holds a stop up.
func TestPitfall13Listen(t *testing.T) {
	api := newAPI(t)
	url, stop := serve(t, api, both())
	key := api.key(t, preset(scope.ReadOnly)).secret.Reveal()
	s := streamable{url, key, modern}
	params := `{"notifications":{"toolsListChanged":true}}`
	resp, body := post(t, url+"/mcp", key, request(modern, `"sub"`, "subscriptions/listen", params), s.headers("subscriptions/listen", params))
	text := string(body)
	if resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") ||
		!strings.Contains(text, "notifications/subscriptions/acknowledged") || !strings.Contains(text, `"id":"sub","result"`) || !strings.Contains(text, `"io.modelcontextprotocol/subscriptionId":"sub"`) {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	stop()
}

// TestCORS: only listed origins, spelt out, before the key is asked for.
func TestCORS(t *testing.T) {
	api := newAPI(t)
	url, _ := serve(t, api, both())
	for _, path := range []string{"/mcp", "/sse", "/message"} {
		resp, _ := do(t, http.MethodOptions, url+path, "", "", http.Header{"Origin": {"https://app.example"}, "Access-Control-Request-Method": {"POST"}})
		if resp.StatusCode != 204 || resp.Header.Get("Access-Control-Allow-Origin") != "https://app.example" || !strings.Contains(resp.Header.Get("Access-Control-Allow-Headers"), "Authorization") {
			t.Errorf("%s: %d %v", path, resp.StatusCode, resp.Header)
		}
		resp, _ = do(t, http.MethodOptions, url+path, "", "", http.Header{"Origin": {"https://evil.example"}})
		if resp.StatusCode != 403 || resp.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s from elsewhere: %d %v", path, resp.StatusCode, resp.Header)
		}
	}
	resp, _ := post(t, url+"/mcp", "", ping, http.Header{"Origin": {"https://app.example"}})
	if resp.StatusCode != 401 || resp.Header.Get("Access-Control-Allow-Origin") != "https://app.example" {
		t.Errorf("a page cannot read the refusal: %d %v", resp.StatusCode, resp.Header)
	}
}

// TestOnlyWhatIsServed: a transport that was not asked for is not there.
func TestOnlyWhatIsServed(t *testing.T) {
	api := newAPI(t)
	key := api.key(t, preset(scope.Full)).secret.Reveal()
	url, _ := serve(t, api, mcpserver.HTTPConfig{Streamable: true, Hosts: []string{"127.0.0.1"}})
	if resp, _ := do(t, "GET", url+"/sse", key, "", nil); resp.StatusCode != 404 {
		t.Errorf("/sse: %d", resp.StatusCode)
	}
	if resp, _ := post(t, url+"/mcp", key, ping, http.Header{"Host": {"localhost"}}); resp.StatusCode != 403 {
		t.Errorf("localhost unlisted: %d", resp.StatusCode)
	}
	url, _ = serve(t, api, mcpserver.HTTPConfig{SSE: true, LoopbackHosts: true})
	if resp, _ := post(t, url+"/mcp", key, ping, nil); resp.StatusCode != 404 {
		t.Errorf("/mcp: %d", resp.StatusCode)
	}
}
