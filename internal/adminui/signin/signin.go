// Package signin is the pages on which people set up, sign in and look after their own sign-in: password, passkeys and open logins.
package signin

import (
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/login/passkeys"
)

// The pages of the area beside those that the frame knows.
const (
	setupPath    = "/admin/setup" // where setup links lead; see workspaces.SetupPath
	choosePath   = ui.SignInPath + "/choose"
	passkeysPath = "/admin/passkeys"
)

// Config names the services behind the pages.
type Config struct {
	Logins   *login.Service    // must be set
	Passkeys *passkeys.Service // nil where browsers know none, see passkeys.ErrAddress
	OIDC     *OIDC             // nil without an identity provider
}

// New returns the area. It stands in no navigation: the frame leads to it.
func New(c Config) ui.Area {
	p := pages{c}
	return ui.Area{Name: "Sign-in", Who: ui.Anyone, Stories: stories, Routes: []ui.Route{
		ui.Get(ui.SignInPath, ui.Anyone, p.signInPage),
		ui.Post(ui.SignInPath, ui.Anyone, p.signIn),
		ui.Get(choosePath, ui.Anyone, p.choosePage),
		ui.Post(choosePath, ui.Anyone, p.choose),
		ui.Post(ui.SignOut, ui.Anyone, p.signOut),
		ui.Get(OIDCPath, ui.Anyone, p.oidcBegin),
		ui.Get(OIDCBack, ui.Anyone, p.oidcBack),

		ui.Get(setupPath, ui.Anyone, p.linkPage),
		ui.Post(setupPath, ui.Anyone, p.link),
		ui.Get(setupPath+"/password", ui.Anyone, p.setupPage),
		ui.Post(setupPath+"/password", ui.Anyone, p.setUp),

		ui.Get(ui.Profile, ui.Viewers, p.profilePage),
		ui.Post(ui.Profile+"/password", ui.Viewers, p.changePassword),
		ui.Post(ui.Profile+"/logins/others/end", ui.Viewers, p.endOthers),
		ui.Post(ui.Profile+"/logins/{id}/end", ui.Viewers, p.endLogin),
		ui.Post(ui.Profile+"/passkeys/{id}/remove", ui.Viewers, p.removePasskey),

		ui.Post(passkeysPath+"/add/begin", ui.Viewers, p.script(p.beginAdd)),
		ui.Post(passkeysPath+"/add", ui.Viewers, p.script(p.finishAdd)),
		ui.Post(passkeysPath+"/sign-in/begin", ui.Anyone, p.script(p.beginSignIn)),
		ui.Post(passkeysPath+"/sign-in", ui.Anyone, p.script(p.finishSignIn)),
	}}
}

type pages struct{ Config }
