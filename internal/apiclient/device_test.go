package apiclient_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/fault"
)

func TestDeviceBegin(t *testing.T) {
	var form map[string][]string
	answer := `{"device_code":"d","user_code":"u","verification_uri":"https://x/device","verification_uri_complete":"https://x/device?user_code=u","expires_in":900,"interval":7}`
	c := to(t, func(w http.ResponseWriter, r *http.Request) {
		if r.ParseForm() != nil || r.URL.Path != "/device/code" || r.Header.Get("Authorization") != "" || r.UserAgent() != "agent/1" {
			t.Errorf("%s %v", r.URL, r.Header)
		}
		form = r.PostForm
		reply(200, answer)(w, r)
	})
	got, err := c.DeviceBegin(t.Context(), apiclient.DeviceAsk{Client: "a/1", Host: "h", Preset: "full", Expires: "30"})
	want := apiclient.DeviceCodes{DeviceCode: "d", UserCode: "u", URI: "https://x/device", WholeURI: "https://x/device?user_code=u", Life: 15 * time.Minute, Interval: 7 * time.Second}
	if d := cmp.Diff(want, got) + cmp.Diff(map[string][]string{"client_id": {"a/1"}, "host": {"h"}, "scope": {"full"}, "expires": {"30"}}, form); d != "" || err != nil {
		t.Errorf("%v %s", err, d)
	}
	answer = `{"device_code":"d","user_code":"u","verification_uri":"https://x/device","expires_in":60}`
	if got, err := c.DeviceBegin(t.Context(), apiclient.DeviceAsk{}); err != nil || got.Interval != 5*time.Second {
		t.Errorf("without an interval: %+v, %v", got, err)
	}
	answer = `{}`
	if _, err := c.DeviceBegin(t.Context(), apiclient.DeviceAsk{}); fault.CodeOf(err) != fault.Internal {
		t.Errorf("without codes: %v", err)
	}
}

func TestDeviceAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		oauth  string // "" = none
		code   fault.Code
	}{
		"a key":          {200, `{"access_token":"` + text + `","token_type":"Bearer","revoke_old":true}`, "", ""},
		"half a key":     {200, `{"access_token":"` + text[:60] + `"}`, "", fault.Internal},
		"pending":        {400, `{"error":"authorization_pending","error_description":"Nobody has decided yet."}`, "authorization_pending", fault.Internal},
		"too many":       {429, `{"error":"temporarily_unavailable"}`, "temporarily_unavailable", fault.Internal},
		"an older API":   {404, `{"type":"urn:unstuck:problem:not_found","title":"Not found","status":404,"code":"not_found","detail":"There is nothing there."}`, "", fault.NotFound},
		"the API is off": {503, `The store cannot be reached.`, "", fault.StoreUnavailable},
	} {
		got, err := to(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "9")
			reply(c.status, c.body)(w, r)
		}).DevicePoll(t.Context(), "d")
		var refused *apiclient.DeviceError
		switch {
		case c.oauth != "" && (!errors.As(err, &refused) || refused.Code != c.oauth || refused.RetryAfter != 9*time.Second):
			t.Errorf("%s: %v", name, err)
		case c.oauth == "" && fault.CodeOf(err) != c.code:
			t.Errorf("%s: %v", name, err)
		case err == nil && (got.Key.Reveal() != text || !got.RevokeOld):
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestDeviceDoneProvesTheKey(t *testing.T) {
	c := to(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/device/done" || r.Header.Get("Authorization") != "Bearer "+text || r.FormValue("device_code") != "d" {
			t.Errorf("%s %v", r.URL, r.Form)
		}
		reply(200, `{"revoked":true}`)(w, r)
	})
	if err := c.DeviceDone(t.Context(), secret(t), "d"); err != nil {
		t.Error(err)
	}
}
