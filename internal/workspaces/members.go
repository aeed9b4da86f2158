package workspaces

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/identity"
)

// SetupPath is where a new member chooses a password. The token stands in the fragment, which browsers send to nobody
// and servers do not log.
const SetupPath = "/admin/setup#token="

// SetupLife is how long a setup link can be used.
const SetupLife = 7 * 24 * time.Hour

// AddMember adds a person to the workspace whose id or slug is ref. It also returns, this once, the address at which
// the person sets a password; it begins with publicURL and holds 256 random bits, of which only the hash is kept.
// conflict when the email is a member already; validation_failed for email or role; not_found for the workspace.
func (s *Service) AddMember(ctx context.Context, actor activity.Actor, ref, email string, role Role, publicURL string) (Member, string, error) {
	folded, err := identity.Email(email)
	if err != nil {
		return Member{}, "", fault.Invalid("email", err.Error())
	}
	if !role.Valid() {
		return Member{}, "", fault.Invalid("role", "must be one of the roles", words(Roles())...)
	}
	w, err := s.store.FindWorkspace(ctx, ref)
	if err != nil {
		return Member{}, "", err
	}
	now, err := s.clock(ctx)
	if err != nil {
		return Member{}, "", err
	}
	setup := setupToken()
	m := Member{
		ID: uuid.Must(uuid.NewV7()).String(), WorkspaceID: w.ID, Email: folded, Role: role, CreatedAt: now,
	}
	m.invite(setup, now)
	if err := s.store.InsertMember(ctx, m, activity.New(w.ID, now, actor, activity.MemberAdded, activity.ObjectMember, m.ID, m.detail())); err != nil {
		return Member{}, "", err
	}
	return m, setupURL(publicURL, setup), nil
}

func setupURL(publicURL, setup string) string {
	return strings.TrimRight(publicURL, "/") + SetupPath + setup
}

// invite lets the setup token, and no other, set m up.
func (m *Member) invite(setup string, now time.Time) {
	m.SetupTokenHash, m.SetupExpiresAt = HashSetupToken(setup), now.Add(SetupLife)
}

func setupToken() string {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

// HashSetupToken returns what is stored of a setup token. A plain hash is enough: there is nothing to guess in 256 bits.
func HashSetupToken(setup string) [32]byte { return sha256.Sum256([]byte(setup)) }

func (m Member) detail() map[string]string {
	return map[string]string{"email": m.Email, "role": string(m.Role)}
}

// Is reports whether ref names m: its id, or its email in any spelling.
func (m Member) Is(ref string) bool {
	if ref == m.ID {
		return true
	}
	email, err := identity.Email(ref)
	return err == nil && email == m.Email
}

// ListMembers returns the members of the workspace whose id or slug is ref, oldest first. not_found when there is none.
func (s *Service) ListMembers(ctx context.Context, ref string) ([]Member, error) {
	w, err := s.store.FindWorkspace(ctx, ref)
	if err != nil {
		return nil, err
	}
	return s.store.ListMembers(ctx, w.ID)
}

// RemoveMember ends the access of the member, named by id or email, of the workspace whose id or slug is ref, and
// returns who it was. The keys that the member made stay; it is the caller's to offer them for revocation.
// not_found when there is no such workspace or member.
func (s *Service) RemoveMember(ctx context.Context, actor activity.Actor, ref, member string) (Member, error) {
	m, err := s.FindMember(ctx, ref, member)
	if err != nil {
		return Member{}, err
	}
	return m, s.remove(ctx, actor, m)
}

// FindMember returns the member, named by id or email, of the workspace whose id or slug is ref. not_found when there is no such workspace or member.
func (s *Service) FindMember(ctx context.Context, ref, member string) (Member, error) {
	members, err := s.ListMembers(ctx, ref)
	if err != nil {
		return Member{}, err
	}
	for _, m := range members {
		if m.Is(member) {
			return m, nil
		}
	}
	return Member{}, fault.New(fault.NotFound, fault.NotFound.Detail())
}

func (s *Service) remove(ctx context.Context, actor activity.Actor, m Member) error {
	now, err := s.clock(ctx)
	if err != nil {
		return err
	}
	return s.store.RemoveMember(ctx, m.WorkspaceID, m.ID, activity.New(m.WorkspaceID, now, actor, activity.MemberRemoved, activity.ObjectMember, m.ID, m.detail()))
}
