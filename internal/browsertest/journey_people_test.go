package browsertest

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// TestPeople sets up the first admin, invites a viewer, and signs in by password and by passkey.
func TestPeople(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	workspace := s.admin("workspace", "create", "--name", "Acme", "--plan", "team")["id"].(string)
	link := s.admin("member", "add", "--workspace", workspace, "--email", "ann@acme.example", "--role", "admin")["setup_url"].(string)
	ann := newTab(t)
	ann.look(views[0])
	ann.open(link)
	ann.setUp()
	ann.clean("set-up")

	again := newTab(t)
	again.open(link)
	again.see("was used already")
	again.clean("a link used twice", "410")

	s.inviteBob(ann)
	s.passwords(ann)
	s.passkey(ann)
}

// inviteBob invites a viewer, who sets up from the link and sees no more than viewers do.
func (s *system) inviteBob(ann *tab) {
	ann.follow("Team")
	ann.fill("Email", "bob@acme.example")
	ann.choose("Role", "Viewer")
	ann.submit("Make the invitation")
	link := eval[string](ann, `document.getElementById("invitation").textContent`)
	ann.snap("journey/invitation")
	ann.open(s.base + "/admin/team")
	ann.see("bob@acme.example", "invited")
	ann.unseen(link)

	bob := newTab(ann.t)
	bob.look(views[0])
	bob.open(link)
	bob.setUp()
	bob.open(s.base + "/admin/keys")
	bob.see("Not allowed", "an Admin")
	bob.clean("a viewer at the keys", "403")
	ann.open(s.base + "/admin/team")
	if eval[bool](ann, `document.body.innerText.includes("invited")`) {
		ann.t.Error("bob still counts as invited")
	}
}

// passwords signs out and in again, by the wrong password first.
func (s *system) passwords(ann *tab) {
	ann.submit("Sign out")
	ann.open(s.base + "/admin/team")
	ann.see("Sign in")
	ann.fill("Email", "ann@acme.example")
	ann.fill("Password", "not the password at all")
	ann.submit("Sign in")
	ann.snap("journey/wrong-password")
	ann.clean("a wrong password", "401", "422", "403")
	ann.fill("Email", "ann@acme.example")
	ann.fill("Password", password)
	ann.submit("Sign in")
	ann.see("Invite somebody") // where the sign-in was asked for
}

// passkey adds a passkey of a device that the browser makes up, and signs in by it.
func (s *system) passkey(ann *tab) {
	ann.do(func(ctx context.Context, _ *chromedp.Target) (void chromedp.Void, err error) {
		if _, err = chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return void, err
		}
		_, err = chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		}})
		return void, err
	})
	ann.open(s.base + "/admin/profile")
	ann.fill("Name of the new passkey", "Ann's laptop")
	ann.submit("Add a passkey")
	ann.see("Ann's laptop")
	ann.inspect("journey/profile", views...)
	ann.submit("Sign out")
	ann.open(s.base + "/admin/sign-in")
	ann.submit("Sign in with a passkey")
	ann.open(s.base + "/admin/profile")
	ann.see("ann@acme.example", "Ann's laptop", "Passkey")
	ann.clean("a passkey")
}
