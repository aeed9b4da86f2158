package clients_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/cli/clients"
)

func mustClient(t testing.TB, name string) clients.Client {
	t.Helper()
	c, ok := clients.ByName(name)
	if !ok {
		t.Fatalf("no client %s", name)
	}
	return c
}

func TestPath(t *testing.T) {
	if filepath.Separator != '/' {
		t.Skip("paths are joined as on this system")
	}
	linux := clients.Home{OS: "linux", Environ: []string{"HOME=/h"}}
	mac := clients.Home{OS: "darwin", Environ: []string{"HOME=/h"}}
	win := clients.Home{OS: "windows", Environ: []string{"USERPROFILE=/u", "APPDATA=/u/roaming"}}
	for _, tc := range []struct {
		client string
		home   clients.Home
		want   string
	}{
		{"claude-desktop", linux, "/h/.config/Claude/claude_desktop_config.json"},
		{"claude-desktop", mac, "/h/Library/Application Support/Claude/claude_desktop_config.json"},
		{"claude-desktop", win, "/u/roaming/Claude/claude_desktop_config.json"},
		{"claude-code", linux, "/h/.claude.json"},
		{"cursor", win, "/u/.cursor/mcp.json"},
		{"vscode", clients.Home{OS: "linux", Environ: []string{"HOME=/h", "XDG_CONFIG_HOME=/x"}}, "/x/Code/User/mcp.json"},
		{"vscode", mac, "/h/Library/Application Support/Code/User/mcp.json"},
		{"cursor", clients.Home{OS: "linux"}, ""},
		{"vscode", clients.Home{OS: "windows"}, ""},
	} {
		if got := mustClient(t, tc.client).Path(tc.home); got != tc.want {
			t.Errorf("%s on %s: %q, want %q", tc.client, tc.home.OS, got, tc.want)
		}
	}
}

// TestInstallKeepsTheRest installs into any file of settings and finds all else as it was, in value and in order; a
// second time changes nothing.
func TestInstallKeepsTheRest(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		client := rapid.SampledFrom(clients.All()).Draw(rt, "client")
		settings := rapid.MapOf(rapid.StringMatching("[a-z]{1,6}"), rapid.Custom(func(t *rapid.T) any {
			return rapid.OneOf(rapid.Just[any](nil), rapid.Just[any]([]any{1.5, "x"}), rapid.Just[any](map[string]any{"b": "2", "a": 1.0})).Draw(t, "value")
		})).Draw(rt, "settings")
		old, err := json.Marshal(settings)
		if err != nil {
			rt.Fatal(err)
		}
		path := filepath.Join(dir, "settings.json")
		if err := os.WriteFile(path, old, 0o640); err != nil {
			rt.Fatal(err)
		}
		server := clients.NewServer(clients.Command{Path: "/bin/mcp-server"}, "work", nil)
		done, err := client.Install(path, server)
		if err != nil || !done.Changed || done.Backup == "" {
			rt.Fatalf("%+v, %v", done, err)
		}
		defer os.Remove(done.Backup)
		if kept, err := os.ReadFile(done.Backup); err != nil || string(kept) != string(old) {
			rt.Fatalf("backup %s, %v; want %s", kept, err, old)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			rt.Fatal(err)
		}
		var now map[string]any
		if err := json.Unmarshal(text, &now); err != nil {
			rt.Fatal(err)
		}
		for name, v := range settings {
			if d := cmp.Diff(v, now[name]); d != "" {
				rt.Fatalf("%s changed: %s", name, d)
			}
		}
		if d := cmp.Diff([]clients.Server{server}, client.Ours(text), cmpopts.EquateEmpty()); d != "" {
			rt.Fatal(d)
		}
		if again, err := client.Install(path, server); err != nil || again.Changed || again.Backup != "" {
			rt.Fatalf("again: %+v, %v", again, err)
		}
	})
}

