package browsertest

const password = "velvet tractor under nine moons"

// signUp makes a member of the workspace, follows the set-up link in the tab and chooses a password.
func (s *system) signUp(b *tab, workspace, email, role string) {
	b.t.Helper()
	made := s.admin("member", "add", "--workspace", workspace, "--email", email, "--role", role)
	b.open(made["setup_url"].(string))
	b.setUp()
}

// setUp chooses a password on the page of a set-up link.
func (b *tab) setUp() {
	b.t.Helper()
	b.see("Choose a password")
	b.fill("New password", password)
	b.fill("New password again", password)
	b.submit("Set the password")
	b.see("You are set up and signed in.")
}
