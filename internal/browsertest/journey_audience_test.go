package browsertest

import "testing"

// TestAnAudienceIsBuilt builds an audience while watching who would be in it, and sees who is.
func TestAnAudienceIsBuilt(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	workspace := s.admin("workspace", "create", "--name", "Acme", "--plan", "team")["id"].(string)
	for i, name := range []string{"Large", "Larger", "Far"} {
		country := []string{"DE", "DE", "US"}[i]
		s.importLines(workspace, "accounts", map[string]any{"id": name, "domain": name + ".example", "name": name, "country_code": country, "founded_year": 2000 + i})
	}
	b := newTab(t)
	b.look(views[0])
	s.signUp(b, workspace, "ann@acme.example", "operator")

	b.follow("Audiences")
	b.see("No audiences yet")
	b.follow("New audience of companies")
	b.see("3 companies") // without conditions, everybody
	b.submit("Add a field")
	b.fill("Name", "Germans")
	b.fill("Field", "country_code")
	b.fill("Value, or one a line", "DE")
	b.see("2 companies")
	b.fill("First by", "founded_year")
	b.see("Larger", "2001")
	b.inspect("journey/audience-builder", views...)
	b.submit("Save")
	b.see("The audience Germans was saved.")
	b.see("Current", "Joined", "Larger") // the page renews itself until every record was looked at
	b.inspect("journey/audience", views...)
	b.follow("Change it")
	b.see("2 companies")
	b.submit("Remove condition 1")
	b.see("3 companies")
	b.submit("Save")
	b.see("The audience Germans was saved.", "Far")
	b.fill("Type its name: Germans", "Germans")
	b.submit("Delete the audience")
	b.see("The audience Germans was deleted.", "No audiences yet")
	b.clean("audiences")
}
