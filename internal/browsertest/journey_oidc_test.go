package browsertest

import (
	"testing"

	"github.com/unstuckengine/unstuck/internal/login/provider/providertest"
)

// TestIdentityProvider signs in at a provider of another site, from which browsers bring along what they may.
func TestIdentityProvider(t *testing.T) {
	issuer := providertest.New(t)
	s := newSystem(t, "UNSTUCK_OIDC_ISSUER="+issuer.URL, "UNSTUCK_OIDC_CLIENT_ID="+providertest.ClientID, "UNSTUCK_OIDC_CLIENT_SECRET="+providertest.ClientSecret)
	for _, name := range []string{"One", "Two"} {
		workspace := s.admin("workspace", "create", "--name", name, "--plan", "team")["id"].(string)
		s.admin("member", "add", "--workspace", workspace, "--email", "ann@example.com", "--role", "admin")
	}
	ann := newTab(t)
	ann.look(views[0])
	ann.open(s.base + "/admin/team")
	ann.follow("Sign in at")
	ann.see("Choose a workspace")
	ann.submit("Two")
	ann.see("Invite somebody") // where the sign-in was asked for
	ann.open(s.base + "/admin/profile")
	ann.see("ann@example.com", "Identity provider", "You have no password here")
	ann.clean("an identity provider")

	issuer.Claims = map[string]any{"email_verified": false}
	eve := newTab(t)
	eve.open(s.base + "/admin/sign-in")
	eve.follow("Sign in at")
	eve.see("Email not verified")
	eve.clean("an unproved email", "403")
}
