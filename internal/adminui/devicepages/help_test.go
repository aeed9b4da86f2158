package devicepages_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/devicepages"
	"github.com/unstuckengine/unstuck/internal/adminui/uitest"
	"github.com/unstuckengine/unstuck/internal/devicelogin"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

var root = activity.OperatorActor("root")

// world is the pages over a real store. People are signed in by uitest, under the ids of real members.
type world struct {
	*uitest.Server
	t        *testing.T
	db       *store.DB
	keys     *keys.Service
	spaces   *workspaces.Service
	verifier *keys.Verifier
}

func newWorld(t *testing.T) *world {
	t.Helper()
	ctx := t.Context()
	db, err := store.Open(ctx, store.Config{DataDir: t.TempDir(), Migrate: true})
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	ring, err := keys.NewKeyring(keys.Pepper{KID: 1, Secret: bytes.Repeat([]byte{7}, keys.MinPepper)})
	must(t, err)
	now := func(ctx context.Context) (time.Time, error) {
		us, err := db.Now(ctx)
		return time.UnixMicro(us), err
	}
	w := &world{t: t, db: db, spaces: workspaces.NewService(db, now), verifier: keys.NewVerifier(keys.VerifierConfig{Store: db, Ring: ring})}
	w.keys = keys.NewService(keys.ServiceConfig{Store: db, Workspaces: db, Ring: ring, Now: now})
	acme, err := w.spaces.Create(ctx, root, "Acme", workspaces.Pro, "")
	must(t, err)
	for _, role := range workspaces.Roles() {
		p := uitest.Person(acme, role)
		m := workspaces.Member{ID: p.MemberID, WorkspaceID: acme.ID, Email: p.Email, Role: role, CreatedAt: acme.CreatedAt}
		must(t, db.InsertMember(ctx, m, activity.New(acme.ID, acme.CreatedAt, root, activity.MemberAdded, activity.ObjectMember, m.ID, nil)))
	}
	logins := devicelogin.New(devicelogin.Config{Store: db, Keys: w.keys, Workspaces: db, Now: now,
		Take: func(ctx context.Context, name string, perMinute, burst int) (time.Duration, error) {
			d, err := db.Take(ctx, name, perMinute, burst)
			return d.RetryAfter, err
		}})
	area := devicepages.New(devicepages.Config{Logins: logins, Key: w.keys.Get, Verify: w.verifier.Verify, PublicURL: "https://unstuck.example/"})
	w.Server = uitest.Serve(t, acme, area)
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// call is what a program does: no cookie, no token, a form in and JSON out.
func (w *world) call(path, bearer string, form map[string]string) (int, map[string]any) {
	w.t.Helper()
	values := url.Values{}
	for name, value := range form {
		values.Set(name, value)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), "POST", w.URL+path, strings.NewReader(values.Encode()))
	must(w.t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("User-Agent", "unstuck-cli/1")
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	res, err := http.DefaultClient.Do(req)
	must(w.t, err)
	defer res.Body.Close()
	out := map[string]any{}
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("Set-Cookie") != "" {
		w.t.Fatalf("%s: %d, %v, %v", path, res.StatusCode, err, res.Header)
	}
	return res.StatusCode, out
}

// begin returns the device code and the user code of a request for a Full key.
func (w *world) begin(more map[string]string) (device, user string) {
	w.t.Helper()
	form := map[string]string{"client_id": "unstuck-cli/1", "host": "build-7", "scope": "full"}
	for name, value := range more {
		form[name] = value
	}
	status, out := w.call("/device/code", "", form)
	if status != 200 {
		w.t.Fatalf("begin: %d %v", status, out)
	}
	return out["device_code"].(string), out["user_code"].(string)
}

func (w *world) poll(device string) (int, map[string]any) {
	w.t.Helper()
	return w.call("/device/token", "", map[string]string{"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": device})
}

func (w *world) wantError(device, want string) {
	w.t.Helper()
	if status, out := w.poll(device); status != 400 || out["error"] != want || out["access_token"] != nil || out["error_description"] == "" {
		w.t.Errorf("poll: %d %v, want %s", status, out, want)
	}
}

func approval(user string) url.Values {
	return url.Values{"user_code": {user}, "preset": {"full"}, "name": {"ci"}, "expires": {"90"}}
}
