// Package login is how people sign in: passwords, passkeys, invitations, and the logins that a sign-in opens.
//
// A login belongs to one member of one workspace: what an admin of one workspace does can never give access to another, even where both know the
// same email. API keys are no part of this; see package keys.
package login

import (
	"errors"
	"time"

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

// How long a login lasts: to its Life at the most, and less when nobody uses it for Idle.
const (
	Life = 7 * 24 * time.Hour
	Idle = 12 * time.Hour
)

// seenEvery is how exactly the last use of a login is known; to note each would make every page a write.
const seenEvery = time.Minute

// Method is how somebody proved who they are.
type Method string

// The ways to sign in.
const (
	BySetup    Method = "setup"    // by the one-time link, choosing a password
	ByPassword Method = "password" // by email and password
	ByPasskey  Method = "passkey"
	ByOIDC     Method = "oidc" // at the organisation's own identity provider
)

// Login is one sign-in of a member on one device.
type Login struct {
	ID          string // UUIDv7
	WorkspaceID string
	MemberID    string
	Method      Method
	Device      string // in words for people, such as "Firefox on Windows"
	Address     string // where it was opened from
	CreatedAt   time.Time
	LastSeenAt  time.Time // true to the minute
	ExpiresAt   time.Time
}

// Over reports whether the login has ended by now of its own.
func (l Login) Over(now time.Time) bool {
	return !now.Before(l.ExpiresAt) || now.Sub(l.LastSeenAt) >= Idle
}

// Visit is where a sign-in comes from.
type Visit struct {
	Device  string
	Address string
}
