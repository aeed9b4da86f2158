package devicepages_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

func TestRotation(t *testing.T) {
	w := newWorld(t)
	old, err := w.keys.Create(t.Context(), root, keys.CreateRequest{WorkspaceID: w.Workspace.ID, Name: "nightly", Permissions: []string{"signals:write"}, Expiry: keys.Expiry90})
	must(t, err)
	device, user := w.begin(map[string]string{"replaces": old.Key.ID})
	admin := w.As(workspaces.Admin)
	_, page := admin.Get("/device?user_code=" + user)
	for _, want := range []string{"nightly", old.Secret.String(), "push_signal", "Revoke the old key as soon as the new one is proved to work"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "find_leads") || strings.Contains(page, `name="preset"`) {
		t.Error("the page offers more than the old key has")
	}
	admin.Post("/device/approve", url.Values{"user_code": {user}, "revoke_old": {"yes"}})
	_, out := w.poll(device)
	key, _ := out["access_token"].(string)
	if out["revoke_old"] != true || out["scope"] != "signals:write" {
		t.Fatalf("the answer: %v", out)
	}
	for name, c := range map[string]struct {
		bearer, code string
		status       int
		want         string
	}{
		"no key": {"", device, 401, "invalid_token"}, "no known key": {key[:50] + "x", device, 401, "invalid_token"},
		"the old key": {old.Secret.Reveal(), device, 400, "invalid_grant"}, "another code": {key, "x", 400, "invalid_grant"},
	} {
		if status, out := w.call("/device/done", c.bearer, map[string]string{"device_code": c.code}); status != c.status || out["error"] != c.want {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	for range 2 {
		if status, out := w.call("/device/done", key, map[string]string{"device_code": device}); status != 200 || out["revoked"] != true {
			t.Errorf("done: %d %v", status, out)
		}
	}
	k, _, err := w.keys.Get(t.Context(), w.Workspace.ID, old.Key.ID)
	if err != nil || k.RevokedBy != "admin@example.com" {
		t.Errorf("the old key: %+v, %v", k, err)
	}
	list, err := w.db.ListActivity(t.Context(), w.Workspace.ID, activity.Filter{Action: activity.KeyRevoked})
	if err != nil || len(list) != 1 {
		t.Errorf("%d rows tell of it, %v", len(list), err)
	}
}

func TestAKeyOfAnotherWorkspaceIsNotRotated(t *testing.T) {
	w := newWorld(t)
	other, err := w.spaces.Create(t.Context(), root, "Other", workspaces.Pro, "")
	must(t, err)
	foreign, err := w.keys.Create(t.Context(), root, keys.CreateRequest{WorkspaceID: other.ID, Name: "secret plans", Preset: scope.Full})
	must(t, err)
	_, user := w.begin(map[string]string{"replaces": foreign.Key.ID})
	admin := w.As(workspaces.Admin)
	if status, page := admin.Get("/device?user_code=" + user); status != http.StatusNotFound || strings.Contains(page, "secret plans") {
		t.Errorf("another workspace's key: %d", status)
	}
	if status, _ := admin.Post("/device/approve", url.Values{"user_code": {user}}); status != http.StatusNotFound {
		t.Errorf("approved: %d", status)
	}
}

func TestWhatProgramsAreRefused(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		path string
		form map[string]string
		want string
	}{
		"scope":      {"/device/code", map[string]string{"scope": "everything"}, "invalid_request"},
		"key":        {"/device/code", map[string]string{"replaces": "x"}, "invalid_request"},
		"grant type": {"/device/token", map[string]string{"grant_type": "password"}, "unsupported_grant_type"},
		"no code":    {"/device/token", map[string]string{"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}, "invalid_grant"},
	} {
		if status, out := w.call(c.path, "", c.form); status < 400 || status > 422 || out["error"] != c.want {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	for i := range 13 {
		status, out := w.call("/device/code", "", nil)
		if limited := i == 12; limited != (status == http.StatusTooManyRequests) || limited != (out["error"] == "temporarily_unavailable") {
			t.Errorf("request %d: %d %v", i+1, status, out)
		}
	}
	res, err := w.As(workspaces.Admin).Client.Get(w.URL + "/device/token")
	must(t, err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusMethodNotAllowed && res.StatusCode != http.StatusNotFound {
		t.Errorf("GET /device/token: %d", res.StatusCode)
	}
}

// TestASessionIsNoProgram: what an admin's browser is made to post decides nothing.
func TestASessionIsNoProgram(t *testing.T) {
	w := newWorld(t)
	device, user := w.begin(nil)
	admin := w.As(workspaces.Admin)
	admin.Get("/device?user_code=" + user)
	if status, _ := admin.Post("/device/token", url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {device}}); status != http.StatusBadRequest {
		t.Errorf("an admin's browser got %d", status)
	}
	if status, _ := admin.Post("/device/done", url.Values{"device_code": {device}}); status != http.StatusUnauthorized {
		t.Errorf("an admin's browser is done: %d", status)
	}
}
