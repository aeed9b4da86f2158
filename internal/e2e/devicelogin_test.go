package e2e_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// person is somebody before a browser without JavaScript.
type person struct {
	t    testing.TB
	http *http.Client
	base string
	page string
}

var tokenField = regexp.MustCompile(`name="_token" value="([^"]*)"`)

func newPerson(t testing.TB, base string) *person {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{t: t, http: &http.Client{Jar: jar, Timeout: time.Minute}, base: base}
}

func (p *person) open(path string) int {
	p.t.Helper()
	res, err := p.http.Get(p.base + path)
	return p.read(res, err)
}

// send posts a form with the token of the page that is open.
func (p *person) send(path string, form url.Values) int {
	p.t.Helper()
	if m := tokenField.FindStringSubmatch(p.page); m != nil {
		form.Set("_token", m[1])
	}
	res, err := p.http.PostForm(p.base+path, form)
	return p.read(res, err)
}

func (p *person) read(res *http.Response, err error) int {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	p.page = string(page)
	return res.StatusCode
}

const password = "violet gravel mantis 4711"

// member adds a member, who follows the set-up link and then signs out by closing the browser.
func (s *system) member(ws, email, role string) {
	s.t.Helper()
	link := s.admin("member", "add", "--workspace", ws, "--email", email, "--role", role)["setup_url"].(string)
	p := newPerson(s.t, s.api.url("api_url"))
	p.open("/admin/setup")
	p.send("/admin/setup", url.Values{"link": {link}})
	if status := p.send("/admin/setup/password", url.Values{"password": {password}, "again": {password}}); status != 200 || !strings.Contains(p.page, "signed in") {
		s.t.Fatalf("set up %s: %d\n%s", email, status, p.page)
	}
}

// terminal is a running unstuck command.
type terminal struct {
	cmd            *exec.Cmd
	mu             sync.Mutex
	stdout, stderr bytes.Buffer
	exited         chan struct{}
}

// Write implements io.Writer for stderr.
func (c *terminal) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stderr.Write(b)
}

func (c *terminal) said() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stderr.String()
}

var devicePage = regexp.MustCompile(`http://[^/]+(/device\?user_code=([A-Z]{4}-[A-Z]{4}))\n`)

