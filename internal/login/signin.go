package login

import (
	"context"
	"errors"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// The reasons for which nobody is let in. Neither tells whether there is such a person.
var (
	ErrWrong  = errors.New("login: email and password do not belong together")
	ErrNoLink = errors.New("login: the setup link was used, replaced, or is too old")
)

// maxWorkspaces bounds how many hashes one sign-in takes: of the workspaces that know an email, the oldest are looked at.
const maxWorkspaces = 8

// SignIn returns the accounts that the password opens, one for each workspace, at least one. ErrWrong when it opens none; an email that nobody has takes
// as long as one with an account. auth_throttled after too many attempts.
func (s *Service) SignIn(ctx context.Context, email, password string, v Visit) (in []Account, err error) {
	folded, bad := identity.Email(email)
	if err := s.attempt(ctx, v.Address, folded); err != nil {
		return nil, err
	}
	var accounts []Account
	if bad == nil && len(password) <= 4*MaxPassword {
		if accounts, err = s.Store.AccountsByEmail(ctx, folded, maxWorkspaces); err != nil {
			return nil, err
		}
	}
	if len(accounts) == 0 {
		accounts = []Account{{}} // the same work
	}
	for _, a := range accounts {
		ok, err := s.hashes.matches(ctx, a.PasswordHash, password)
		if err != nil {
			return nil, err
		}
		if ok {
			in = append(in, a)
		}
	}
	if len(in) == 0 {
		return nil, ErrWrong
	}
	return in, nil
}

// Account returns a member with their workspace's name. not_found when they were removed.
func (s *Service) Account(ctx context.Context, workspaceID, memberID string) (Account, error) {
	return s.Store.FindAccount(ctx, workspaceID, memberID)
}

// Invitation returns whose setup link holds a token of that hash (workspaces.HashSetupToken). ErrNoLink when nobody's does, or does no more.
func (s *Service) Invitation(ctx context.Context, hash [32]byte, v Visit) (Account, error) {
	if err := s.attempt(ctx, v.Address, ""); err != nil {
		return Account{}, err
	}
	now, err := s.clock(ctx)
	if err != nil {
		return Account{}, err
	}
	a, err := s.Store.AccountBySetup(ctx, hash)
	if fault.CodeOf(err) == fault.NotFound || err == nil && !now.Before(a.SetupExpiresAt) {
		return Account{}, ErrNoLink
	}
	return a, err
}

// SetUp sets the password of whom the setup link was made for, once, and opens a login; other logins of theirs end. ErrNoLink as for Invitation;
// validation_failed for the password.
func (s *Service) SetUp(ctx context.Context, hash [32]byte, password string, v Visit) (loginID string, err error) {
	a, err := s.Invitation(ctx, hash, v)
	if err != nil {
		return "", err
	}
	if err := CheckPassword(password, a.Email); err != nil {
		return "", err
	}
	made, err := s.hashes.make(ctx, password)
	if err != nil {
		return "", err
	}
	now, err := s.clock(ctx)
	if err != nil {
		return "", err
	}
	err = s.Store.UseSetup(ctx, hash, now, made, passwordSet(a.Member, now, "setup link"))
	if fault.CodeOf(err) == fault.NotFound {
		return "", ErrNoLink
	}
	if err != nil {
		return "", err
	}
	return s.Open(ctx, a, BySetup, v)
}

func passwordSet(m workspaces.Member, at time.Time, by string) activity.Entry {
	detail := map[string]string{"email": m.Email, "by": by}
	return activity.New(m.WorkspaceID, at, activity.PersonActor(m.Email), activity.PasswordSet, activity.ObjectMember, m.ID, detail)
}

// ChangePassword sets another password for a person who knows the old one, and ends their other logins. validation_failed for the field "old" or
// "password"; auth_throttled after too many attempts.
func (s *Service) ChangePassword(ctx context.Context, p Person, old, password string, v Visit) error {
	if err := s.attempt(ctx, v.Address, p.MemberID); err != nil {
		return err
	}
	if err := CheckPassword(password, p.Email); err != nil {
		return err
	}
	a, err := s.Store.FindAccount(ctx, p.WorkspaceID, p.MemberID)
	if err != nil {
		return err
	}
	ok, err := s.hashes.matches(ctx, a.PasswordHash, old)
	if err != nil {
		return err
	}
	if !ok {
		return fault.Invalid("old", "This is not your password. If you have forgotten it, ask an Admin for a new setup link.")
	}
	made, err := s.hashes.make(ctx, password)
	if err != nil {
		return err
	}
	now, err := s.clock(ctx)
	if err != nil {
		return err
	}
	return s.Store.SetPassword(ctx, p.WorkspaceID, p.MemberID, a.PasswordHash, made, p.LoginID, passwordSet(a.Member, now, "old password"))
}

// AnyoneSetUp reports whether there is a member who can sign in.
func (s *Service) AnyoneSetUp(ctx context.Context) (bool, error) { return s.Store.AnyoneSetUp(ctx) }

// ByEmail returns the accounts of an email that somebody else vouches for, such as an identity provider. ErrWrong when nobody has it.
func (s *Service) ByEmail(ctx context.Context, email string, v Visit) ([]Account, error) {
	if err := s.attempt(ctx, v.Address, ""); err != nil {
		return nil, err
	}
	folded, err := identity.Email(email)
	if err != nil {
		return nil, ErrWrong
	}
	in, err := s.Store.AccountsByEmail(ctx, folded, maxWorkspaces)
	if err == nil && len(in) == 0 {
		err = ErrWrong
	}
	return in, err
}
