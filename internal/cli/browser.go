package cli

import (
	"net/url"
	"os/exec"
	"runtime"

	"github.com/unstuckengine/unstuck/internal/config"
)

// browse opens the address where a person sits before a browser of this machine. It never fails: the address is on the screen too.
func (p *program) browse(address string) {
	if _, person := terminal(p.Stderr); !person || p.noInput || !isWeb(address) {
		return
	}
	if command := opener(runtime.GOOS, config.Environ(p.Environ), exec.LookPath); command != nil {
		c := exec.Command(command[0], append(command[1:], address)...)
		if c.Start() == nil {
			go func() { _ = c.Wait() }()
		}
	}
}

// isWeb keeps what an API says from starting anything but a browser.
func isWeb(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// opener returns the command that opens a page, or nil where there is no browser: over SSH it would open on a screen that nobody sees.
func opener(system string, env map[string]string, find func(string) (string, error)) []string {
	if env["SSH_CONNECTION"] != "" || env["SSH_TTY"] != "" {
		return nil
	}
	command := []string{"xdg-open"}
	switch {
	case system == "darwin":
		command = []string{"open"}
	case system == "windows":
		command = []string{"rundll32", "url.dll,FileProtocolHandler"}
	case env["DISPLAY"] == "" && env["WAYLAND_DISPLAY"] == "":
		return nil
	}
	if _, err := find(command[0]); err != nil {
		return nil
	}
	return command
}
