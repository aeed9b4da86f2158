package mcpserver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	mcpclient "github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/scope"
)

// jobBody is a job of four records of which so many are done.
func jobBody(done int) string {
	state := map[int]string{0: "pending", 4: "done"}[done]
	if state == "" {
		state = "running"
	}
	return fmt.Sprintf(`{"id":"j1","state":"%s","record_type":"lead","total":4,"enriched":%d,"missed":0,"failed":0,"remaining":%d,"credits_used":%d,"credits_balance":7}`,
		state, done, 4-done, 2*done)
}

// works lets a job have done as many records at each look as the list says, and the last number from then on.
func (a *fakeAPI) works(done ...int) {
	looks := 0
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answer["enrich_records"] = jobBody(0)
	a.before = func(_ *http.Request, tool string) {
		if tool != "get_enrichment_job" {
			return
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		a.answer[tool] = jobBody(done[min(looks, len(done)-1)])
		looks++
	}
}

// told is a progress notification.
type told struct {
	Token    string `json:"progressToken"`
	Progress int    `json:"progress"`
	Total    int    `json:"total"`
	Message  string `json:"message"`
}

// message is what a server sends while a call runs: a notification or the answer.
func readMessage(t *testing.T, data []byte) (note *told, r rpc) {
	t.Helper()
	r = decode(t, data)
	if r.Method != "notifications/progress" {
		return nil, r
	}
	var n struct{ Params told }
	if err := json.Unmarshal(data, &n); err != nil {
		t.Fatal(err)
	}
	return &n.Params, r
}

// callAndListen calls a tool with a progress token and returns what it was told before the answer.
func callAndListen(t *testing.T, c client, tool, args string) (notes []told, r rpc) {
	t.Helper()
	spell := func(version, id string) string {
		text := request(version, id, "tools/call", callParams(tool, args))
		if version == "" {
			return strings.Replace(text, `"params":{`, `"params":{"_meta":{"progressToken":"p-1"},`, 1)
		}
		return strings.Replace(text, `"_meta":{`, `"_meta":{"progressToken":"p-1",`, 1)
	}
	var next func() []byte
	switch c := c.(type) {
	case *process:
		c.n++
		c.send(t, spell(c.version, fmt.Sprint(c.n)))
		next = func() []byte { line, _ := c.out.ReadBytes('\n'); return line }
	case *sse:
		if resp, body := post(t, c.url+c.endpoint, c.key, spell("", "7"), nil); resp.StatusCode != http.StatusAccepted {
			t.Fatalf("%d %s", resp.StatusCode, body)
		}
		next = func() []byte { return []byte(c.next(t).data) }
	case streamable:
		_, body := post(t, c.url+"/mcp", c.key, spell(c.version, `"q"`), c.headers("tools/call", callParams(tool, args)))
		var events []string
		for line := range strings.Lines(string(body)) {
			if data, ok := strings.CutPrefix(line, "data: "); ok {
				events = append(events, data)
			}
		}
		if len(events) == 0 {
			t.Fatalf("no stream: %s", body)
		}
		next = func() []byte { e := events[0]; events = events[1:]; return []byte(e) }
	}
	for {
		note, answer := readMessage(t, next())
		if note == nil {
			return notes, answer
		}
		notes = append(notes, *note)
	}
}

func stateOf(r rpc) string {
	var job struct{ State string }
	if r.Result != nil {
		_ = json.Unmarshal(r.Result.StructuredContent, &job)
	}
	return job.State
}

// TestProgress follows a job over every transport: the client is told as the job goes on, in order and before the answer, which is the job's last state.
func TestProgress(t *testing.T) {
	everyTransport(t, func(t *testing.T, api *fakeAPI, connect func(*fakeKey) client) {
		c := connect(api.key(t, preset(scope.WriteEnrichment)))
		want := []told{
			{"p-1", 0, 4, "0 of 4 records: 0 enriched, 0 missed, 0 failed; 0 credits"},
			{"p-1", 2, 4, "2 of 4 records: 2 enriched, 0 missed, 0 failed; 4 credits"},
			{"p-1", 4, 4, "4 of 4 records: 4 enriched, 0 missed, 0 failed; 8 credits"},
		}
		api.works(2, 4)
		notes, r := callAndListen(t, c, "enrich_records", arguments("enrich_records"))
		if d := cmp.Diff(want, notes); d != "" || stateOf(r) != "done" {
			t.Errorf("enrich_records (-want +got):\n%s\n%s", d, r.raw)
		}
		api.works(0, 2, 4)
		notes, r = callAndListen(t, c, "get_enrichment_job", `{"id":"j1"}`)
		if d := cmp.Diff(want, notes); d != "" || stateOf(r) != "done" {
			t.Errorf("get_enrichment_job (-want +got):\n%s\n%s", d, r.raw)
		}
		api.works(4)
		asked := api.count("get_enrichment_job")
		if r, _ := call(t, c, "enrich_records"); stateOf(r) != "pending" || api.count("get_enrichment_job") != asked {
			t.Errorf("without a token the answer waited: %s", r.raw)
		}
	})
}

// TestProgressOfOtherCalls shows that a token makes nothing of a call that has no progress.
func TestProgressOfOtherCalls(t *testing.T) {
	api := newAPI(t)
	k := api.key(t, preset(scope.Full))
	p := start(t, "UNSTUCK_API_URL="+api.URL, "UNSTUCK_API_KEY="+k.secret.Reveal())
	for _, tool := range []string{"find_leads", "enrich_record"} {
		if notes, r := callAndListen(t, p, tool, arguments(tool)); len(notes) != 0 || r.Result == nil || r.Result.IsError {
			t.Errorf("%s: %v, %s", tool, notes, r.raw)
		}
	}
	api.mu.Lock()
	api.answer["enrich_records"] = `{"id":"","state":"pending","record_type":"lead","total":4,"enriched":0,"missed":0,"failed":0,"remaining":4,"credits_used":0,"credits_balance":7,"quote":{"least":0,"most":8}}`
	api.mu.Unlock()
	if notes, r := callAndListen(t, p, "enrich_records", `{"ids":["l1"],"dry_run":true}`); len(notes) != 0 || stateOf(r) != "pending" {
		t.Errorf("a quote: %v, %s", notes, r.raw)
	}
}

// TestProgressEnds shows each way in which following a job ends before the job does.
func TestProgressEnds(t *testing.T) {
	t.Run("when its time is over", func(t *testing.T) {
		api := newAPI(t)
		api.followFor = 20 * time.Millisecond
		url, _ := serve(t, api, both())
		k := api.key(t, preset(scope.WriteEnrichment))
		api.works(2)
		notes, r := callAndListen(t, streamable{url, k.secret.Reveal(), ""}, "enrich_records", arguments("enrich_records"))
		if len(notes) == 0 || r.Result == nil || r.Result.IsError || stateOf(r) == "done" {
			t.Errorf("%v, %s", notes, r.raw)
		}
	})
	t.Run("with the key", func(t *testing.T) {
		everyTransport(t, func(t *testing.T, api *fakeAPI, connect func(*fakeKey) client) {
			if _, onSSE := connect(api.key(t, preset(scope.Full))).(*sse); onSSE {
				return // the stream itself ends
			}
			k := api.key(t, preset(scope.WriteEnrichment))
			c := connect(k)
			api.works(2)
			looked := api.before
			api.before = func(r *http.Request, tool string) {
				if looked(r, tool); tool == "get_enrichment_job" {
					api.set(k, fault.KeyRevoked)
				}
			}
			if notes, r := callAndListen(t, c, "enrich_records", arguments("enrich_records")); r.code() != "key_revoked" || len(notes) == 0 {
				t.Errorf("%v, %s", notes, r.raw)
			}
		})
	})
	t.Run("when the server stops", func(t *testing.T) {
		api := newAPI(t)
		url, stop := serve(t, api, both())
		k := api.key(t, preset(scope.WriteEnrichment))
		api.works(2)
		looks := api.before
		var once sync.Once
		api.before = func(r *http.Request, tool string) {
			if looks(r, tool); tool == "get_enrichment_job" {
				once.Do(func() { go stop() })
			}
		}
		notes, r := callAndListen(t, streamable{url, k.secret.Reveal(), modern}, "enrich_records", arguments("enrich_records"))
		if len(notes) == 0 || r.Result == nil || r.Result.IsError || stateOf(r) == "done" {
			t.Errorf("%v, %s", notes, r.raw)
		}
	})
	t.Run("when the client wants no more", func(t *testing.T) {
		api := newAPI(t)
		k := api.key(t, preset(scope.WriteEnrichment))
		p := start(t, "UNSTUCK_API_URL="+api.URL, "UNSTUCK_API_KEY="+k.secret.Reveal())
		api.works(2)
		p.send(t, strings.Replace(request("", "1", "tools/call", callParams("enrich_records", arguments("enrich_records"))), `"params":{`, `"params":{"_meta":{"progressToken":9},`, 1))
		if first := p.receive(t); first.Method != "notifications/progress" || !strings.Contains(first.raw, `"progressToken":9`) {
			t.Fatalf("%s", first.raw)
		}
		p.send(t, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`)
		p.send(t, request("", "2", "ping", "{}"))
		for r := p.receive(t); string(r.ID) != "2"; r = p.receive(t) {
			if r.Method != "notifications/progress" {
				t.Fatalf("a cancelled call is answered: %s", r.raw)
			}
		}
	})
}

// TestProgressOutlivesAnOutage lets the API fail at some looks, which says nothing of the job.
func TestProgressOutlivesAnOutage(t *testing.T) {
	api := newAPI(t)
	url, _ := serve(t, api, both())
	k := api.key(t, preset(scope.WriteEnrichment))
	api.works(4)
	var once sync.Once
	looks := api.before
	api.before = func(r *http.Request, tool string) {
		if looks(r, tool); tool == "enrich_records" {
			once.Do(func() {
				api.setDown(true)
				time.AfterFunc(30*time.Millisecond, func() { api.setDown(false) })
			})
		}
	}
	if _, r := callAndListen(t, streamable{url, k.secret.Reveal(), ""}, "enrich_records", arguments("enrich_records")); stateOf(r) != "done" {
		t.Errorf("%s", r.raw)
	}
}

// TestProgressNeedsAStream answers at once a client that takes no event stream.
func TestProgressNeedsAStream(t *testing.T) {
	api := newAPI(t)
	url, _ := serve(t, api, both())
	k := api.key(t, preset(scope.WriteEnrichment))
	api.works(2)
	text := strings.Replace(request("", "1", "tools/call", callParams("enrich_records", arguments("enrich_records"))), `"params":{`, `"params":{"_meta":{"progressToken":"p"},`, 1)
	resp, body := post(t, url+"/mcp", k.secret.Reveal(), text, http.Header{"Accept": {"application/json"}})
	if resp.Header.Get("Content-Type") != "application/json" || stateOf(decode(t, body)) != "pending" {
		t.Errorf("%v %s", resp.Header, body)
	}
}

// TestProgressWithTheLibrary follows a job with the client of another codebase over each transport.
func TestProgressWithTheLibrary(t *testing.T) {
	api := newAPI(t)
	url, _ := serve(t, api, both())
	k := api.key(t, preset(scope.WriteEnrichment))
	auth := map[string]string{"Authorization": "Bearer " + k.secret.Reveal()}
	for name, connect := range map[string]func() (*mcpclient.Client, error){
		"stdio": func() (*mcpclient.Client, error) { return inProcess(t, api, k), nil },
		"http": func() (*mcpclient.Client, error) {
			return mcpclient.NewStreamableHttpClient(url+"/mcp", transport.WithHTTPHeaders(auth))
		},
		"sse": func() (*mcpclient.Client, error) {
			return mcpclient.NewSSEMCPClient(url+"/sse", transport.WithHeaders(auth))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := connect()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close(); http.DefaultTransport.(*http.Transport).CloseIdleConnections() }()
			if err := c.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Initialize(t.Context(), mcp.InitializeRequest{Params: mcp.InitializeParams{ProtocolVersion: "2025-11-25", ClientInfo: mcp.Implementation{Name: "test", Version: "1"}}}); err != nil {
				t.Fatal(err)
			}
			var mu sync.Mutex
			heard := map[float64]bool{}
			c.OnNotification(func(n mcp.JSONRPCNotification) {
				mu.Lock()
				defer mu.Unlock()
				if done, ok := n.Params.AdditionalFields["progress"].(float64); ok && n.Method == "notifications/progress" {
					heard[done] = true
				}
			})
			api.works(1, 3, 4)
			var r mcp.CallToolRequest
			r.Params.Name, r.Params.Arguments = "enrich_records", json.RawMessage(arguments("enrich_records"))
			r.Params.Meta = &mcp.Meta{ProgressToken: "t"}
			got, err := c.CallTool(context.Background(), r)
			if err != nil || got.IsError {
				t.Fatalf("%v, %+v", err, got)
			}
			eventually(t, "the last notification", func() bool {
				mu.Lock()
				defer mu.Unlock()
				return len(heard) == 4 && heard[4]
			})
		})
	}
}
