package mcpserver_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// everyTransport runs fn for each way in which a client can ask.
func everyTransport(t *testing.T, fn func(t *testing.T, api *fakeAPI, connect func(k *fakeKey) client)) {
	t.Run("stdio legacy", func(t *testing.T) { stdioTransport(t, "", fn) })
	t.Run("stdio modern", func(t *testing.T) { stdioTransport(t, modern, fn) })
	for name, version := range map[string]string{"http legacy": "", "http modern": modern} {
		t.Run(name, func(t *testing.T) {
			api := newAPI(t)
			url, _ := serve(t, api, both())
			fn(t, api, func(k *fakeKey) client { return streamable{url, k.secret.Reveal(), version} })
		})
	}
	t.Run("sse", func(t *testing.T) {
		api := newAPI(t)
		url, _ := serve(t, api, both())
		fn(t, api, func(k *fakeKey) client {
			c, status := openSSE(t, url, k.secret.Reveal())
			if status != 200 {
				t.Fatalf("open: %d", status)
			}
			return c
		})
	})
}

func stdioTransport(t *testing.T, version string, fn func(t *testing.T, api *fakeAPI, connect func(k *fakeKey) client)) {
	api := newAPI(t)
	fn(t, api, func(k *fakeKey) client {
		p := start(t, "UNSTUCK_API_URL="+api.URL, "UNSTUCK_API_KEY="+k.secret.Reveal())
		p.version = version
		return p
	})
}

func sets() map[string]scope.Set {
	all := map[string]scope.Set{"settings only": scope.Of(scope.SettingsWrite), "push only": scope.Of(scope.SignalsWrite)}
	for _, p := range scope.Presets() {
		all[string(p)] = preset(p)
	}
	return all
}

// TestMatrix holds every transport to the catalogue: what a key may not do is not listed, answers as if it were not there,
// and never reaches the API, which would have run it.
func TestMatrix(t *testing.T) {
	everyTransport(t, func(t *testing.T, api *fakeAPI, connect func(*fakeKey) client) {
		for name, set := range sets() {
			k := api.key(t, set)
			c := connect(k)
			list, _ := c.ask(t, "tools/list", "{}")
			if diff := cmp.Diff(tools.Allowed(set), list.toolNames()); diff != "" {
				t.Errorf("%s: listed (-want +got):\n%s", name, diff)
			}
			unknown, unknownStatus := call(t, c, "no_such_tool")
			for _, spec := range tools.All() {
				before := api.count(spec.Name)
				got, status := call(t, c, spec.Name)
				after := api.count(spec.Name)
				switch {
				case set.Allows(spec.Permission):
					if got.Result == nil || got.Result.IsError {
						t.Errorf("%s: %s refused: %s", name, spec.Name, got.raw)
					}
				case after != before:
					t.Errorf("%s: forbidden %s reached the API", name, spec.Name)
				case sameAnswer(got) != sameAnswer(unknown) || status != unknownStatus || got.Error == nil || got.Error.Code != -32602:
					t.Errorf("%s: forbidden %s differs from an unknown tool:\n%s (%d)\n%s (%d)", name, spec.Name, got.raw, status, unknown.raw, unknownStatus)
				}
			}
		}
	})
}

// sameAnswer is the answer but for the id.
func sameAnswer(r rpc) string { return strings.Replace(r.raw, `"id":`+string(r.ID), "", 1) }

// TestDeadKeyMidSession revokes a key under a running client.
func TestDeadKeyMidSession(t *testing.T) {
	everyTransport(t, func(t *testing.T, api *fakeAPI, connect func(*fakeKey) client) {
		k := api.key(t, preset(scope.ReadOnly))
		c := connect(k)
		if r, _ := call(t, c, "find_accounts"); r.Result == nil || r.Result.IsError {
			t.Fatalf("before: %s", r.raw)
		}
		api.set(k, fault.KeyRevoked)
		ran := api.count("find_accounts")
		r, status := call(t, c, "find_accounts")
		_, onStdio := c.(*process)
		switch {
		case onStdio && r.code() != "key_revoked":
			t.Errorf("stdio: want isError key_revoked: %s", r.raw)
		case !onStdio && (status != 401 && status != 404 || r.Result != nil): // an SSE stream may have ended already
			t.Errorf("http: %d %s", status, r.raw)
		}
		if api.count("find_accounts") != ran {
			t.Error("a call by a revoked key ran")
		}
		if !onStdio {
			return
		}
		list, _ := c.ask(t, "tools/list", "{}")
		if diff := cmp.Diff([]string{"get_access_status"}, list.toolNames()); diff != "" {
			t.Errorf("list after revocation:\n%s", diff)
		}
		if r, _ := call(t, c, "get_access_status"); !strings.Contains(string(r.Result.StructuredContent), `"usable":false,"code":"key_revoked"`) || r.Result.IsError {
			t.Errorf("status: %s", r.raw)
		}
		api.set(k, "")
		if list, _ := c.ask(t, "tools/list", "{}"); len(list.toolNames()) < 2 {
			t.Errorf("does not recover: %s", list.raw)
		}
	})
}

