package browsertest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// programs builds the three programs once and returns their folder.
var programs = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "unstuck-browser-")
	if err != nil {
		return "", err
	}
	removePrograms = func() { _ = os.RemoveAll(dir) }
	build := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "./cmd/...")
	build.Dir, build.Stderr = filepath.Join("..", ".."), os.Stderr
	return dir, build.Run()
})

var removePrograms = func() {}

// system is an API with its pages on a fresh store in a folder of its own.
type system struct {
	t       testing.TB
	environ []string
	base    string // where browsers reach it
	apiURL  string
}

func newSystem(t testing.TB, environ ...string) *system {
	t.Helper()
	if _, err := chromium(); err != nil {
		lacking(t, err)
	}
	addr := freeAddress(t)
	_, port, _ := net.SplitHostPort(addr)
	s := &system{t: t, base: "http://localhost:" + port, environ: []string{
		"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "USER=tester", "UNSTUCK_DATA_DIR=" + t.TempDir(), "UNSTUCK_METRICS_ADDR=", "UNSTUCK_LOG_LEVEL=warn", "UNSTUCK_LISTEN_ADDR=" + addr,
	}}
	s.environ = append(s.environ, environ...)
	s.apiURL = s.start("api", "serve")["api_url"].(string)
	return s
}

// freeAddress returns one that nobody listens on, since the set-up links hold it before the server runs.
func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (s *system) command(name string, args ...string) *exec.Cmd {
	s.t.Helper()
	dir, err := programs()
	if err != nil {
		s.t.Fatalf("build the programs: %v", err)
	}
	c := exec.Command(filepath.Join(dir, name), args...)
	c.Env = s.environ
	return c
}

// start runs a server until the test ends and returns its ready line.
func (s *system) start(name string, args ...string) (ready map[string]any) {
	s.t.Helper()
	c := s.command(name, args...)
	var log bytes.Buffer
	c.Stderr = &log
	stdout, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	lines := bufio.NewReader(stdout)
	first, _ := lines.ReadString('\n')
	s.t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		_, _ = io.Copy(io.Discard, lines)
		if err := c.Wait(); err != nil || s.t.Failed() {
			s.t.Logf("%s ended: %v\n%s", name, err, log.String())
		}
	})
	if err := json.Unmarshal([]byte(first), &ready); err != nil {
		s.t.Fatalf("%s %v printed %q: %v", name, args, first, err)
	}
	return ready
}

// run runs a program to its end and returns what it printed.
func (s *system) run(stdin, name string, args ...string) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c := s.command(name, args...)
	c.Stdin = strings.NewReader(stdin)
	stop := context.AfterFunc(ctx, func() { _ = c.Process.Kill() })
	defer stop()
	var out, log bytes.Buffer
	c.Stdout, c.Stderr = &out, &log
	if err := c.Run(); err != nil {
		s.t.Fatalf("%s %v: %v\n%s", name, args, err, log.String())
	}
	return out.String()
}

// admin runs an operator's command and returns its JSON.
func (s *system) admin(args ...string) (out map[string]any) {
	s.t.Helper()
	text := s.run("", "api", append(append([]string{"admin"}, args...), "-o", "json")...)
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		s.t.Fatalf("api admin %v printed %q: %v", args, text, err)
	}
	return out
}

// eventually waits until f holds.
func eventually(t testing.TB, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatalf("not within %v: %s", patience, what)
}
