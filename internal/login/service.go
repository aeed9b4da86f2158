package login

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// Service opens logins and tells whose they are.
type Service struct {
	Config
	hashes *hasher
}

// Config says what a Service works with.
type Config struct {
	Store Store                                                                          // must be set
	Now   func(ctx context.Context) (time.Time, error)                                   // the store's clock; must be set
	Take  func(ctx context.Context, name string, perMinute, burst int) (Decision, error) // counts one attempt, exact over all processes; must be set
	Cost  Cost                                                                           // of a password's hash; the zero value is what production uses
}

// Decision says whether an attempt may be made, and when to come back.
type Decision struct {
	Allowed    bool
	RetryAfter time.Duration
}

// New returns a Service.
func New(c Config) *Service { return &Service{Config: c, hashes: newHasher(c.Cost)} }

// Person returns whose login it is, as they are now, and their workspace: a role that changed counts at once. ErrOver when the login has ended or the
// member was removed.
func (s *Service) Person(ctx context.Context, loginID string) (Person, workspaces.Workspace, error) {
	l, m, now, err := s.Store.FindLogin(ctx, loginID)
	if fault.CodeOf(err) == fault.NotFound || err == nil && l.Over(now) {
		return Person{}, workspaces.Workspace{}, ErrOver
	}
	if err != nil {
		return Person{}, workspaces.Workspace{}, err
	}
	if now.Sub(l.LastSeenAt) >= seenEvery {
		if err := s.Store.TouchLogin(ctx, l.ID, now); err != nil {
			return Person{}, workspaces.Workspace{}, err
		}
	}
	w, err := s.Store.FindWorkspace(ctx, m.WorkspaceID)
	return Person{LoginID: l.ID, MemberID: m.ID, WorkspaceID: m.WorkspaceID, Email: m.Email, Role: m.Role}, w, err
}

// Open opens a login of the account, whose owner has proved by the method who they are, and returns its id.
func (s *Service) Open(ctx context.Context, a Account, method Method, v Visit) (string, error) {
	now, err := s.clock(ctx)
	if err != nil {
		return "", err
	}
	l := Login{
		ID: uuid.Must(uuid.NewV7()).String(), WorkspaceID: a.WorkspaceID, MemberID: a.ID, Method: method,
		Device: v.Device, Address: v.Address, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(Life),
	}
	detail := map[string]string{"email": a.Email, "method": string(method), "device": v.Device, "address": v.Address}
	e := activity.New(a.WorkspaceID, now, activity.PersonActor(a.Email), activity.MemberSignedIn, activity.ObjectLogin, l.ID, detail)
	return l.ID, s.Store.InsertLogin(ctx, l, e)
}

func (s *Service) clock(ctx context.Context) (time.Time, error) {
	now, err := s.Now(ctx)
	return now.UTC().Truncate(time.Microsecond), err
}

// List returns the person's logins that have not ended, newest first.
func (s *Service) List(ctx context.Context, p Person) (out []Login, err error) {
	now, err := s.clock(ctx)
	if err != nil {
		return nil, err
	}
	all, err := s.Store.ListLogins(ctx, p.WorkspaceID, p.MemberID)
	for _, l := range all {
		if !l.Over(now) {
			out = append(out, l)
		}
	}
	return out, err
}

// End ends the person's own login: they sign out.
func (s *Service) End(ctx context.Context, p Person) error {
	err := s.Store.EndLogin(ctx, p.WorkspaceID, p.MemberID, p.LoginID, activity.Entry{})
	if fault.CodeOf(err) == fault.NotFound { // somebody else was faster
		return nil
	}
	return err
}

// Revoke ends one of the person's logins. not_found when it has ended, or is not theirs.
func (s *Service) Revoke(ctx context.Context, p Person, id string) error {
	e, err := s.entry(ctx, p, activity.LoginRevoked, activity.ObjectLogin, id, nil)
	if err != nil {
		return err
	}
	return s.Store.EndLogin(ctx, p.WorkspaceID, p.MemberID, id, e)
}

// RevokeOthers ends all the person's logins but this one, and returns how many there were.
func (s *Service) RevokeOthers(ctx context.Context, p Person) (int, error) {
	e, err := s.entry(ctx, p, activity.LoginRevoked, activity.ObjectMember, p.MemberID, map[string]string{"which": "all others"})
	if err != nil {
		return 0, err
	}
	return s.Store.EndOtherLogins(ctx, p.WorkspaceID, p.MemberID, p.LoginID, e)
}

func (s *Service) entry(ctx context.Context, p Person, action activity.Action, kind, id string, detail map[string]string) (activity.Entry, error) {
	now, err := s.clock(ctx)
	return activity.New(p.WorkspaceID, now, p.Actor(), action, kind, id, detail), err
}
