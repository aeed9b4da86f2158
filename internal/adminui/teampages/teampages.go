// Package teampages is the pages on which people are invited into a workspace, given roles, and parted from.
package teampages

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// Path is where the pages begin.
const Path = "/admin/team"

// Members is the team. *workspaces.Service is one.
type Members interface {
	ListMembers(ctx context.Context, ref string) ([]workspaces.Member, error)
	AddMember(ctx context.Context, actor activity.Actor, ref, email string, role workspaces.Role, publicURL string) (workspaces.Member, string, error)
	SetRole(ctx context.Context, actor activity.Actor, workspaceID, memberID string, role workspaces.Role) (workspaces.Member, error)
	Reinvite(ctx context.Context, actor activity.Actor, workspaceID, memberID, publicURL string) (workspaces.Member, string, error)
	Dismiss(ctx context.Context, actor activity.Actor, workspaceID, memberID string) (workspaces.Member, error)
}

// Keys is what members leave behind. *keys.Service is one.
type Keys interface {
	List(ctx context.Context, workspaceID string) ([]keys.Key, time.Time, error)
	Revoke(ctx context.Context, actor activity.Actor, workspaceID, id string) (keys.Key, error)
}

// Config names what the pages work with. All must be set.
type Config struct {
	Members Members
	Keys    Keys
	// InTx runs fn in one transaction, which the services above join, and again after a serialisation failure.
	InTx      func(ctx context.Context, fn func(ctx context.Context, now time.Time) error) error
	PublicURL string // the address that invitations lead to
}

// New returns the area.
func New(c Config) ui.Area {
	p := pages{c}
	return ui.Area{Name: "Team", Path: Path, Group: ui.Settings, Who: ui.Managers, Stories: stories, Routes: []ui.Route{
		ui.Get(Path, ui.Managers, p.team),
		ui.Post(Path+"/invite", ui.Managers, p.invite),
		ui.Get(Path+"/{id}", ui.Managers, p.member),
		ui.Post(Path+"/{id}/role", ui.Managers, p.setRole),
		ui.Post(Path+"/{id}/link", ui.Managers, p.link),
		ui.Get(Path+"/{id}/remove", ui.Managers, p.leaving),
		ui.Post(Path+"/{id}/remove", ui.Managers, p.remove),
	}}
}

type pages struct{ Config }
