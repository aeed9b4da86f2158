package teampages

import (
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// row is a member as the pages show one.
type row struct {
	ID       string
	Email    string
	Role     workspaces.Role
	Since    time.Time
	LastSeen time.Time // zero before the first sign-in
	Pending  bool      // has not set up a way to sign in
	You      bool
	Managed  bool // by whoever looks
}

func (r row) path(more string) string { return Path + "/" + r.ID + more }

type teamView struct {
	Rows     []row
	Email    string // of the form
	Roles    []ui.Option
	Problems forms.Problems
}

type linkView struct {
	Row row
	URL string // shown this once
	New bool   // the member is new
}

type memberView struct {
	Row      row
	Roles    []ui.Option
	Problems forms.Problems
}

// made is a key that the leaving member made and that can still be used.
type made struct {
	ID, Name, Redacted string
	LastUsed           time.Time
	Revoke             bool // ticked
}

type leavingView struct {
	Row      row
	Keys     []made
	Decides  bool // may revoke keys
	Problems forms.Problems
}

// meanings says what each role is for.
var meanings = map[workspaces.Role]string{
	workspaces.Admin:    "everything, API keys and the plan included",
	workspaces.Manager:  "settings and data; invites Operators and Viewers",
	workspaces.Operator: "works with records and imports",
	workspaces.Viewer:   "reads",
}

// roles returns what a member with the role may make of others.
func roles(by, chosen workspaces.Role) (out []ui.Option) {
	for _, r := range workspaces.Roles() {
		if by.Manages(r) {
			out = append(out, ui.Option{Value: string(r), Label: ui.Title(r) + ": " + meanings[r], Chosen: r == chosen})
		}
	}
	return out
}

// madeBy returns the keys of the member that would go on working, newest first, with those ticked that are named.
func madeBy(all []keys.Key, now time.Time, email string, ticked map[string]bool) (out []made) {
	for _, k := range all {
		if k.CreatedBy == email && k.Status(now) == keys.Active {
			out = append(out, made{ID: k.ID, Name: k.Name, Redacted: keys.ViewOf(k, now).Redacted, LastUsed: k.LastUsedAt, Revoke: ticked[k.ID]})
		}
	}
	return out
}
