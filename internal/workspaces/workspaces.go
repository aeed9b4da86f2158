// Package workspaces is the tenant: its plan, its limits, and the people who manage it.
package workspaces

import (
	"time"
)

// Plan is what a workspace pays for. The zero value is invalid and allows nothing.
type Plan string

// The plans, from the smallest to the largest.
const (
	Free Plan = "free"
	Pro  Plan = "pro"
	Team Plan = "team"
)

// Plans returns every plan, from the smallest to the largest.
func Plans() []Plan { return []Plan{Free, Pro, Team} }

// Valid reports whether p is one of the plans.
func (p Plan) Valid() bool { return p == Free || p == Pro || p == Team }

// AllowsKeys reports whether the plan includes API keys.
func (p Plan) AllowsKeys() bool { return p == Pro || p == Team }

// Limits are the rate settings of a workspace: sustained requests a minute and how many may come at once.
// A rate of 0 means unlimited.
type Limits struct {
	RatePerMinute int
	Burst         int
}

// Limits returns the plan's default rate settings.
func (p Plan) Limits() Limits {
	if p == Team {
		return Limits{RatePerMinute: 3000, Burst: 500}
	}
	return Limits{RatePerMinute: 600, Burst: 100}
}

// Credits returns the plan's default monthly grant.
func (p Plan) Credits() int64 {
	switch p {
	case Pro:
		return 10_000
	case Team:
		return 50_000
	default:
		return 100
	}
}

// Credits is the month's bucket of a workspace, as it was booked last; package credits reckons what may be spent now.
type Credits struct {
	Balance  int64     `json:"balance"`   // rest of the bucket
	Monthly  int64     `json:"monthly"`   // the grant of each month
	ResetsAt time.Time `json:"resets_at"` // when the next grant falls due; UTC
}

// Workspace is one tenant. Rate limit and credits belong to it and are shared by its keys.
type Workspace struct {
	ID        string // UUIDv7
	Slug      string // unique, lower case, [a-z0-9-]
	Name      string
	Plan      Plan
	Limits    Limits
	Credits   Credits
	CreatedAt time.Time // UTC, whole microseconds
}

// Change says which settings of a workspace to set; nil fields stay as they are.
type Change struct {
	Plan          *Plan
	RatePerMinute *int
	Burst         *int
	Credits       *int64 // what is left of the month's bucket
	Monthly       *int64 // the grant of each month; it comes with the plan, see Service.Set
}

// Empty reports whether c changes nothing.
func (c Change) Empty() bool {
	return c.Plan == nil && c.RatePerMinute == nil && c.Burst == nil && c.Credits == nil
}

// Role is what a member may do. Only an admin manages keys. The zero value is invalid.
type Role string

// The roles, from the most to the least powerful.
const (
	Admin    Role = "admin"
	Manager  Role = "manager"
	Operator Role = "operator"
	Viewer   Role = "viewer"
)

// Roles returns every role, from the most to the least powerful.
func Roles() []Role { return []Role{Admin, Manager, Operator, Viewer} }

// Valid reports whether r is one of the roles.
func (r Role) Valid() bool { return r == Admin || r == Manager || r == Operator || r == Viewer }

// ManagesKeys reports whether the role may list, make, rotate and revoke API keys.
func (r Role) ManagesKeys() bool { return r == Admin }

// Member is a person in one workspace.
type Member struct {
	ID             string // UUIDv7
	WorkspaceID    string
	Email          string // folded to lower case; unique in the workspace
	Role           Role
	CreatedAt      time.Time // UTC, whole microseconds
	SetupTokenHash [32]byte  // SHA-256 of the one-time setup token; all zero once it was used
	SetupExpiresAt time.Time // when the setup token ends; zero without one
	SetUp          bool      // a password was chosen
	LastSeenAt     time.Time // true to the minute; zero before the first sign-in
}
