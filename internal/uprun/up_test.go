package uprun_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/apirun"
	"github.com/unstuckengine/unstuck/internal/cli"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/credentials"
	"github.com/unstuckengine/unstuck/internal/demo"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/uprun"
	"github.com/unstuckengine/unstuck/internal/wire"
)

const asProgram = "UNSTUCK_TEST_AS_PROGRAM"

// TestMain makes the test binary the program when a test starts it as one.
func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := cli.Run(ctx, os.Args[1:], cli.Env{Environ: os.Environ(), Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}, cli.Programs{Up: uprun.Command})
	if err != nil {
		fmt.Fprintln(os.Stderr, "unstuck: "+err.Error())
	}
	os.Exit(config.Code(err))
}

// machine is a home directory and the programs started on it.
type machine struct {
	t    *testing.T
	home string
}

func newMachine(t *testing.T) machine {
	t.Helper()
	return machine{t, t.TempDir()}
}

func (m machine) environ() []string {
	return []string{"HOME=" + m.home, "USERPROFILE=" + m.home, "PATH=" + os.Getenv("PATH"), "UNSTUCK_METRICS_ADDR="}
}

func (m machine) file() credentials.File {
	m.t.Helper()
	f, err := credentials.In(m.environ())
	if err != nil {
		m.t.Fatal(err)
	}
	return f
}

func (m machine) profile(name string) credentials.Profile {
	m.t.Helper()
	p, err := m.file().Load(name)
	if err != nil {
		m.t.Fatal(err)
	}
	return p
}

// process is a running `unstuck up`.
type process struct {
	*exec.Cmd
	t      *testing.T
	stdout *bufio.Reader
	stderr *bufio.Reader
}

func (m machine) start(args ...string) *process {
	m.t.Helper()
	p := &process{Cmd: exec.Command(os.Args[0], append([]string{"up", "--listen", "127.0.0.1:0", "--mcp-listen", "127.0.0.1:0"}, args...)...), t: m.t}
	p.Env = append(m.environ(), asProgram+"=1")
	out, err := p.StdoutPipe()
	if err != nil {
		m.t.Fatal(err)
	}
	messages, err := p.StderrPipe()
	if err != nil {
		m.t.Fatal(err)
	}
	p.stdout, p.stderr = bufio.NewReader(out), bufio.NewReader(messages)
	if err := p.Start(); err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { _ = p.Process.Kill(); _ = p.Wait() })
	return p
}

type ready struct {
	Event    string  `json:"event"`
	APIURL   string  `json:"api_url"`
	MCPURL   string  `json:"mcp_url"`
	SSEURL   string  `json:"sse_url"`
	AdminURL *string `json:"admin_url"`
	SetupURL *string `json:"setup_url"`
	Profile  string  `json:"profile"`
	KeyID    string  `json:"key_id"`
	DataDir  string  `json:"data_dir"`
}

// ready reads the one line that a script waits for.
func (p *process) ready() ready {
	p.t.Helper()
	line, err := p.stdout.ReadBytes('\n')
	if err != nil {
		rest, _ := io.ReadAll(p.stderr)
		p.t.Fatalf("no ready line: %v\n%s", err, rest)
	}
	var r ready
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil || r.Event != "ready" {
		p.t.Fatalf("%s: %v", line, err)
	}
	return r
}

// interrupt stops the program as Ctrl-C does and proves a clean end, with nothing more on stdout.
func (p *process) interrupt() {
	p.t.Helper()
	if err := p.Process.Signal(os.Interrupt); err != nil {
		p.t.Fatal(err)
	}
	rest, _ := io.ReadAll(p.stdout)
	messages, _ := io.ReadAll(p.stderr)
	if err := p.Wait(); err != nil || len(rest) > 0 {
		p.t.Fatalf("after an interrupt: %v, stdout %q\n%s", err, rest, messages)
	}
}

func (r ready) client(t *testing.T) *apiclient.Client {
	t.Helper()
	c, err := apiclient.New(r.APIURL, "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

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
	if first.Profile != "demo" || first.AdminURL != nil || first.DataDir != filepath.Join(m.home, ".unstuck", "data") {
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
	old := first.ready()
	first.interrupt()
	var out, messages bytes.Buffer
	if err := apirun.Main(t.Context(), []string{"admin", "key", "revoke", old.KeyID, "--workspace", "default"}, append(m.environ(), "UNSTUCK_DATA_DIR="+old.DataDir), &out, &messages); err != nil {
		t.Fatalf("%v\n%s", err, messages.String())
	}
	second := m.start("-o", "json")
	replaced := second.ready()
	if replaced.Profile != "default" || replaced.KeyID == old.KeyID {
		t.Errorf("after revocation: profile %s with key %s, was %s", replaced.Profile, replaced.KeyID, old.KeyID)
	}
	second.interrupt()

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
	for _, want := range []string{"/mcp", "/sse", "Claude Desktop", "claude mcp add unstuck ", "Cursor", "profile default", "find accounts"} {
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
		{[]string{fresh, "--listen", taken.Addr().String()}, config.ExitError, "--listen"},
		{[]string{fresh, "--mcp-listen", taken.Addr().String()}, config.ExitError, "--mcp-listen"},
		{nil, config.ExitError, fmt.Sprint(running.Process.Pid)}, // the data directory is held
	} {
		p := m.start(tc.args...)
		messages, _ := io.ReadAll(p.stderr)
		err := p.Wait()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != tc.code || !strings.Contains(string(messages), tc.want) {
			t.Errorf("%v: %v, want exit %d and %q in: %s", tc.args, err, tc.code, tc.want, messages)
		}
	}
}
