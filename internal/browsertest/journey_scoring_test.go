package browsertest

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// TestWhoIsLookedFor makes an ICP while watching who it would let in, scores everybody by it, and opens a waitlist.
func TestWhoIsLookedFor(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	workspace := s.admin("workspace", "create", "--name", "Acme", "--plan", "team")["id"].(string)
	s.importLines(workspace, "accounts", map[string]any{"id": "a", "domain": "large.example", "name": "Large", "country_code": "DE"})
	s.importLines(workspace, "accounts", map[string]any{"id": "b", "domain": "far.example", "name": "Far", "country_code": "US"})
	b := newTab(t)
	b.look(views[0])
	s.signUp(b, workspace, "ann@acme.example", "manager")

	b.follow("ICPs and scoring")
	b.follow("Make the first ICP")
	b.see("Cannot be told yet") // nothing is asked so far
	b.fill("Code", "saas")
	b.fill("Name", "Software companies")
	b.fill("What it asks", "In Germany")
	b.fill("Field", "country_code")
	b.fill("Value, or one a line", "DE")
	b.see("1 company would be scored.", "Large")
	b.submit("Add a field")
	b.see("Parameter 2")
	b.submit("Remove parameter 2")
	b.see("1 company would be scored.")
	b.inspect("journey/icp", views...)
	b.submit("Save")
	b.see("The ICP saas was saved.", "None yet: people in such companies have no persona.")
	b.follow("Back to the ICPs")
	b.submit("Qualify all records again")
	b.see("Done", "Fit an ICP")
	b.follow("Back to the ICPs")
	b.see("Software companies", "a change of ICPs")
	b.follow("Engagement and stages")
	b.see("40 to 64")
	b.fill("Warm from", "10")
	b.see("10 to 64")

	b.follow("Waitlists")
	b.follow("Make the first waitlist")
	b.fill("Name", "Launch")
	b.submit("Make it")
	b.see("The waitlist was made.", "Nobody waits yet")
	b.submit("Archive the waitlist")
	b.see("For API keys this waitlist is not there")
	b.clean("scoring")
}

// TestEnterSaves: the key that sends a form must not press its first button, which may remove something.
func TestEnterSaves(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	workspace := s.admin("workspace", "create", "--name", "Acme", "--plan", "team")["id"].(string)
	key := s.admin("key", "create", "--workspace", workspace, "--name", "x", "--preset", "full")["key"].(string)
	one := map[string]any{"name": "Named", "mode": "filter", "condition": map[string]any{"field": "name", "op": "present"}}
	s.call(key, "PATCH", "/v1/settings", map[string]any{"icps": map[string]any{"saas": map[string]any{"name": "Software", "parameters": []any{one}}}})
	b := newTab(t)
	b.look(views[0])
	s.signUp(b, workspace, "ann@acme.example", "manager")
	b.open(s.base + "/admin/scoring/icps/saas")
	b.fill("Name", "Renamed")
	b.do(chromedp.KeyEvent("\r"))
	b.see("The ICP saas was saved.", "Renamed", "Parameter 1")
}
