package keypages_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/keypages"
	"github.com/unstuckengine/unstuck/internal/adminui/uitest"
	"github.com/unstuckengine/unstuck/internal/apirun"
	"github.com/unstuckengine/unstuck/internal/mcprun"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// serving runs fn until the test ends.
func serving(t *testing.T, fn func(context.Context) error) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- fn(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// programs runs the API and the MCP server over one store, and returns the app and the MCP server's address.
func programs(t *testing.T) (*apirun.App, string) {
	t.Helper()
	app, err := apirun.Open(t.Context(), apirun.Config{DataDir: t.TempDir(), ListenAddr: "127.0.0.1:0", Migrate: true}, zerolog.Nop(), true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = app.Close() })
	up := make(chan string, 1)
	serving(t, func(ctx context.Context) error {
		return app.Serve(ctx, func(address, _ string) error { up <- address; return nil })
	})
	apiURL := <-up
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg := mcprun.Config{APIURL: apiURL, Streamable: true, Log: zerolog.Nop()}
	serving(t, func(ctx context.Context) error { return mcprun.Serve(ctx, cfg, ln) })
	return app, mcprun.ReadyAt(ln.Addr(), cfg).MCPURL
}

// listed returns the names of the tools that the MCP server lists to the key.
func listed(t *testing.T, address, key string) (names []string, status int) {
	t.Helper()
	req, err := http.NewRequest("POST", address, strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}, "Authorization": {"Bearer " + key}}
	res, err := (&http.Client{Timeout: 30 * time.Second}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	var answer struct {
		Result struct{ Tools []struct{ Name string } }
	}
	if _, data, stream := bytes.Cut(body, []byte("data: ")); stream {
		body = data
	}
	if err := json.Unmarshal(body, &answer); err != nil && res.StatusCode == http.StatusOK {
		t.Fatalf("%s: %v", body, err)
	}
	for _, tool := range answer.Result.Tools {
		names = append(names, tool.Name)
	}
	return names, res.StatusCode
}

// TestAMintedKeyUnlocksOverMCPWhatThePreviewSaid goes all the way: preview, mint, list over MCP, revoke, refused.
func TestAMintedKeyUnlocksOverMCPWhatThePreviewSaid(t *testing.T) {
	app, address := programs(t)
	w, err := app.Workspaces.Create(t.Context(), activity.OperatorActor("root"), "Acme", workspaces.Pro, "")
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, Server: uitest.Serve(t, w, keypages.New(keypages.Config{
		Keys: app.Keys, Once: app.DB.FormOnce, Clients: app.Usage.Clients,
		Activity: func(ctx context.Context, workspaceID, keyID string, limit int) ([]activity.Entry, error) {
			return app.DB.Workspace(workspaceID).KeyActivity(ctx, keyID, limit)
		},
	}))}
	browser := b.admin()
	fields := url.Values{"name": {"agent"}, "preset": {"custom"}, "permissions": {"signals:write", "records:read"}, "expires": {"30"}}
	_, body, _ := b.mint(browser, "/admin/keys/new", "/admin/keys/preview", fields)
	var previewed []string
	for _, m := range toolName.FindAllStringSubmatch(body, -1) {
		previewed = append(previewed, m[1])
	}
	secret := b.mustMint(browser, fields)
	names, status := listed(t, address, secret.Reveal())
	if d := cmp.Diff(previewed, names); d != "" || status != http.StatusOK || len(names) < 5 {
		t.Errorf("%d; the preview and what is listed differ (-preview +listed):\n%s", status, d)
	}
	browser.Get("/admin/keys/" + secret.ID() + "/revoke")
	browser.Post("/admin/keys/"+secret.ID()+"/revoke", url.Values{"confirm": {"agent"}})
	if names, status := listed(t, address, secret.Reveal()); status != http.StatusUnauthorized || len(names) != 0 {
		t.Errorf("after the revocation: %d, %v", status, names)
	}
}