// typed starts a command and returns the page that it wants to have opened, with its code.
func typed(t testing.TB, environ []string, args ...string) (c *terminal, path, code string) {
	t.Helper()
	c = &terminal{cmd: exec.Command(filepath.Join(bin, "unstuck"), args...), exited: make(chan struct{})}
	c.cmd.Env, c.cmd.Stdout, c.cmd.Stderr = environ, &c.stdout, c
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.cmd.Process.Kill(); <-c.exited })
	go func() { _ = c.cmd.Wait(); close(c.exited) }()
	for {
		if m := devicePage.FindStringSubmatch(c.said()); m != nil {
			return c, m[1], m[2]
		}
		select {
		case <-c.exited:
			t.Fatalf("unstuck %v ended: %s", args, c.said())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// end waits for the command and returns its exit code.
func (c *terminal) end(t testing.TB) int {
	t.Helper()
	select {
	case <-c.exited:
	case <-time.After(time.Minute):
		t.Fatalf("it does not end: %s", c.said())
	}
	return c.cmd.ProcessState.ExitCode()
}

// TestBrowserLogin walks through login, rotation, denial and interruption: a real server, real commands, and people before browsers.
func TestBrowserLogin(t *testing.T) {
	s := newSystem(t, "")
	ws := s.workspace("Acme", "pro")
	s.member(ws, "ann@example.com", "admin")
	s.member(ws, "vic@example.com", "viewer")
	home := t.TempDir()
	environ := env(t, "HOME="+home, "UNSTUCK_API_URL="+s.api.url("api_url"))
	keyFile := filepath.Join(home, ".unstuck", "credentials")

	c, path, code := typed(t, environ, "auth", "login", "--preset", "write_signals")
	viewer := s.signIn("vic@example.com", path)
	if viewer.open(path); !strings.Contains(viewer.page, "This page is for an Admin") {
		t.Errorf("a viewer sees:\n%s", viewer.page)
	}
	ann := s.signIn("ann@example.com", path)
	if !strings.Contains(ann.page, code) || !strings.Contains(ann.page, "push_signal") { // signing in led back to the page
		t.Fatalf("after signing in:\n%s", ann.page)
	}
	ann.send("/device/approve", url.Values{"user_code": {code}, "preset": {"write_signals"}, "name": {"laptop"}, "expires": {"30"}})
	if got := c.end(t); got != 0 || !strings.Contains(c.stdout.String(), "write_signals") || !strings.Contains(c.stdout.String(), "laptop") {
		t.Fatalf("login: exit %d\n%s%s\n%s", got, c.said(), c.stdout.String(), ann.page)
	}
	old := keyIn(t, keyFile)
	if info, err := os.Stat(keyFile); err != nil || info.Mode().Perm() != 0o600 || strings.Contains(c.said()+c.stdout.String()+s.api.logged(), old) {
		t.Errorf("the key file: %v, %v; or the key was shown", info.Mode(), err)
	}
	s.denyAndInterrupt(ann, environ, keyFile)

	c, path, code = typed(t, environ, "auth", "rotate")
	ann.open(path)
	ann.send("/device/approve", url.Values{"user_code": {code}, "revoke_old": {"yes"}})
	if got := c.end(t); got != 0 || !strings.Contains(c.said(), "is revoked") {
		t.Fatalf("rotate: exit %d\n%s\n%s", got, c.said(), ann.page)
	}
	if next := keyIn(t, keyFile); next == old {
		t.Error("the file holds the old key")
	} else if status, _ := do(t, "GET", s.api.url("api_url")+"/v1/access", next, "", ""); status != 200 {
		t.Errorf("the new key: %d", status)
	}
	if status, body := do(t, "GET", s.api.url("api_url")+"/v1/access", old, "", ""); status != 401 || !bytes.Contains(body, []byte("key_revoked")) {
		t.Errorf("the old key: %d %s", status, body)
	}
	s.wantKeyLog(ws)
}

// signIn opens the page, signs in where that leads, and ends at what the page showed then.
func (s *system) signIn(email, path string) *person {
	s.t.Helper()
	p := newPerson(s.t, s.api.url("api_url"))
	p.open(path)
	next := regexp.MustCompile(`name="next" value="([^"]*)"`).FindStringSubmatch(p.page)
	if next == nil {
		s.t.Fatalf("no sign-in page:\n%s", p.page)
	}
	p.send("/admin/sign-in", url.Values{"email": {email}, "password": {password}, "next": {strings.ReplaceAll(next[1], "&amp;", "&")}})
	return p
}

// denyAndInterrupt shows that neither leaves a trace in the file.
func (s *system) denyAndInterrupt(ann *person, environ []string, keyFile string) {
	s.t.Helper()
	before := keyIn(s.t, keyFile)
	c, path, code := typed(s.t, environ, "auth", "rotate")
	ann.open(path)
	ann.send("/device/deny", url.Values{"user_code": {code}})
	if got := c.end(s.t); got != 4 || !strings.Contains(c.said(), "was denied") {
		s.t.Errorf("denied: exit %d: %s", got, c.said())
	}
	c, _, _ = typed(s.t, environ, "auth", "login")
	_ = c.cmd.Process.Signal(syscall.SIGINT)
	if got := c.end(s.t); got != 130 || !strings.Contains(c.said(), "interrupted") {
		s.t.Errorf("interrupted: exit %d: %s", got, c.said())
	}
	if after := keyIn(s.t, keyFile); after != before {
		s.t.Error("the file changed")
	}
}

// wantKeyLog: each change of a key is a row by the person who approved it.
func (s *system) wantKeyLog(ws string) {
	s.t.Helper()
	stdout, stderr, code := run(s.t, s.environ, "", "api", "admin", "activity", "--workspace", ws, "-o", "json")
	if code != 0 {
		s.t.Fatalf("activity: %s", stderr)
	}
	var rows []struct{ Actor, Action, Door, Address string }
	if err := json.Unmarshal([]byte(stdout), &rows); err != nil {
		s.t.Fatal(err)
	}
	got := map[string]int{}
	for _, r := range rows {
		if r.Actor == "ann@example.com" && r.Door == "cli" && r.Address == "127.0.0.1" {
			got[r.Action]++
		}
	}
	if want := map[string]int{"key.created": 1, "key.rotated": 1, "key.revoked": 1}; !maps.Equal(got, want) {
		s.t.Errorf("the log: %v\n%s", got, stdout)
	}
}

func keyIn(t testing.TB, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	m := regexp.MustCompile(`(?m)^\s*api_key = "(unstuck_[0-9A-Za-z]+_[0-9a-f]{8})"`).FindSubmatch(text)
	if err != nil || m == nil || bytes.Contains(text, []byte("previous")) {
		t.Fatalf("the credentials file: %v", err)
	}
	return string(m[1])
}
