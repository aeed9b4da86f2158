package ui

import "github.com/unstuckengine/unstuck/internal/workspaces"

// Access says who may open a route. The zero value lets nobody in.
type Access uint8

// Who may open a route, from everybody to the fewest.
const (
	Anyone    Access = iota + 1 // also without signing in
	Viewers                     // every member
	Operators                   // operators, managers and admins
	Managers                    // managers and admins
	Admins
)

// powers maps each role to the highest Access that it meets.
var powers = map[workspaces.Role]Access{
	workspaces.Viewer: Viewers, workspaces.Operator: Operators, workspaces.Manager: Managers, workspaces.Admin: Admins,
}

// Allows reports whether a member with the role may open what a demands. The role "" is nobody's.
func (a Access) Allows(role workspaces.Role) bool {
	return a == Anyone || a != 0 && powers[role] >= a
}

// Needs names the least powerful role that a asks for, for people.
func (a Access) Needs() string {
	switch a {
	case Operators:
		return "an Operator, Manager or Admin"
	case Managers:
		return "a Manager or Admin"
	case Admins:
		return "an Admin"
	}
	return "a member"
}
