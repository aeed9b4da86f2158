// Package waitlistpages is the pages of a workspace's waitlists: who waits at which place, and what a referral is worth.
package waitlistpages

import (
	"context"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/waitlists"
)

// Path is where the pages begin.
const Path = "/admin/waitlists"

const newPath = Path + "/new"

// Waitlists is what the pages ask. *waitlists.Service is one.
type Waitlists interface {
	List(ctx context.Context, workspaceID string) ([]waitlists.Waitlist, error)
	Find(ctx context.Context, workspaceID, id string) (waitlists.Waitlist, error)
	Create(ctx context.Context, workspaceID string, actor activity.Actor, name string, boost int) (waitlists.Waitlist, error)
	Update(ctx context.Context, workspaceID string, actor activity.Actor, id string, c waitlists.Change) (waitlists.Waitlist, error)
	Each(ctx context.Context, workspaceID, id string, q waitlists.Query, each func(waitlists.Subscriber) error) (total int, err error)
	Remove(ctx context.Context, workspaceID string, actor activity.Actor, waitlistID, id string) error
}

// Config names what the pages work with. All must be set.
type Config struct {
	Waitlists Waitlists
	// Subscriber returns one with the present place; not_found when there is none.
	Subscriber func(ctx context.Context, workspaceID, waitlistID, id string) (waitlists.Subscriber, error)
}

// New returns the area.
func New(c Config) ui.Area {
	p := pages{c}
	one := Path + "/{id}"
	return ui.Area{Name: "Waitlists", Path: Path, Group: ui.Work, Who: ui.Viewers, Stories: stories, Routes: []ui.Route{
		ui.Get(Path, ui.Viewers, p.list),
		ui.Get(newPath, ui.Managers, p.blank),
		ui.Post(newPath, ui.Managers, p.create),
		ui.Get(one, ui.Viewers, p.show),
		ui.Post(one, ui.Managers, p.change),
		ui.Post(one+"/archive", ui.Managers, p.archive),
		ui.Get(one+"/export", ui.Operators, p.export),
		ui.Get(one+"/subscribers/{subscriber}/remove", ui.Managers, p.askRemove),
		ui.Post(one+"/subscribers/{subscriber}/remove", ui.Managers, p.remove),
	}}
}

type pages struct{ Config }

// may reports whether the reader may change what is shown.
func may(r *ui.Request) bool { return ui.Managers.Allows(r.Person.Role) }
