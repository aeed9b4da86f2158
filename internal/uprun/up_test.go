package uprun_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/apirun"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/credentials"
	"github.com/unstuckengine/unstuck/internal/demo"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// TestDemo starts on an empty home, is killed while it fills the workspace, completes it at the next start, and takes up
// data and profile at the one after.
func TestDemo(t *testing.T) {
	m := newMachine(t)
	killed := m.start("--demo", "-o", "json")
	if line, err := killed.stderr.ReadString('\n'); err != nil || !strings.Contains(line, "filling") {
		t.Fatalf("%q: %v", line, err)
	}
	waitForFile(t, filepath.Join(m.home, ".unstuck", "data", "unstuck.db-wal"))
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = killed.Wait()

	second := m.start("--demo", "-o", "json")
	first := second.ready()
	if first.Profile != "demo" || first.AdminURL != strings.Replace(first.APIURL, "127.0.0.1", "localhost", 1)+"/admin" || first.DataDir != filepath.Join(m.home, ".unstuck", "data") {
		t.Errorf("ready: %+v", first)
	}
	checkDemo(t, first, m.profile("demo"))
	checkMCP(t, first, m.profile("demo"))
	second.interrupt()

	third := m.start("--demo", "-o", "json")
	again := third.ready()
	if again.Profile != first.Profile || again.KeyID != first.KeyID {
		t.Errorf("the second run uses %s %s, the first %s %s", again.Profile, again.KeyID, first.Profile, first.KeyID)
	}
	if got := m.profile("demo").APIURL; got != again.APIURL {
		t.Errorf("the profile points at %s, the server is at %s", got, again.APIURL)
	}
	checkDemo(t, again, m.profile("demo"))
	third.interrupt()
}

