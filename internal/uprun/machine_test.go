package uprun_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"testing"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/cli"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/credentials"
	"github.com/unstuckengine/unstuck/internal/uprun"
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

// environ has nothing in PATH but Go, so that what is installed here does not matter.
func (m machine) environ() []string {
	m.t.Helper()
	tool, err := exec.LookPath("go")
	if err != nil {
		m.t.Fatal(err)
	}
	return []string{"HOME=" + m.home, "USERPROFILE=" + m.home, "PATH=" + filepath.Dir(tool), "UNSTUCK_METRICS_ADDR="}
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
	AdminURL string  `json:"admin_url"`
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
