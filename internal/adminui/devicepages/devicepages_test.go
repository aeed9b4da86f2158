package devicepages_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

func TestAnApprovedProgramGetsAKeyThatWorksOnce(t *testing.T) {
	w := newWorld(t)
	status, begun := w.call("/device/code", "", map[string]string{"client_id": "unstuck-cli/1.2", "host": "build-7", "scope": "write_signals", "expires": "30"})
	user, device := begun["user_code"].(string), begun["device_code"].(string)
	if status != 200 || begun["verification_uri"] != "https://unstuck.example/device" || begun["verification_uri_complete"] != "https://unstuck.example/device?user_code="+user ||
		begun["expires_in"] != 900.0 || begun["interval"] != 5.0 {
		t.Fatalf("%d %v", status, begun)
	}
	w.wantError(device, "authorization_pending")
	w.wantError(device, "slow_down")
	admin := w.As(workspaces.Admin)
	_, page := admin.Get("/device?user_code=" + strings.ToLower(user))
	set, _ := scope.WriteSignals.Set()
	for _, want := range append(tools.Allowed(set), "unstuck-cli/1.2", "build-7", "127.0.0.1", user, "unstuck-cli/1.2 on build-7", "Only approve what you started yourself", "Read-only") {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, tool := range tools.Missing(set) {
		if strings.Contains(page, tool.Tool) {
			t.Errorf("the page offers %s", tool.Tool)
		}
	}
	status, page = admin.Post("/device/approve", url.Values{"user_code": {user}, "preset": {"read_only"}, "name": {"laptop"}, "expires": {"90"}})
	if status != 200 || !strings.Contains(page, "Go back to your terminal") {
		t.Errorf("approve: %d", status)
	}
	status, out := w.poll(device)
	key, _ := out["access_token"].(string)
	p, err := w.verifier.Verify(t.Context(), "Bearer "+key, netip.Addr{})
	if status != 200 || err != nil || p.Preset != scope.ReadOnly || p.Name != "laptop" || p.Expiry != keys.Expiry90 || out["token_type"] != "Bearer" ||
		out["scope"] != "records:read subscribers:read" || out["expires_in"] != 90*86400.0 || out["revoke_old"] != false {
		t.Errorf("%d, %+v, %v", status, p, err)
	}
	w.wantError(device, "invalid_grant")
	list, err := w.db.ListActivity(t.Context(), w.Workspace.ID, activity.Filter{Action: activity.KeyCreated})
	if err != nil || len(list) != 1 || list[0].Actor != activity.PersonActor("admin@example.com") ||
		list[0].Source != (activity.Source{Door: activity.DoorCLI, Address: "127.0.0.1"}) {
		t.Errorf("the log: %+v, %v", list, err)
	}
	status, page = admin.Post("/device/approve", approval(user)) // a browser's "back" and "send again"
	if status != http.StatusNotFound || strings.Contains(page, key) {
		t.Errorf("approved twice: %d", status)
	}
}

func TestOnlyAdminsDecide(t *testing.T) {
	w := newWorld(t)
	device, user := w.begin(nil)
	for _, role := range []workspaces.Role{workspaces.Manager, workspaces.Operator, workspaces.Viewer} {
		b := w.As(role)
		if status, page := b.Get("/device?user_code=" + user); status != http.StatusForbidden || !strings.Contains(page, "This page is for an Admin") {
			t.Errorf("%s sees it: %d", role, status)
		}
		for _, path := range []string{"/device/approve", "/device/deny"} {
			if status, _ := b.Post(path, approval(user)); status != http.StatusForbidden {
				t.Errorf("%s posts to %s: %d", role, path, status)
			}
		}
	}
	stranger := w.Anonymous()
	stranger.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := stranger.Client.Get(w.URL + "/device?user_code=" + user)
	must(t, err)
	defer res.Body.Close()
	if to := res.Header.Get("Location"); to != "/admin/sign-in?next="+url.QueryEscape("/device?user_code="+user) {
		t.Errorf("a stranger is sent to %q", to)
	}
	w.wantError(device, "authorization_pending")
	admin := w.As(workspaces.Admin)
	admin.Get("/device?user_code=" + user)
	if status, _ := admin.Post("/device/approve", url.Values{"user_code": {user}, "preset": {"full"}, "name": {"ci"}, "expires": {"90"}, "_token": {"forged"}}); status != http.StatusForbidden {
		t.Errorf("a forged form: %d", status)
	}
}

func TestDeniedAndUnknown(t *testing.T) {
	w := newWorld(t)
	device, user := w.begin(nil)
	admin := w.As(workspaces.Admin)
	if _, page := admin.Get("/device"); !strings.Contains(page, `name="user_code"`) {
		t.Error("nobody is asked for a code")
	}
	if status, page := admin.Get("/device?user_code=BBBB-BBBB"); status != http.StatusNotFound || !strings.Contains(page, "No request with this code is waiting") {
		t.Errorf("an unknown code: %d", status)
	}
	admin.Get("/device?user_code=" + user)
	if status, page := admin.Post("/device/deny", url.Values{"user_code": {user}}); status != 200 || !strings.Contains(page, "The program gets no key") {
		t.Errorf("deny: %d", status)
	}
	w.wantError(device, "access_denied")
	for range 25 {
		admin.Get("/device?user_code=BBBB-BBBB")
	}
	if status, page := admin.Get("/device?user_code=" + user); status != http.StatusTooManyRequests || !strings.Contains(page, "too many attempts") {
		t.Errorf("after many guesses: %d", status)
	}
}

func TestPlanWithoutKeys(t *testing.T) {
	w := newWorld(t)
	device, user := w.begin(nil)
	admin := w.As(workspaces.Admin)
	admin.Get("/device?user_code=" + user)
	must(t, w.setPlan(workspaces.Free))
	if status, page := admin.Post("/device/approve", approval(user)); status != http.StatusForbidden || !strings.Contains(page, "Pro and Team") {
		t.Errorf("approve on Free: %d", status)
	}
	if status, page := admin.Get("/device?user_code=" + user); status != http.StatusForbidden || !strings.Contains(page, "Pro and Team") {
		t.Errorf("look on Free: %d", status)
	}
	must(t, w.setPlan(workspaces.Pro))
	admin.Get("/device?user_code=" + user)
	admin.Post("/device/approve", approval(user))
	must(t, w.setPlan(workspaces.Free)) // between the decision and the question
	w.wantError(device, "access_denied")
}

func (w *world) setPlan(p workspaces.Plan) error {
	w.Workspace.Plan = p
	_, err := w.spaces.Set(w.t.Context(), root, w.Workspace.ID, workspaces.Change{Plan: &p})
	return err
}

func TestAWrongChoiceIsShownBesideItsField(t *testing.T) {
	w := newWorld(t)
	_, user := w.begin(map[string]string{"scope": "read_only", "host": `<script>alert(1)</script>`})
	admin := w.As(workspaces.Admin)
	_, page := admin.Get("/device?user_code=" + user)
	if strings.Contains(page, "<script>alert") || !strings.Contains(page, "&lt;script&gt;alert(1)&lt;/script&gt;") {
		t.Error("what the program says of itself is not escaped")
	}
	if status, page := admin.Post("/device/approve", approval(user)); status != http.StatusUnprocessableEntity || !strings.Contains(page, "This must be what was asked for, or less.") || !strings.Contains(page, `value="ci"`) {
		t.Errorf("more than was asked for: %d", status)
	}
	form := approval(user)
	form.Set("preset", "read_only")
	form.Set("name", "  ")
	if status, page := admin.Post("/device/approve", form); status != http.StatusUnprocessableEntity || !strings.Contains(page, "This must have 1 to 100 characters.") {
		t.Errorf("no name: %d", status)
	}
}
