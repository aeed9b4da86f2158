package fault_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// statuses is the contract's table.
var statuses = map[int]string{
	400: "invalid_json invalid_request",
	401: "missing_api_key invalid_api_key key_revoked key_expired",
	402: "credits_exhausted",
	403: "feature_not_allowed insufficient_scope origin_not_allowed host_not_allowed",
	404: "not_found", 405: "method_not_allowed", 406: "not_acceptable", 408: "request_timeout",
	409: "idempotency_in_flight secret_not_replayable already_revoked conflict",
	411: "length_required", 413: "body_too_large", 414: "uri_too_long", 415: "unsupported_media_type", 431: "headers_too_large",
	422: "validation_failed idempotency_key_reused",
	429: "rate_limited auth_throttled too_many_streams",
	500: "internal",
	503: "store_unavailable storage_full shutting_down api_unreachable",
}

func TestEveryCodeHasItsStatusAndTexts(t *testing.T) {
	want := map[fault.Code]int{}
	for status, codes := range statuses {
		for _, c := range strings.Fields(codes) {
			want[fault.Code(c)] = status
		}
	}
	got := map[fault.Code]int{}
	for _, c := range fault.Codes() {
		got[c] = c.Status()
		if !c.Known() || c.Title() == "" || !strings.HasSuffix(c.Detail(), ".") {
			t.Errorf("%s: title %q, detail %q", c, c.Title(), c.Detail())
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("codes (-want +got):\n%s", d)
	}
	if c := fault.Code("nonsense"); c.Known() || c.Status() != 500 || c.Title() != "" || c.Detail() != "" {
		t.Error("an unknown code is known")
	}
}

func TestEveryCodeCrossesTheWire(t *testing.T) {
	for _, c := range fault.Codes() {
		sent := &fault.Error{Code: c, Detail: c.Detail(), RetryAfter: 1500 * time.Millisecond, KeyID: "a1b2c3d4", Cause: errors.New("private"),
			Fields: []fault.Field{{Path: "filter.all[0]", Message: "must be known", Allowed: []string{"a", "b"}}, {Path: "", Message: "m"}}}
		if c == fault.InsufficientScope {
			sent.RequiredScope = "signals:write"
		}
		body, err := json.Marshal(sent.Problem("req-1"))
		if err != nil || strings.Contains(string(body), "private") {
			t.Fatalf("%s: %s, %v", c, body, err)
		}
		want := *sent
		want.RequestID, want.Cause, want.RetryAfter = "req-1", nil, 2*time.Second
		got := fault.Parse(c.Status(), body)
		if d := cmp.Diff(&want, got, cmpopts.EquateEmpty()); d != "" || !errors.Is(fmt.Errorf("call: %w", got), fault.New(c, "")) {
			t.Errorf("%s (-want +got):\n%s", c, d)
		}
	}
}

func TestProblemDocuments(t *testing.T) {
	for name, c := range map[string]struct {
		err  *fault.Error
		want string
	}{
		"default detail": {&fault.Error{Code: fault.NotFound}, `{"type":"urn:unstuck:problem:not_found","title":"Not found","status":404,"detail":"There is nothing there. Check the path, id or hint, or search with find_accounts or find_leads.","code":"not_found","request_id":"r"}`},
		"fields": {fault.Invalid("limit", "must be 1 to 100"),
			`{"type":"urn:unstuck:problem:validation_failed","title":"Validation failed","status":422,"detail":"The input does not fit the schema. Correct the fields named in errors and send it again.","code":"validation_failed","request_id":"r","errors":[{"field":"limit","message":"must be 1 to 100"}]}`},
		"scope": {&fault.Error{Code: fault.InsufficientScope, Detail: "d", RequiredScope: "records:read"},
			`{"type":"urn:unstuck:problem:insufficient_scope","title":"Insufficient scope","status":403,"detail":"d","code":"insufficient_scope","request_id":"r","required_scope":"records:read"}`},
		"no scope suffices": {&fault.Error{Code: fault.InsufficientScope, Detail: "d"},
			`{"type":"urn:unstuck:problem:insufficient_scope","title":"Insufficient scope","status":403,"detail":"d","code":"insufficient_scope","request_id":"r","required_scope":null}`},
		"key id": {&fault.Error{Code: fault.SecretNotReplayable, Detail: "d", KeyID: "a1b2c3d4"},
			`{"type":"urn:unstuck:problem:secret_not_replayable","title":"Secret not replayable","status":409,"detail":"d","code":"secret_not_replayable","request_id":"r","key_id":"a1b2c3d4"}`},
		"retry": {&fault.Error{Code: fault.RateLimited, Detail: "d", RetryAfter: 2001 * time.Millisecond},
			`{"type":"urn:unstuck:problem:rate_limited","title":"Rate limited","status":429,"detail":"d","code":"rate_limited","request_id":"r","retry_after":3}`},
		"retry unsaid": {fault.New(fault.ShuttingDown, "d"),
			`{"type":"urn:unstuck:problem:shutting_down","title":"Shutting down","status":503,"detail":"d","code":"shutting_down","request_id":"r","retry_after":1}`},
	} {
		got, err := json.Marshal(c.err.Problem("r"))
		if string(got) != c.want || err != nil {
			t.Errorf("%s: %v\n got %s\nwant %s", name, err, got, c.want)
		}
	}
}

func TestNoScopeSufficesCrossesTheWire(t *testing.T) {
	body, err := json.Marshal((&fault.Error{Code: fault.InsufficientScope}).Problem("r"))
	if got := fault.Parse(403, body); err != nil || got.Code != fault.InsufficientScope || got.RequiredScope != "" {
		t.Errorf("Parse(%s) = %+v, %v", body, got, err)
	}
}

func TestParseOfWhatIsNoProblem(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   fault.Code
	}{
		{"HTML", 500, "<html>secret</html>", fault.Internal},
		{"empty", 404, "", fault.Internal},
		{"unknown code", 400, `{"code":"secret","status":400}`, fault.Internal},
		{"code of another status", 403, `{"code":"not_found","detail":"secret"}`, fault.Internal},
		{"a proxy's 502", 502, "secret", fault.StoreUnavailable},
		{"a proxy's 503", 503, `{"code":"not_found"}`, fault.StoreUnavailable},
		{"a proxy's 504", 504, "", fault.StoreUnavailable},
	} {
		got := fault.Parse(c.status, []byte(c.body))
		if got.Code != c.want || got.Detail == "" || strings.Contains(got.Error(), "secret") {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
}

func TestErrorsHideTheirCause(t *testing.T) {
	cause := errors.New("password=hunter2")
	err := fault.Wrap(fault.StoreUnavailable, cause)
	for _, text := range []string{err.Error(), fmt.Sprint(err), fmt.Sprintf("read: %v", err)} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("printed: %s", text)
		}
	}
	if !errors.Is(err, cause) || err.Detail != fault.StoreUnavailable.Detail() {
		t.Errorf("Wrap = %+v", err)
	}
}

