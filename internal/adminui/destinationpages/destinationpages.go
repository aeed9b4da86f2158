// Package destinationpages is where people see and set where audiences are sent: webhooks, files and CRMs, which are made, confirmed, tested and mapped
// here, and what became of each delivery.
//
// A signing secret is in exactly one answer, that to the form which made it. Secrets that people type are never shown again.
package destinationpages

import (
	"context"
	"net/url"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Path is where the pages begin.
const Path = "/admin/destinations"

// LogPath is the log of all deliveries.
const LogPath = "/admin/deliveries"

// Audiences is what the pages ask of audiences. *audiences.Service is one.
type Audiences interface {
	List(ctx context.Context, workspaceID string, in wire.ListAudiences) (search.Page[wire.Audience], error)
	Get(ctx context.Context, workspaceID string, in wire.GetAudience) (wire.Audience, error)
	Save(ctx context.Context, workspaceID string, actor activity.Actor, in wire.SaveAudience) (a wire.Audience, created bool, err error)
}

// Config names what the pages speak to. All must be set.
type Config struct {
	Destinations *destinations.Service
	Audiences    Audiences
	// Log returns deliveries, the newest first, and how many there are. *store.DB has it as ListDeliveries.
	Log func(ctx context.Context, workspaceID string, f destinations.DeliveryFilter) ([]destinations.Delivery, int, error)
	// Names returns by id what people call records.
	Names func(ctx context.Context, workspaceID string, kind wire.Kind, ids []string) (map[string]string, error)
}

type pages struct{ Config }

// New returns the area.
func New(c Config) ui.Area {
	p := pages{c}
	return ui.Area{Name: "Destinations", Path: Path, Group: ui.Work, Who: ui.Viewers, Stories: stories, Routes: []ui.Route{
		ui.Get(Path, ui.Viewers, p.list),
		ui.Get(LogPath, ui.Viewers, p.log),
		ui.Post(LogPath+"/{id}/retry", ui.Operators, p.retry),
		ui.Get(Path+"/new", ui.Admins, p.blank),
		ui.Post(Path+"/new", ui.Admins, p.create),
		ui.Get(Path+"/{id}", ui.Viewers, p.show),
		ui.Get(Path+"/{id}/edit", ui.Admins, p.edit),
		ui.Post(Path+"/{id}/edit", ui.Admins, p.save),
		ui.Get(Path+"/{id}/mapping/{over}", ui.Admins, p.mapping),
		ui.Post(Path+"/{id}/mapping/{over}", ui.Admins, p.saveMapping),
		ui.Get(Path+"/{id}/audiences/{audience}", ui.Managers, p.audience),
		ui.Post(Path+"/{id}/audiences/{audience}", ui.Managers, p.saveAudience),
		ui.Get(Path+"/{id}/audiences/{audience}/file", ui.Operators, p.file),
		ui.Post(Path+"/{id}/sync", ui.Operators, p.sync),
		ui.Post(Path+"/{id}/test", ui.Operators, p.test),
		ui.Post(Path+"/{id}/confirm", ui.Admins, p.confirm),
		ui.Post(Path+"/{id}/pause", ui.Admins, p.pause),
		ui.Get(Path+"/{id}/rotate", ui.Admins, p.askRotate),
		ui.Post(Path+"/{id}/rotate", ui.Admins, p.rotate),
		ui.Get(Path+"/{id}/delete", ui.Admins, p.askDelete),
		ui.Post(Path+"/{id}/delete", ui.Admins, p.remove),
	}}
}

// by is on whose behalf a destination is changed.
func by(r *ui.Request) destinations.Caller {
	return destinations.Caller{WorkspaceID: r.Workspace.ID, Actor: r.Actor(), Admin: ui.Admins.Allows(r.Person.Role)}
}

// path returns the address of a page of the destination.
func path(id string, more ...string) string {
	out := Path + "/" + url.PathEscape(id)
	for _, m := range more {
		out += "/" + url.PathEscape(m)
	}
	return out
}

// found returns the destination that the path names.
func (p pages) found(r *ui.Request) (wire.Destination, error) {
	return p.Destinations.Get(r.Context(), r.Workspace.ID, r.PathValue("id"))
}
