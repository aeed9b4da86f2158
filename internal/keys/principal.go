package keys

import (
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// Principal is who a request comes from, as proved by its key at the time Now. It is never kept beyond the request.
type Principal struct {
	KeyID       string
	Name        string // of the key
	WorkspaceID string
	Preset      scope.Preset
	Permissions scope.Set
	Expiry      Expiry
	ExpiresAt   time.Time // zero when the key never expires
	Plan        workspaces.Plan
	Limits      workspaces.Limits
	Now         time.Time // the store's clock when the key was read
}

func principal(row AuthRow) Principal {
	k := row.Key
	return Principal{
		KeyID: k.ID, Name: k.Name, WorkspaceID: k.WorkspaceID, Preset: k.Preset, Permissions: k.Permissions,
		Expiry: k.Expiry, ExpiresAt: k.ExpiresAt, Plan: row.Plan, Limits: row.Limits, Now: row.Now,
	}
}

// Actor returns the name under which the activity log keeps what the key does.
func (p Principal) Actor() activity.Actor { return activity.KeyActor(p.KeyID, p.Name) }

// PlanGate returns feature_not_allowed when the workspace's plan does not include API keys, else nil.
func PlanGate(p Principal) error { return planGate(p.Plan) }

// Require returns insufficient_scope, naming the permission, when the key does not carry it, else nil.
// No key carries the zero permission.
func Require(p Principal, need scope.Permission) error {
	if p.Permissions.Allows(need) {
		return nil
	}
	return &fault.Error{Code: fault.InsufficientScope, Detail: fault.InsufficientScope.Detail(), RequiredScope: string(need)}
}

// State returns nil for a key that may be used, else key_revoked, key_expired or feature_not_allowed, in that order.
// It is for those who watch a key already proved; it checks no secret.
func State(row AuthRow) error {
	if err := live(row.Key, row.Now); err != nil {
		return err
	}
	return planGate(row.Plan)
}

func live(k Key, now time.Time) error {
	switch k.Status(now) {
	case Revoked:
		return refusal(fault.KeyRevoked)
	case Expired:
		return refusal(fault.KeyExpired)
	}
	return nil
}

func planGate(p workspaces.Plan) error {
	if p.AllowsKeys() {
		return nil
	}
	return refusal(fault.FeatureNotAllowed)
}

func refusal(c fault.Code) *fault.Error { return fault.New(c, c.Detail()) }
