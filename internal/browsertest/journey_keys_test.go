package browsertest

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// TestTheLifeOfAKey mints a key, sees it once, uses it over MCP, rotates it, revokes the old one, and finds all of that in the activity log.
func TestTheLifeOfAKey(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	workspace := s.admin("workspace", "create", "--name", "Acme", "--plan", "team")["id"].(string)
	b := newTab(t)
	b.look(views[0])
	s.signUp(b, workspace, "ann@acme.example", "admin")

	key := s.mint(b)
	program := s.newAgent(key)
	program.works("the new key")
	b.open(s.base + "/admin/keys")
	s.becomes(b, "/admin/keys", "never", false)
	b.follow("Nightly")
	page := eval[string](b, `location.pathname`)
	s.becomes(b, page, "journey 1", true)
	b.inspect("journey/key", views...)

	successor := s.rotate(b)
	program.works("the old key beside the new")
	program.with(successor).works("the new key beside the old")
	b.follow("I have stored it")
	b.see("Both keys")
	s.becomes(b, page+"/rotation", "quiet for an hour", true)
	b.inspect("journey/rotation", views...)
	b.unseen(key, successor)

	b.follow("Revoke the old key")
	b.fill("Type the name of the key", "Nightly")
	b.submit("Revoke this key")
	b.see("Revoked")
	if status, answer := program.call("list_signals", map[string]any{}); status != http.StatusUnauthorized {
		t.Errorf("the revoked key: %d %s", status, answer)
	}
	if status, answer := s.access(key); status != http.StatusUnauthorized || !strings.Contains(answer, "key_revoked") {
		t.Errorf("the revoked key: %d %s", status, answer)
	}
	program.with(successor).works("the new key after the old")
	s.logged(b)
	s.nowhere(key, successor)
	b.clean("the life of a key")
}

// works calls a tool.
func (a agent) works(what string) {
	a.t.Helper()
	if status, answer := a.call("list_signals", map[string]any{}); status != http.StatusOK || strings.Contains(answer, `"isError":true`) {
		a.t.Fatalf("%s: %d %s", what, status, answer)
	}
}

// becomes loads the page until the text is there, or is not.
func (s *system) becomes(b *tab, path, text string, there bool) {
	b.t.Helper()
	eventually(b.t, text+" on "+path, func() bool {
		b.open(s.base + path)
		return strings.Contains(b.text(), text) == there
	})
}

// weightOf is what the tools of a preset weigh in a model's context, in tokens.
func weightOf(p scope.Preset) (sum int) {
	set, _ := p.Set()
	for _, tool := range tools.All() {
		if set.Allows(tool.Permission) {
			sum += tool.Tokens()
		}
	}
	return sum
}

// mint makes a key on the page and looks for it wherever a browser could show it again.
func (s *system) mint(b *tab) (key string) {
	b.t.Helper()
	b.follow("API keys")
	b.inspect("journey/no-keys", views...)
	b.follow("Make the first key")
	b.fill("Name", "Nightly")
	b.tick("Write enrichment")
	b.see("Enrich many records") // the preview follows what is ticked
	b.tick("Read-only")
	b.see(strconv.Itoa(weightOf(scope.ReadOnly)) + " tokens")
	b.inspect("journey/new-key", views...)
	b.submit("Make the key")
	key = s.revealed(b, "journey/reveal")
	b.do(chromedp.Reload()) // sends the form again
	b.see("sent already")
	b.clean("a form sent again", "409")
	b.unseen(key)
	b.follow("Go to the keys")
	b.see("Nightly", "never")
	b.unseen(key)
	b.do(chromedp.NavigateBack())
	b.unseen(key)
	if kept := eval[string](b, `JSON.stringify([localStorage, sessionStorage, document.cookie, history.state, location.href])`); strings.Contains(kept, key) {
		b.t.Error("the browser keeps the key")
	}
	return key
}

// revealed reads the key that the page shows.
func (s *system) revealed(b *tab, picture string) string {
	b.t.Helper()
	b.see("Copy your new key now")
	key := eval[string](b, `document.getElementById("key").textContent`)
	if !strings.HasPrefix(key, "unstuck_") || strings.Contains(key, "*") {
		b.t.Fatalf("no key is revealed\n%s", b.where())
	}
	b.inspect(picture, views...)
	return key
}

func (s *system) rotate(b *tab) string {
	b.t.Helper()
	b.follow("Rotate")
	b.submit("Make the new key")
	return s.revealed(b, "journey/rotated")
}

// logged finds what happened in the log, and that the log is whole.
func (s *system) logged(b *tab) {
	b.t.Helper()
	b.follow("Activity")
	b.see("ann@acme.example made key Nightly", "to replace unstuck_***_", "ann@acme.example revoked key Nightly", "admin pages")
	b.click("Check that nothing was changed")
	b.see("The log is intact")
	b.inspect("journey/activity", views...)
}

// nowhere looks for the keys in all that the server keeps.
func (s *system) nowhere(keys ...string) {
	s.t.Helper()
	for _, variable := range s.environ {
		dir, ours := strings.CutPrefix(variable, "UNSTUCK_DATA_DIR=")
		if !ours {
			continue
		}
		err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			content, err := os.ReadFile(path)
			for _, key := range keys {
				if bytes.Contains(content, []byte(key)) {
					s.t.Errorf("%s holds a key", path)
				}
			}
			return err
		})
		if err != nil {
			s.t.Error(err)
		}
	}
}
