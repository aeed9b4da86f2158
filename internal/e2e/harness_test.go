package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// bin is where the programs were built.
var bin string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "unstuck-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	bin = dir
	build := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "./cmd/...")
	build.Dir = filepath.Join("..", "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the programs: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// env is an environment for a program: an empty home, and nothing of ours from the outside.
func env(t testing.TB, more ...string) []string {
	t.Helper()
	out := []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "USER=tester"}
	if cache := os.Getenv("GOCOVERDIR"); cache != "" {
		out = append(out, "GOCOVERDIR="+cache)
	}
	return append(out, more...)
}

// run runs a program to its end and returns what it printed and its exit code.
func run(t testing.TB, environ []string, stdin, name string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, filepath.Join(bin, name), args...)
	c.Env, c.Stdin = environ, strings.NewReader(stdin)
	var o, e bytes.Buffer
	c.Stdout, c.Stderr = &o, &e
	err := c.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatalf("%s %v: %v", name, args, err)
	}
	return o.String(), e.String(), c.ProcessState.ExitCode()
}

// server is a running program that printed its ready line.
type server struct {
	t      testing.TB
	cmd    *exec.Cmd
	ready  map[string]any
	mu     sync.Mutex
	log    bytes.Buffer
	exited chan struct{}
}

// start runs a program until the test ends, and waits for its ready line.
func start(t testing.TB, environ []string, name string, args ...string) *server {
	t.Helper()
	c := exec.Command(filepath.Join(bin, name), args...)
	c.Env = environ
	s := &server{t: t, cmd: c, exited: make(chan struct{})}
	c.Stderr = lockedWriter{s}
	stdout, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	line := make(chan string, 1)
	go func() {
		r := bufio.NewReader(stdout)
		first, _ := r.ReadString('\n')
		line <- first
		_, _ = io.Copy(io.Discard, r)
		_ = c.Wait()
		close(s.exited)
	}()
	t.Cleanup(func() { s.stop() })
	select {
	case text := <-line:
		if err := json.Unmarshal([]byte(text), &s.ready); err != nil || s.ready["event"] != "ready" {
			t.Fatalf("%s %v: ready line %q: %v\n%s", name, args, text, err, s.logged())
		}
	case <-time.After(time.Minute):
		t.Fatalf("%s %v did not become ready\n%s", name, args, s.logged())
	}
	return s
}

type lockedWriter struct{ s *server }

func (w lockedWriter) Write(p []byte) (int, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	return w.s.log.Write(p)
}

func (s *server) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

func (s *server) url(name string) string {
	s.t.Helper()
	u, _ := s.ready[name].(string)
	if u == "" {
		s.t.Fatalf("the ready line has no %s: %v", name, s.ready)
	}
	return u
}

// stop ends the program as an operator would and returns its exit code.
func (s *server) stop() int {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.exited:
	case <-time.After(20 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.exited
	}
	return s.cmd.ProcessState.ExitCode()
}

// system is a store with an API before it.
type system struct {
	t       testing.TB
	environ []string
	api     *server
}

// newSystem starts an API on a fresh store: SQLite, or the database of the URL.
func newSystem(t testing.TB, databaseURL string) *system {
	t.Helper()
	s := &system{t: t, environ: storeEnv(t, databaseURL)}
	s.api = s.serve()
	return s
}

func storeEnv(t testing.TB, databaseURL string) []string {
	if databaseURL == "" {
		return env(t, "UNSTUCK_DATA_DIR="+t.TempDir(), "UNSTUCK_METRICS_ADDR=", "UNSTUCK_AUTH_FAILURES_PER_MINUTE=0")
	}
	return env(t, "UNSTUCK_DATABASE_URL="+databaseURL, "UNSTUCK_SECRET_KEY=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
		"UNSTUCK_METRICS_ADDR=", "UNSTUCK_AUTH_FAILURES_PER_MINUTE=0")
}

// serve starts one more API process on the store.
func (s *system) serve() *server {
	s.t.Helper()
	return start(s.t, s.environ, "api", "serve", "--listen", "127.0.0.1:0")
}

// admin runs an operator's command and returns its JSON.
func (s *system) admin(args ...string) map[string]any {
	s.t.Helper()
	stdout, stderr, code := run(s.t, s.environ, "", "api", append(append([]string{"admin"}, args...), "-o", "json")...)
	if code != 0 {
		s.t.Fatalf("api admin %v: exit %d: %s", args, code, stderr)
	}
	var out map[string]any
	if err := json.Unmarshal([]byte(stdout), &out); err != nil {
		s.t.Fatalf("api admin %v printed %q: %v", args, stdout, err)
	}
	return out
}

// workspace makes a workspace without a rate limit and returns its id.
func (s *system) workspace(name, plan string) string {
	s.t.Helper()
	id := s.admin("workspace", "create", "--name", name, "--plan", plan)["id"].(string)
	s.admin("workspace", "set", id, "--rate-per-minute", "0")
	return id
}

// key makes a key and returns its public id and text.
func (s *system) key(workspace string, flags ...string) (id, text string) {
	s.t.Helper()
	made := s.admin(append([]string{"key", "create", "--workspace", workspace, "--name", "e2e"}, flags...)...)
	return made["id"].(string), made["key"].(string)
}

// do sends one request to an API and returns status and body.
func do(t testing.TB, method, url, key, contentType, body string) (int, []byte) {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body == "" {
		r.Body, r.ContentLength = nil, 0
	}
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	return resp.StatusCode, text
}

// dataFile returns the path of a sample file; the samples lie beside the checkout or where UNSTUCK_DATA says.
func dataFile(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("UNSTUCK_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the sample data is required under CI: %v", err)
		}
		t.Skipf("no sample data: %v; set UNSTUCK_DATA", err)
	}
	return path
}
