package browsertest

import (
	"net/http"
	"strings"
	"testing"
)

// TestThePlanPausesKeys downgrades a workspace, which pauses its keys, and restores it, which brings the same keys back.
func TestThePlanPausesKeys(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	workspace := s.admin("workspace", "create", "--name", "Acme", "--plan", "team")["id"].(string)
	key := s.admin("key", "create", "--workspace", workspace, "--name", "Nightly", "--preset", "read_only")["key"].(string)
	b := newTab(t)
	b.look(views[0])
	s.signUp(b, workspace, "ann@acme.example", "admin")
	is := func(when string, want int, part string) {
		t.Helper()
		if status, answer := s.access(key); status != want || !strings.Contains(answer, part) {
			t.Errorf("%s: %d %s", when, status, answer)
		}
	}

	is("on Team", http.StatusOK, "Acme")
	b.follow("Plan")
	b.follow("Change to Free")
	b.see("API keys that pause", "Nightly")
	b.inspect("journey/downgrade", views...)
	b.fill("Type the plan to change to", "free")
	b.submit("Change to Free")
	is("on Free", http.StatusForbidden, "feature_not_allowed")
	b.follow("API keys")
	b.see("Paused", "Nightly")
	b.inspect("journey/paused", views...)

	b.follow("Plan")
	b.follow("Change to Pro")
	b.see("API keys that come back", "Nightly")
	b.submit("Change to Pro")
	is("on Pro again", http.StatusOK, "Acme")
	b.follow("Activity")
	b.see("ann@acme.example")
	b.clean("the plan")
}