// TestLinkStays proves that a settings file that is a link stays one.
func TestLinkStays(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "dotfiles.json"), filepath.Join(dir, "mcp.json")
	if err := os.WriteFile(target, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	client := mustClient(t, "cursor")
	if _, err := client.Install(link, clients.NewServer(clients.Command{Path: "x"}, "default", nil)); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("%v, %v; want a link", info.Mode(), err)
	}
	text, err := os.ReadFile(target)
	if err != nil || len(client.Ours(text)) != 1 {
		t.Errorf("the link's target holds %s, %v", text, err)
	}
}

// TestFind prefers the binary beside the program, then PATH, then the source.
func TestFind(t *testing.T) {
	name := "mcp-server"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	beside, path, source, empty := t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()
	for _, dir := range []string{beside, path} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(source, "go.mod"), []byte("module github.com/unstuckengine/unstuck\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	below := filepath.Join(source, "docs")
	if err := os.Mkdir(below, 0o700); err != nil {
		t.Fatal(err)
	}
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	home := func(dirs ...string) clients.Home {
		return clients.Home{OS: runtime.GOOS, Environ: []string{"PATH=" + strings.Join(dirs, string(filepath.ListSeparator))}}
	}
	for _, tc := range []struct {
		home         clients.Home
		exe, workdir string
		want         clients.Command
	}{
		{home(path), beside, source, clients.Command{Path: filepath.Join(beside, name)}},
		{home(empty, path), empty, source, clients.Command{Path: filepath.Join(path, name)}},
		{home(empty), empty, below, clients.Command{Path: tool, Args: []string{"run", "-C", source, "./cmd/mcp-server"}}},
		{home(empty), empty, empty, clients.Command{}},
	} {
		got, err := clients.Find(tc.home, clients.MCPServer, filepath.Join(tc.exe, "unstuck"), tc.workdir)
		if d := cmp.Diff(tc.want, got); d != "" || (err != nil) != (tc.want.Path == "") {
			t.Errorf("%v %s", err, d)
		}
	}
}

// TestFindFromGoRun looks for no program where go run builds, and types what PATH leads to by its name.
func TestFindFromGoRun(t *testing.T) {
	built := filepath.Join(t.TempDir(), "go-build1", "exe")
	if err := os.MkdirAll(built, 0o700); err != nil {
		t.Fatal(err)
	}
	name := "unstuck"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	executable := filepath.Join(built, name)
	if err := os.WriteFile(executable, []byte("x"), 0o755); err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(t.TempDir(), "my source")
	if err := os.Mkdir(source, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(source, "go.mod"), []byte("module github.com/unstuckengine/unstuck\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Dir(tool): "go run -C '" + source + "' ./cmd/unstuck",
		built:              "unstuck",
	} {
		home := clients.Home{OS: runtime.GOOS, Environ: []string{"PATH=" + path}}
		got, err := clients.Find(home, "unstuck", executable, source)
		if err != nil || got.Line(home) != want {
			t.Errorf("PATH %s: %q, %v; want %q", path, got.Line(home), err, want)
		}
	}
}

// TestCommandLine is what a shell would take apart into the same words.
func TestCommandLine(t *testing.T) {
	server := clients.NewServer(clients.Command{Path: "/opt/it's here/mcp-server", Args: []string{"-x"}}, "demo", []string{"UNSTUCK_CONFIG_DIR=/c d", "UNSTUCK_API_KEY=secret"})
	line, ok := mustClient(t, "claude-code").CommandLine(server)
	want := `claude mcp add unstuck-demo --env 'UNSTUCK_CONFIG_DIR=/c d' --env UNSTUCK_PROFILE=demo -- '/opt/it'\''s here/mcp-server' -x`
	if line != want || !ok {
		t.Errorf("got  %s\nwant %s", line, want)
	}
	if _, ok := mustClient(t, "cursor").CommandLine(server); ok {
		t.Error("Cursor has no such command")
	}
}