// waitForFile waits until there is data to lose.
func waitForFile(t *testing.T, path string) {
	t.Helper()
	for {
		if info, err := os.Stat(path); err == nil && info.Size() > 1<<20 {
			return
		}
		if t.Context().Err() != nil {
			t.Fatal("no data was written")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func checkDemo(t *testing.T, r ready, p credentials.Profile) {
	t.Helper()
	c := r.client(t)
	access, err := c.Access(t.Context(), p.Key)
	if err != nil {
		t.Fatal(err)
	}
	if access.Workspace.Slug != "demo" || access.Plan != "team" || access.Key.Preset != "read_only" || access.Key.ID != r.KeyID {
		t.Errorf("access: %+v %+v", access.Workspace, access.Key)
	}
	accounts, err := apiclient.Call(t.Context(), c, p.Key, tools.FindAccounts, wire.FindAccounts{}, apiclient.Options{})
	if err != nil || accounts.Total != demo.AccountCount {
		t.Errorf("accounts: %d, %v", accounts.Total, err)
	}
	leads, err := apiclient.Call(t.Context(), c, p.Key, tools.FindLeads, wire.FindLeads{}, apiclient.Options{})
	if err != nil || leads.Total != demo.LeadCount {
		t.Errorf("leads: %d, %v", leads.Total, err)
	}
	signals, err := apiclient.Call(t.Context(), c, p.Key, tools.ListSignals, wire.ListSignals{}, apiclient.Options{})
	if err != nil || signals.Total != demo.SignalCount {
		t.Errorf("signals: %d, %v", signals.Total, err)
	}
	push := wire.PushSignal{SignalType: "hiring", Source: "x", OccurredAt: signals.Items[0].OccurredAt, Identity: wire.Identity{CompanyDomain: "a.example"}}
	if _, err := apiclient.Call(t.Context(), c, p.Key, tools.PushSignal, push, apiclient.Options{}); fault.CodeOf(err) != fault.InsufficientScope {
		t.Errorf("a read-only key pushed: %v", err)
	}
}

// checkMCP asks the MCP server for a session: with the profile's key it gives one, without it none.
func checkMCP(t *testing.T, r ready, p credentials.Profile) {
	t.Helper()
	for key, want := range map[string]int{p.Key.Reveal(): http.StatusOK, "": http.StatusUnauthorized} {
		body := `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}`
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.MCPURL, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Accept", "application/json, text/event-stream")
		if key != "" {
			req.Header.Set("Authorization", "Bearer "+key)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("initialize: %d, want %d: %s", resp.StatusCode, want, text)
		}
	}
}

// TestForeignProfileStays proves that a login of another server is kept, whether that server answers or not.
func TestForeignProfileStays(t *testing.T) {
	m := newMachine(t)
	other := newMachine(t).start("-o", "json")
	theirs := other.ready()
	otherProfile := machine{t, filepath.Dir(filepath.Dir(theirs.DataDir))}.profile("default")
	silent := credentials.Profile{Key: otherProfile.Key, APIURL: "http://127.0.0.1:1"}
	for name, p := range map[string]credentials.Profile{"default": otherProfile, "default-2": silent} {
		if err := m.file().Save(name, p); err != nil {
			t.Fatal(err)
		}
	}
	ours := m.start("-o", "json")
	if r := ours.ready(); r.Profile != "default-3" {
		t.Errorf("profile %s, want default-3", r.Profile)
	}
	if p := m.profile("default"); p.APIURL != otherProfile.APIURL || !p.Key.Equal(otherProfile.Key) {
		t.Error("the other server's profile was changed")
	}
	if p := m.profile("default-2"); p.APIURL != silent.APIURL {
		t.Error("the silent server's profile was changed")
	}
	ours.interrupt()
	other.interrupt()
}

// TestDeadKeyIsReplaced revokes the key between two runs, and asks for another preset in a third.
func TestDeadKeyIsReplaced(t *testing.T) {
	m := newMachine(t)
	first := m.start("-o", "json")
	old, before := first.ready(), m.profile("default").Key.String()
	first.interrupt()
	var out, messages bytes.Buffer
	if err := apirun.Main(t.Context(), []string{"admin", "key", "revoke", old.KeyID, "--workspace", "default"}, append(m.environ(), "UNSTUCK_DATA_DIR="+old.DataDir), &out, &messages); err != nil {
		t.Fatalf("%v\n%s", err, messages.String())
	}
	second := m.start("-o", "json")
	told, err := second.stderr.ReadString('\n')
	if want := "the key " + before + " of profile default was revoked; a new one was made\n"; err != nil || told != want {
		t.Errorf("told %q (%v), want %q", told, err, want)
	}
	replaced := second.ready()
	if replaced.Profile != "default" || replaced.KeyID == old.KeyID {
		t.Errorf("after revocation: profile %s with key %s, was %s", replaced.Profile, replaced.KeyID, old.KeyID)
	}
	second.interrupt()

	out.Reset()
	if err := apirun.Main(t.Context(), []string{"admin", "activity", "--workspace", "default", "-o", "json"}, append(m.environ(), "UNSTUCK_DATA_DIR="+old.DataDir), &out, &messages); err != nil {
		t.Fatalf("%v\n%s", err, messages.String())
	}
	entries, there := strings.Count(out.String(), `"action":`), strings.Count(out.String(), `"door":"operator"`)
	if entries < 5 || entries != there { // workspace, member, two keys, the revocation
		t.Errorf("%d of %d entries say where they came from: %s", there, entries, out.String())
	}

	third := m.start("-o", "json", "--preset", "full")
	full := third.ready()
	access, err := full.client(t).Access(t.Context(), m.profile(full.Profile).Key)
	if err != nil || access.Key.Preset != "full" || full.Profile != "default-2" {
		t.Errorf("--preset full: profile %s, %+v, %v", full.Profile, access.Key, err)
	}
	third.interrupt()
}

// TestPaste proves that what people paste names program and profile, never the key.
func TestPaste(t *testing.T) {
	m := newMachine(t)
	p := m.start()
	var text strings.Builder
	for !strings.Contains(text.String(), "Ctrl-C") {
		line, err := p.stdout.ReadString('\n')
		if err != nil {
			t.Fatalf("%v after %s", err, text.String())
		}
		text.WriteString(line)
	}
	p.interrupt()
	for _, want := range []string{"/mcp", "/sse", "Claude Desktop", "claude mcp add unstuck ", "Cursor", "profile default", "  Admin http://localhost:", "/admin/setup#token=", "owner@unstuck.localhost", " ./cmd/unstuck --profile default access", " ./cmd/api admin import --workspace default "} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
	if key := m.profile("default").Key.Reveal(); strings.Contains(text.String(), key) {
		t.Error("the key is printed")
	}
}

// TestRefusals end at once with one line and the code of the contract.
func TestRefusals(t *testing.T) {
	m := newMachine(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	running := m.start("-o", "json")
	running.ready()
	defer running.interrupt()
	fresh := "--data-dir=" + t.TempDir()
	for _, tc := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--preset", "root"}, config.ExitUsage, "--preset must be one of"},
		{[]string{"now"}, config.ExitUsage, "takes no arguments"},
		{[]string{"--listen", "nowhere"}, config.ExitUsage, "--listen"},
		{[]string{fresh, "--listen", taken.Addr().String()}, config.ExitError, "address already in use; choose another by UNSTUCK_LISTEN_ADDR, or --listen"},
		{[]string{fresh, "--demo", "--mcp-listen", taken.Addr().String()}, config.ExitError, "address already in use; choose another by UNSTUCK_MCP_LISTEN_ADDR, or --mcp-listen"},
		{nil, config.ExitError, fmt.Sprint(running.Process.Pid)}, // the data directory is held
	} {
		p := m.start(tc.args...)
		messages, _ := io.ReadAll(p.stderr)
		err := p.Wait()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != tc.code || !strings.Contains(string(messages), tc.want) {
			t.Errorf("%v: %v, want exit %d and %q in: %s", tc.args, err, tc.code, tc.want, messages)
		}
		if strings.Contains(string(messages), "filling") {
			t.Errorf("%v: data was made before the refusal: %s", tc.args, messages)
		}
	}
}
