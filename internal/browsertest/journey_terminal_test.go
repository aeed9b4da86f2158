package browsertest

import (
	"bufio"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestLoginFromATerminal lets the CLI ask for a key that an admin approves in a browser, lets it rotate the key, and revokes what it holds.
func TestLoginFromATerminal(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	s.environ = append(s.environ, "UNSTUCK_API_URL="+s.apiURL)
	workspace := s.admin("workspace", "create", "--name", "Acme", "--plan", "team")["id"].(string)
	b := newTab(t)
	b.look(views[0])
	s.signUp(b, workspace, "ann@acme.example", "admin")

	login := s.terminal("auth", "login", "--no-browser", "--preset", "write_signals", "--name", "Build server")
	b.open(login.address())
	b.see("Only approve what you started yourself", "Write signals")
	b.inspect("journey/device", views...)
	b.tick("Read-only") // less than was asked for
	b.submit("Approve")
	b.snap("journey/device-approved")
	login.ends()
	if status := s.run("", "unstuck", "auth", "status"); !strings.Contains(status, "Acme") || !strings.Contains(status, "read_only") {
		t.Errorf("after the login: %s", status)
	}

	rotation := s.terminal("auth", "rotate", "--no-browser")
	b.open(rotation.address())
	b.see("A new key beside Build server")
	b.tick("Revoke the old key")
	b.submit("Approve")
	rotation.ends()
	s.run("", "unstuck", "find", "accounts")

	b.open(s.base + "/admin/keys")
	b.see("1 active", "1 revoked")
	b.follow("Build server")
	b.follow("Revoke")
	b.fill("Type the name of the key", "Build server")
	b.submit("Revoke this key")
	if err := s.command("unstuck", "find", "accounts").Run(); err == nil {
		t.Error("the revoked key still finds accounts")
	}
	b.clean("the login from a terminal")
}

// terminal is a program that waits for somebody in a browser.
type terminal struct {
	s   *system
	cmd *exec.Cmd
	err *bufio.Reader
	log strings.Builder
}

func (s *system) terminal(args ...string) *terminal {
	s.t.Helper()
	p := &terminal{s: s, cmd: s.command("unstuck", args...)}
	stderr, err := p.cmd.StderrPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	p.err = bufio.NewReader(stderr)
	return p
}

var deviceAddress = regexp.MustCompile(`https?://\S+/device\?user_code=\S+`)

// address waits for the address that the program prints.
func (p *terminal) address() string {
	p.s.t.Helper()
	for {
		line, err := p.err.ReadString('\n')
		p.log.WriteString(line)
		if found := deviceAddress.FindString(line); found != "" {
			return found
		}
		if err != nil {
			p.s.t.Fatalf("the program printed no address: %s", p.log.String())
		}
	}
}

// ends waits until the program ends well.
func (p *terminal) ends() {
	p.s.t.Helper()
	_, _ = io.Copy(&p.log, p.err)
	if err := p.cmd.Wait(); err != nil {
		p.s.t.Fatalf("%v: %s", err, p.log.String())
	}
}