func TestFromAndCodeOf(t *testing.T) {
	known := fault.Newf(fault.Conflict, "%d of them", 2)
	foreign := errors.New("foreign")
	for _, c := range []struct {
		name string
		err  error
		code fault.Code
		text string
	}{
		{"nil", nil, "", ""},
		{"our own", known, fault.Conflict, "conflict: 2 of them"},
		{"wrapped", fmt.Errorf("op: %w", known), fault.Conflict, "conflict: 2 of them"},
		{"foreign", foreign, fault.Internal, "internal: " + fault.Internal.Detail()},
		{"with a field", fault.Invalid("a.b", "is wrong", "x"), fault.ValidationFailed, "validation_failed: " + fault.ValidationFailed.Detail() + " (a.b: is wrong)"},
	} {
		if got := fault.CodeOf(c.err); got != c.code {
			t.Errorf("%s: CodeOf = %q", c.name, got)
		}
		switch e := fault.From(c.err); {
		case c.err == nil && e != nil, c.err != nil && e.Error() != c.text:
			t.Errorf("%s: From = %v, want %q", c.name, e, c.text)
		}
	}
	if !errors.Is(fault.From(foreign), foreign) {
		t.Error("the foreign cause is lost")
	}
	if errors.Is(known, fault.New(fault.NotFound, "")) || errors.Is(known, foreign) {
		t.Error("two codes are one")
	}
}

func TestRetrySeconds(t *testing.T) {
	for _, c := range []struct {
		code  fault.Code
		after time.Duration
		want  int
	}{
		{fault.RateLimited, 0, 1}, {fault.RateLimited, 1, 1}, {fault.RateLimited, time.Second, 1}, {fault.AuthThrottled, time.Second + 1, 2},
		{fault.StoreUnavailable, 0, 1}, {fault.StoreUnavailable, -time.Minute, 1}, {fault.NotFound, 0, 0}, {fault.NotFound, time.Minute, 60},
	} {
		if got := (&fault.Error{Code: c.code, RetryAfter: c.after}).RetrySeconds(); got != c.want {
			t.Errorf("%s after %v: %d, want %d", c.code, c.after, got, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(404, []byte(`{"code":"not_found","detail":"d","errors":[{"field":"a"}],"retry_after":9}`))
	f.Add(503, []byte(`{"code":"store_unavailable","retry_after":-1e300}`))
	f.Add(200, []byte(`null`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		e := fault.Parse(status, body)
		if !e.Code.Known() {
			t.Fatalf("code %q", e.Code)
		}
		if _, err := json.Marshal(e.Problem("r")); err != nil {
			t.Fatal(err)
		}
	})
}