// TestPlanLost: only get_access_status is listed, the key's tools say that the plan is missing, others are not there.
func TestPlanLost(t *testing.T) {
	everyTransport(t, func(t *testing.T, api *fakeAPI, connect func(*fakeKey) client) {
		k := api.key(t, preset(scope.ReadOnly))
		c := connect(k)
		if _, ok := c.(*sse); ok {
			return // its stream ends, see TestStreamEndsWithKey
		}
		if r, _ := call(t, c, "find_accounts"); r.Result == nil || r.Result.IsError {
			t.Fatalf("before: %s", r.raw)
		}
		api.set(k, fault.FeatureNotAllowed)
		for range 2 {
			if r, status := call(t, c, "find_accounts"); status != 200 || r.code() != "feature_not_allowed" || !r.Result.IsError {
				t.Errorf("within: %d %s", status, r.raw)
			}
		}
		if r, _ := call(t, c, "push_signal"); r.Error == nil || r.Error.Code != -32602 {
			t.Errorf("outside: %s", r.raw)
		}
		list, _ := c.ask(t, "tools/list", "{}")
		if diff := cmp.Diff([]string{"get_access_status"}, list.toolNames()); diff != "" {
			t.Errorf("list:\n%s", diff)
		}
		if r, _ := call(t, c, "get_access_status"); !strings.Contains(r.raw, `"code":"feature_not_allowed"`) {
			t.Errorf("status: %s", r.raw)
		}
	})
}

// TestRoundTrips counts what a call costs: one request once the permissions are known.
func TestRoundTrips(t *testing.T) {
	api := newAPI(t)
	url, _ := serve(t, api, both())
	k := api.key(t, preset(scope.ReadOnly))
	c := streamable{url, k.secret.Reveal(), modern}
	for i, want := range []int{1, 1, 1} {
		if r, _ := call(t, c, "find_accounts"); r.Result == nil {
			t.Fatal(r.raw)
		}
		if got := api.accessCount(); got != want {
			t.Errorf("call %d: %d look-ups so far, want %d", i, got, want)
		}
	}
	if r, _ := call(t, c, "get_access_status"); r.Result == nil || api.accessCount() != 2 {
		t.Errorf("get_access_status: %d look-ups in all, want 2", api.accessCount())
	}
	if r, _ := c.ask(t, "tools/call", callParams("find_accounts", `{"limit":1000}`)); r.code() != "validation_failed" || !r.Result.IsError || api.accessCount() != 2 {
		t.Errorf("bad arguments: %s, %d look-ups", r.raw, api.accessCount())
	}
	if n := api.count("find_accounts"); n != 4 {
		t.Errorf("calls: %d", n)
	}
}

// TestBadArgumentsComeLast: what the API refuses before arguments is what a call with bad ones hears, as over HTTP.
func TestBadArgumentsComeLast(t *testing.T) {
	everyTransport(t, func(t *testing.T, api *fakeAPI, connect func(*fakeKey) client) {
		k := api.key(t, preset(scope.ReadOnly))
		c := connect(k)
		bad := map[string]string{
			"find_accounts": `{"limit":1000}`, "find_leads": `[]`, "list_signals": `{"no_such_field":1}`, "get_record": `{"domain":{"a":[[1]]}}`,
		}
		expect := func(code string) {
			t.Helper()
			for tool, args := range bad {
				if r, status := c.ask(t, "tools/call", callParams(tool, args)); status != 200 || r.code() != code || !r.Result.IsError {
					t.Errorf("%s: want %s, got %d %s", tool, code, status, r.raw)
				}
			}
		}
		expect("validation_failed")
		for _, args := range []string{`{"domain":5}`, `{"domain":null}`, `{"domain":"a.example","handle":"b"}`, `{"Domain":"a.example"}`} {
			if r, _ := c.ask(t, "tools/call", callParams("get_record", args)); r.code() != "validation_failed" {
				t.Errorf("get_record %s: %s", args, r.raw)
			}
		}
		api.limit(k, true)
		expect("rate_limited")
		api.limit(k, false)
		if _, ok := c.(*sse); ok {
			return // its stream ends with the plan, see TestStreamEndsWithKey
		}
		api.set(k, fault.FeatureNotAllowed)
		expect("feature_not_allowed")
		if r, _ := c.ask(t, "tools/call", callParams("push_signal", `{"x":1}`)); r.Error == nil || r.Error.Code != -32602 {
			t.Errorf("outside: %s", r.raw)
		}
	})
}
