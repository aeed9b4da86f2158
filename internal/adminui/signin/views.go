package signin

import (
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// signInView is what the page to sign in shows.
type signInView struct {
	Email, Next string // as they were sent
	Error       string
	Status      int
	Passkeys    bool   // browsers know passkeys for this address
	Provider    string // the identity provider's name; "" = none
}

func signInPage(v signInView) ui.Page {
	return ui.Page{Title: "Sign in", Bare: true, Status: v.Status, Body: signInBody(v)}
}

func onwardPage(to string) ui.Page {
	return ui.Page{Title: "You are signed in", Bare: true, Body: onwardBody(to)}
}

func choosePage(accounts []login.Account) ui.Page {
	return ui.Page{Title: "Choose a workspace", Lead: "You are a member of more than one.", Bare: true, Body: chooseBody(accounts)}
}

// linkView is what the page shows to which setup links lead.
type linkView struct {
	Error  string
	Status int
}

func linkPage(v linkView) ui.Page {
	return ui.Page{Title: "Set up your sign-in", Bare: true, Status: v.Status, Body: linkBody(v)}
}

// setupView is what the page shows on which a password is chosen.
type setupView struct {
	Email, Workspace string
	Role             workspaces.Role
	Again            bool // there is a password, which the new one replaces
	Errors           map[string]string
}

func setupPage(v setupView) ui.Page {
	return ui.Page{Title: "Choose a password", Bare: true, Status: statusOf(v.Errors), Body: setupBody(v)}
}

func statusOf(errors map[string]string) int {
	if len(errors) > 0 {
		return 422
	}
	return 0
}

// profileView is what people see of their own sign-in.
type profileView struct {
	Person      login.Person
	Workspace   string
	HasPassword bool
	CanPasskey  bool
	Passkeys    []login.Passkey
	Logins      []login.Login
	Now         time.Time
	Errors      map[string]string // of the form for another password
}

func profilePage(v profileView) ui.Page {
	return ui.Page{Title: "Your profile", Lead: "How you sign in to " + v.Workspace + ", and where you are signed in.", Status: statusOf(v.Errors), Body: profileBody(v)}
}

// newPassword are the two fields for a password of one's choice.
func newPassword(errors map[string]string) []ui.Field {
	return []ui.Field{
		{Name: "password", Label: "New password", Type: "password", Help: "10 to 200 characters. A few words that do not belong together are easy to keep and hard to guess.",
			Error: errors["password"], Required: true, Complete: "new-password", Max: login.MaxPassword},
		{Name: "again", Label: "New password again", Type: "password", Error: errors["again"], Required: true, Complete: "new-password", Max: login.MaxPassword},
	}
}

// methods says how a login was opened.
var methods = map[login.Method]string{
	login.BySetup: "Setup link", login.ByPassword: "Password", login.ByPasskey: "Passkey", login.ByOIDC: "Identity provider",
}
