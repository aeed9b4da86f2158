package workspaces

import (
	"context"
	"slices"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
)

// Manages reports whether a member with the role may invite, change and remove a member who has the other one.
func (r Role) Manages(other Role) bool {
	return r == Admin || r == Manager && (other == Operator || other == Viewer)
}

// TeamChange is what becomes of one member.
type TeamChange struct {
	Member Member // as it is to be; of its columns the role and the setup token are written
	Remove bool   // instead
	Entry  activity.Entry
}

// SetRole gives a member another role and returns the member as it then is; the same role changes nothing. Whether the actor may do so is judged by the
// actor's own role at that very moment, here as in Reinvite and Dismiss; an operator of the server may do all. not_found for the member or workspace,
// validation_failed for the role, insufficient_scope for an actor whose role does not manage both roles, conflict for the last admin.
func (s *Service) SetRole(ctx context.Context, actor activity.Actor, workspaceID, memberID string, role Role) (Member, error) {
	if !role.Valid() {
		return Member{}, fault.Invalid("role", "must be one of the roles", words(Roles())...)
	}
	return s.changeTeam(ctx, actor, workspaceID, memberID, func(now time.Time, t team, m Member) (*TeamChange, error) {
		if m.Role == role {
			return nil, nil
		}
		if err := t.may(role); err != nil {
			return nil, err
		}
		if err := t.withoutAdmin(m); err != nil {
			return nil, err
		}
		detail := map[string]string{"email": m.Email, "role": string(role), "role_before": string(m.Role)}
		m.Role = role
		return &TeamChange{Member: m, Entry: m.entry(now, actor, activity.MemberUpdated, detail)}, nil
	})
}

// Reinvite returns a new address, this once, at which the member sets a password; one given before is worth nothing from then on.
func (s *Service) Reinvite(ctx context.Context, actor activity.Actor, workspaceID, memberID, publicURL string) (Member, string, error) {
	setup := setupToken()
	m, err := s.changeTeam(ctx, actor, workspaceID, memberID, func(now time.Time, _ team, m Member) (*TeamChange, error) {
		m.invite(setup, now)
		return &TeamChange{Member: m, Entry: m.entry(now, actor, activity.MemberInvited, m.detail())}, nil
	})
	if err != nil {
		return Member{}, "", err
	}
	return m, setupURL(publicURL, setup), nil
}

// Dismiss ends a member's access and returns who it was. The keys that the member made stay; it is the caller's to offer them for revocation. It joins
// the transaction that ctx carries.
func (s *Service) Dismiss(ctx context.Context, actor activity.Actor, workspaceID, memberID string) (Member, error) {
	return s.changeTeam(ctx, actor, workspaceID, memberID, func(now time.Time, t team, m Member) (*TeamChange, error) {
		if err := t.withoutAdmin(m); err != nil {
			return nil, err
		}
		return &TeamChange{Member: m, Remove: true, Entry: m.entry(now, actor, activity.MemberRemoved, m.detail())}, nil
	})
}

func (m Member) entry(now time.Time, actor activity.Actor, action activity.Action, detail map[string]string) activity.Entry {
	return activity.New(m.WorkspaceID, now, actor, action, activity.ObjectMember, m.ID, detail)
}

// changeTeam lets do decide about one member, whom the actor must manage.
func (s *Service) changeTeam(ctx context.Context, actor activity.Actor, workspaceID, memberID string,
	do func(now time.Time, t team, m Member) (*TeamChange, error)) (out Member, err error) {
	err = s.store.ChangeTeam(ctx, workspaceID, func(now time.Time, members []Member) (*TeamChange, error) {
		t := team{members, actor}
		i := slices.IndexFunc(members, func(m Member) bool { return m.ID == memberID })
		if i < 0 {
			return nil, fault.New(fault.NotFound, fault.NotFound.Detail())
		}
		if err := t.may(members[i].Role); err != nil {
			return nil, err
		}
		out = members[i]
		c, err := do(now, t, members[i])
		if c != nil {
			out = c.Member
		}
		return c, err
	})
	if err != nil {
		return Member{}, err
	}
	return out, nil
}

// team is the members of a workspace while the actor changes one.
type team struct {
	members []Member
	actor   activity.Actor
}

// may refuses an actor who does not manage the role now, whatever the page said that they came from.
func (t team) may(role Role) error {
	if t.actor.Kind == activity.Operator {
		return nil
	}
	is := func(m Member) bool { return m.Email == t.actor.Name && m.Role.Manages(role) }
	if t.actor.Kind == activity.Person && slices.ContainsFunc(t.members, is) {
		return nil
	}
	return fault.New(fault.InsufficientScope, "Admins manage everybody, Managers manage Operators and Viewers. Ask an Admin to do this.")
}

// withoutAdmin refuses to do without the last admin: nobody could make another.
func (t team) withoutAdmin(m Member) error {
	if m.Role != Admin || slices.ContainsFunc(t.members, func(o Member) bool { return o.ID != m.ID && o.Role == Admin }) {
		return nil
	}
	return fault.New(fault.Conflict, "This is the last Admin of the workspace. Make somebody else an Admin first.")
}
