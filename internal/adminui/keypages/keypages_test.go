package keypages_test

import (
	"context"
	"html"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/keypages"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/adminui/uitest"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/usage"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// bench serves the pages over a real store.
type bench struct {
	*uitest.World
	*uitest.Server
	t       *testing.T
	clients map[string][]usage.Client // by key
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{World: uitest.NewWorld(t), t: t, clients: map[string][]usage.Client{}}
	b.Server = uitest.Serve(t, b.W, keypages.New(keypages.Config{
		Keys: b.Keys, Once: b.DB.FormOnce, APIURL: "https://api.example.com", MCPURL: "https://mcp.example.com/mcp",
		Clients: func(_ context.Context, workspaceID, keyID string) ([]usage.Client, error) {
			if workspaceID != b.W.ID {
				t.Errorf("clients were asked for workspace %s", workspaceID)
			}
			return b.clients[keyID], nil
		},
		Activity: func(ctx context.Context, workspaceID, keyID string, limit int) ([]activity.Entry, error) {
			return b.DB.Workspace(workspaceID).KeyActivity(ctx, keyID, limit)
		},
	}))
	return b
}

func (b *bench) admin() *uitest.Browser { return b.As(workspaces.Admin) }

const by = "admin@example.com"

// stored returns the row of a key.
func (b *bench) stored(id string) keys.Key {
	b.t.Helper()
	k, _, err := b.Keys.Get(context.Background(), b.W.ID, id)
	if err != nil {
		b.t.Fatal(err)
	}
	return k
}

// verify proves a key as the API does.
func (b *bench) verify(text string) error {
	v := keys.NewVerifier(keys.VerifierConfig{Store: b.DB, Ring: b.Ring})
	_, err := v.Verify(context.Background(), "Bearer "+text, netip.MustParseAddr("192.0.2.1"))
	return err
}

var (
	nonceInput = regexp.MustCompile(`name="form" value="([^"]+)"`)
	tokenInput = regexp.MustCompile(`name="_token" value="([^"]+)"`)
	keyText    = regexp.MustCompile(`<code id="key">([^<]+)</code>`)
)

// mint loads the form at from and sends it to path with the fields.
func (b *bench) mint(browser *uitest.Browser, from, path string, fields url.Values) (int, string, url.Values) {
	b.t.Helper()
	if status, _ := browser.Get(from); status != http.StatusOK {
		b.t.Fatalf("GET %s: %d", from, status)
	}
	fields = url.Values(cloned(fields))
	if m := nonceInput.FindStringSubmatch(browser.Body); m != nil {
		fields.Set("form", m[1])
	}
	status, body := browser.Post(path, fields)
	return status, body, fields
}

func tokenOf(body string) string { return tokenInput.FindStringSubmatch(body)[1] }

func cloned(v url.Values) map[string][]string {
	out := map[string][]string{}
	for name, values := range v {
		out[name] = slices.Clone(values)
	}
	return out
}

// mustMint makes a key by the page and returns its text.
func (b *bench) mustMint(browser *uitest.Browser, fields url.Values) token.Secret {
	b.t.Helper()
	status, body, _ := b.mint(browser, "/admin/keys/new", "/admin/keys", fields)
	return b.shown(status, body)
}

func (b *bench) shown(status int, body string) token.Secret {
	b.t.Helper()
	m := keyText.FindStringSubmatch(body)
	if status != http.StatusOK || m == nil {
		b.t.Fatalf("no key is shown (%d):\n%s", status, body)
	}
	secret, err := token.Parse(m[1])
	if err != nil {
		b.t.Fatal(err)
	}
	return secret
}

var readOnly = url.Values{"name": {"Nightly"}, "preset": {"read_only"}, "expires": {"365"}}

func TestStories(t *testing.T) {
	if _, err := ui.NewStorybook([]ui.Area{keypages.New(keypages.Config{})}); err != nil {
		t.Error(err)
	}
}

func TestOnlyAdmins(t *testing.T) {
	b := newBench(t)
	k := b.Key(b.W, "agent", by)
	pages := map[string]workspaces.Role{}
	for _, path := range []string{"", "/new", "/revoke?id=" + k.ID, "/" + k.ID, "/" + k.ID + "/revoke", "/" + k.ID + "/rotate"} {
		pages["/admin/keys"+path] = workspaces.Admin
	}
	b.Roles(pages)
	for _, role := range []workspaces.Role{workspaces.Manager, workspaces.Operator, workspaces.Viewer} {
		browser := b.As(role)
		for _, path := range []string{"", "/preview", "/revoke", "/" + k.ID + "/revoke", "/" + k.ID + "/rotate"} {
			if status, _ := browser.Post("/admin/keys"+path, url.Values{"confirm": {"agent"}, "id": {k.ID}}); status != http.StatusForbidden {
				t.Errorf("POST %s as %s: %d, want 403", path, role, status)
			}
		}
	}
	if list, _, _ := b.Keys.List(context.Background(), b.W.ID); len(list) != 1 || !list[0].RevokedAt.IsZero() {
		t.Errorf("others changed the keys: %+v", list)
	}
}

func TestOtherWorkspacesKeysAreNotThere(t *testing.T) {
	b := newBench(t)
	theirs := b.Key(b.Other, "theirs", by)
	browser := b.admin()
	for _, path := range []string{"", "/revoke", "/rotate", "/rotation"} {
		if status, body := browser.Get("/admin/keys/" + theirs.ID + path); status != http.StatusNotFound || strings.Contains(body, "theirs") {
			t.Errorf("GET %s: %d", path, status)
		}
	}
	browser.Get("/admin/keys")
	for _, path := range []string{"/revoke", "/rotate"} {
		if status, _ := browser.Post("/admin/keys/"+theirs.ID+path, url.Values{"confirm": {"theirs"}}); status != http.StatusNotFound {
			t.Errorf("POST %s: %d", path, status)
		}
	}
	browser.Get("/admin/keys")
	if _, body := browser.Post("/admin/keys/revoke", url.Values{"confirm": {"revoke 1 key"}, "id": {theirs.ID}}); !strings.Contains(body, "Not found") || strings.Contains(body, "theirs") {
		t.Error("the report tells of another workspace's key")
	}
	if k, _, err := b.Keys.Get(context.Background(), b.Other.ID, theirs.ID); err != nil || !k.RevokedAt.IsZero() {
		t.Errorf("the key was revoked: %v", err)
	}
}

func TestPlanWithoutKeys(t *testing.T) {
	b := newBench(t)
	k := b.Key(b.W, "agent", by)
	free := workspaces.Free
	w, err := b.Workspaces.Set(context.Background(), activity.OperatorActor("root"), b.W.ID, workspaces.Change{Plan: &free})
	if err != nil {
		t.Fatal(err)
	}
	b.Server.Workspace = w
	browser := b.admin()
	status, body := browser.Get("/admin/keys")
	if status != http.StatusOK || !strings.Contains(body, "agent") || !strings.Contains(body, `href="/admin/plan"`) || !strings.Contains(body, "Paused") || strings.Contains(body, `href="/admin/keys/new"`) {
		t.Errorf("the list on Free: %d", status)
	}
	if status, body := browser.Get("/admin/keys/new"); status != http.StatusForbidden || !strings.Contains(body, "Pro and Team") || !strings.Contains(body, `<a role="button" href="/admin/plan">`) {
		t.Errorf("a new key on Free: %d", status)
	}
	if status, body := browser.Get("/admin/keys/" + k.ID + "/rotate"); status != http.StatusForbidden || !strings.Contains(body, "Pro and Team") {
		t.Errorf("the page before a rotation on Free: %d", status)
	}
	browser.Get("/admin/keys")
	if status, _ := browser.Post("/admin/keys", readOnly); status != http.StatusForbidden {
		t.Errorf("the form on Free: %d", status)
	}
	browser.Get("/admin/keys")
	if status, _ := browser.Post("/admin/keys/"+k.ID+"/rotate", nil); status != http.StatusForbidden {
		t.Errorf("a rotation on Free: %d", status)
	}
	browser.Get("/admin/keys/" + k.ID + "/revoke")
	if status, _ := browser.Post("/admin/keys/"+k.ID+"/revoke", url.Values{"confirm": {"agent"}}); status != http.StatusOK || b.stored(k.ID).RevokedAt.IsZero() {
		t.Errorf("a revocation on Free: %d", status)
	}
}

func TestNoActiveKeys(t *testing.T) {
	b := newBench(t)
	k := b.Key(b.W, "agent", by)
	if _, err := b.Keys.Revoke(context.Background(), activity.PersonActor(by), b.W.ID, k.ID); err != nil {
		t.Fatal(err)
	}
	if _, body := b.admin().Get("/admin/keys"); !strings.Contains(body, "No active keys.") || !strings.Contains(body, `<a href="/admin/keys/new">Make one</a>`) || strings.Contains(body, "No key passes") {
		t.Errorf("the list after the last key was revoked:\n%s", body)
	}
	if _, body := b.admin().Get("/admin/keys?status=any&q=nothing"); !strings.Contains(body, "No key passes this filter") {
		t.Errorf("a search without a result:\n%s", body)
	}
}

const xss = `<img src=x onerror=alert(1)>"'`

func TestNamesAreTextOnEveryPage(t *testing.T) {
	b := newBench(t)
	k := b.Key(b.W, xss, xss+"@example.com")
	b.clients[k.ID] = []usage.Client{{Name: xss}}
	next, err := b.Keys.Rotate(context.Background(), activity.PersonActor(xss), b.W.ID, k.ID)
	if err != nil {
		t.Fatal(err)
	}
	browser := b.admin()
	for _, path := range []string{"", "?status=any&q=" + url.QueryEscape(xss) + "&by=" + url.QueryEscape(xss), "/revoke?id=" + k.ID, "/revoke?by=" + url.QueryEscape(xss+"@example.com"),
		"/" + k.ID, "/" + k.ID + "/revoke", "/" + k.ID + "/rotate", "/" + k.ID + "/rotation", "/" + next.Key.ID} {
		status, body := browser.Get("/admin/keys" + path)
		if status != http.StatusOK || strings.Contains(body, "<img") || !strings.Contains(body, html.EscapeString(xss)) {
			t.Errorf("%s: %d, with the name as markup or without it", path, status)
		}
	}
	browser.Get("/admin/keys/new")
	if _, body := browser.Post("/admin/keys/preview", url.Values{"name": {xss}, "spend_limit": {xss}, "preset": {xss}, "permissions": {xss}}); strings.Contains(body, "<img") {
		t.Error("a field comes back as markup")
	}
}

// wantCode fails the test unless err has the code; "" wants no error.
func wantCode(t *testing.T, what string, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Errorf("%s: %v, want code %q", what, err, want)
	}
}
