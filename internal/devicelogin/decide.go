package devicelogin

import (
	"context"
	"errors"
	"slices"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// Choice is what an admin grants. For a request that replaces a key only RevokeOld counts.
type Choice struct {
	Preset    scope.Preset // one of Narrower of what was asked for
	KeyName   string
	Expiry    keys.Expiry
	RevokeOld bool
}

// ErrNotAdmin says that somebody may not decide, or may not any more.
var ErrNotAdmin = errors.New("devicelogin: only an admin of the workspace may decide")

// Find returns the open request with the code that somebody typed. not_found for a wrong, old or decided one; rate_limited after too many codes by
// one person or from one source.
func (s *Service) Find(ctx context.Context, p login.Person, source, typed string) (Login, error) {
	code, ok := ParseUserCode(typed)
	if !ok {
		return Login{}, noSuchCode()
	}
	if err := errors.Join(s.limit(ctx, personLimit, p.MemberID), s.limit(ctx, sourceLimit, source)); err != nil {
		return Login{}, err
	}
	l, err := s.Store.DeviceLoginByCode(ctx, code)
	if errors.Is(err, &fault.Error{Code: fault.NotFound}) {
		return Login{}, noSuchCode()
	}
	if err != nil {
		return Login{}, err
	}
	if now, err := s.now(ctx); err != nil || !l.Waits(now) {
		return Login{}, errors.Join(err, noSuchCode())
	}
	return l, nil
}

func noSuchCode() error {
	return fault.New(fault.NotFound, "No request with this code is waiting. Codes live for 15 minutes; look at your terminal for the current one.")
}

// Approve lets the program have the key. Beside the errors of Find: ErrNotAdmin, feature_not_allowed for the plan, validation_failed for the choice,
// and for a key to be replaced not_found or already_revoked.
func (s *Service) Approve(ctx context.Context, p login.Person, source, typed string, c Choice) error {
	return s.decide(ctx, p, source, typed, func(ctx context.Context, l *Login) error {
		if err := s.allowed(ctx, p.WorkspaceID); err != nil {
			return err
		}
		l.State, l.RevokeOld = Approved, l.Replaces != "" && c.RevokeOld
		if l.Replaces != "" {
			return s.replaceable(ctx, p.WorkspaceID, l.Replaces)
		}
		if !slices.Contains(Narrower(l.Preset), c.Preset) {
			return fault.Invalid("preset", "must be what was asked for, or less")
		}
		if !c.Expiry.Valid() {
			return fault.Invalid("expires", "must be one of the lifetimes")
		}
		l.Preset, l.KeyName, l.Expiry = c.Preset, c.KeyName, c.Expiry
		return workspaces.CheckName("name", c.KeyName)
	})
}

// Deny ends the request. Errors are those of Find, and ErrNotAdmin.
func (s *Service) Deny(ctx context.Context, p login.Person, source, typed string) error {
	return s.decide(ctx, p, source, typed, func(_ context.Context, l *Login) error {
		l.State = Refused
		return nil
	})
}

func (s *Service) decide(ctx context.Context, p login.Person, source, typed string, how func(context.Context, *Login) error) error {
	found, err := s.Find(ctx, p, source, typed)
	if err != nil {
		return err
	}
	return s.Store.ChangeDeviceLogin(ctx, found.CodeHash, func(ctx context.Context, l *Login) error {
		now, err := s.now(ctx)
		if err != nil {
			return err
		}
		if !l.Waits(now) { // decided or over since
			return noSuchCode()
		}
		if _, err := s.admin(ctx, p.WorkspaceID, p.MemberID); err != nil {
			return err
		}
		l.WorkspaceID, l.MemberID, l.DecidedAt = p.WorkspaceID, p.MemberID, now
		return how(ctx, l)
	})
}

// admin returns the member as who acts, read anew: ErrNotAdmin when there is no such member, or it is no admin.
func (s *Service) admin(ctx context.Context, workspaceID, memberID string) (activity.Actor, error) {
	members, err := s.Workspaces.ListMembers(ctx, workspaceID)
	if err != nil {
		return activity.Actor{}, err
	}
	for _, m := range members {
		if m.ID == memberID && m.Role.ManagesKeys() {
			return activity.PersonActor(m.Email), nil
		}
	}
	return activity.Actor{}, ErrNotAdmin
}

// allowed returns feature_not_allowed when the workspace's plan has no keys.
func (s *Service) allowed(ctx context.Context, workspaceID string) error {
	w, err := s.Workspaces.FindWorkspace(ctx, workspaceID)
	if err == nil && !w.Plan.AllowsKeys() {
		err = fault.New(fault.FeatureNotAllowed, fault.FeatureNotAllowed.Detail())
	}
	return err
}

func (s *Service) replaceable(ctx context.Context, workspaceID, id string) error {
	k, now, err := s.Keys.Get(ctx, workspaceID, id)
	switch {
	case errors.Is(err, &fault.Error{Code: fault.NotFound}):
		return fault.New(fault.NotFound, "Your workspace has no key with the id that the program asks to replace.")
	case err == nil && k.Status(now) == keys.Revoked:
		return fault.New(fault.AlreadyRevoked, fault.AlreadyRevoked.Detail())
	}
	return err
}
