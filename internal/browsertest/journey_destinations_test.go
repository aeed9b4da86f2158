package browsertest

import "testing"

// TestWhatAKeyMadeIsConfirmed finds a destination that an API key made, sees who made it and where it leads, confirms it, chooses its fields, and parts
// from it.
func TestWhatAKeyMadeIsConfirmed(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	workspace := s.admin("workspace", "create", "--name", "Acme", "--plan", "team")["id"].(string)
	key := s.admin("key", "create", "--workspace", workspace, "--name", "assistant", "--preset", "full")["key"].(string)
	s.call(key, "POST", "/v1/destinations", map[string]any{"name": "CRM", "kind": "hubspot", "secrets": map[string]any{"token": "pat-na1-typed-by-a-key"}})
	b := newTab(t)
	b.look(views[0])
	s.signUp(b, workspace, "ann@acme.example", "admin")

	b.follow("Destinations")
	b.see("One destination was made or changed through an API key", "Waits for an Admin")
	b.follow("CRM")
	b.see("Nothing is sent there yet", "assistant (an API key) made it.", "api.hubapi.com")
	b.inspect("journey/destination-pending", views...)
	b.submit("Confirm that this is where it should lead")
	b.see("CRM was confirmed and is sent to from now on.", "ann@acme.example")
	b.follow("Choose fields for people")
	b.see("Nobody has chosen fields")
	b.fill("Our value, row 1", "work_mail")
	b.submit("Save")
	b.see("Not saved.", "is filled with no value of leads; take: work_email")
	b.clean("what was typed wrong", "422")
	b.inspect("journey/destination-fields", views...)
	b.fill("Our value, row 1", "city")
	b.submit("Save")
	b.see("The fields were saved.")
	b.submit("Pause")
	b.see("CRM is paused")
	b.unseen("pat-na1-typed-by-a-key")
	b.follow("Delete…")
	b.fill("Type the destination's name", "CRM")
	b.submit("Delete CRM")
	b.see("CRM was deleted.", "No destinations yet")
	b.clean("destinations")
}
