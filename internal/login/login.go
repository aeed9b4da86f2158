// Package login is how people sign in: passwords, passkeys, invitations, and the logins that a sign-in opens.
//
// A login belongs to one member of one workspace: what an admin of one workspace does can never give access to another, even where both know the
// same email. API keys are no part of this; see package keys.
package login

import (
	"errors"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// Person is a member who is signed in.
type Person struct {
	LoginID     string // of the sign-in; ends with it
	MemberID    string
	WorkspaceID string
	Email       string
	Role        workspaces.Role
}

// Actor returns the person for the activity log.
func (p Person) Actor() activity.Actor { return activity.PersonActor(p.Email) }

// ErrOver says that a login has ended: signed out, revoked, expired, or its member was removed.
var ErrOver = errors.New("login: the login is over")
