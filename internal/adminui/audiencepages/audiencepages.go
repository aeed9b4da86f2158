// Package audiencepages shows the audiences of a workspace and who is in them, and lets people build them with a live count.
package audiencepages

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Path is where the pages begin.
const Path = "/admin/audiences"

// The other places of the pages.
const (
	newPath     = Path + "/new"
	previewPath = Path + "/preview"
	editEnd     = "/edit"
	deleteEnd   = "/delete"
)

// Audiences is what the pages ask of audiences. *audiences.Service is one.
type Audiences interface {
	List(ctx context.Context, workspaceID string, in wire.ListAudiences) (search.Page[wire.Audience], error)
	Get(ctx context.Context, workspaceID string, in wire.GetAudience) (wire.Audience, error)
	Save(ctx context.Context, workspaceID string, actor activity.Actor, in wire.SaveAudience) (wire.Audience, bool, error)
	Delete(ctx context.Context, workspaceID string, actor activity.Actor, in wire.DeleteAudience) (wire.Deleted, error)
	Preview(ctx context.Context, workspaceID string, in wire.PreviewAudience) (wire.AudiencePreview, error)
	Members(ctx context.Context, workspaceID string, in wire.ListAudienceMembers) (audiences.Audience, search.Page[wire.AudienceMember], error)
	Newest(ctx context.Context, workspaceID, id string, limit int) ([]wire.AudienceEvent, error)
}

// Config names what the pages ask. All must be set.
type Config struct {
	Audiences    Audiences
	Destinations func(ctx context.Context, workspaceID string) ([]wire.Destination, error)
	Settings     func(ctx context.Context, workspaceID string) (wire.Settings, error)
	// Names returns by id what people call records.
	Names func(ctx context.Context, workspaceID string, kind wire.Kind, ids []string) (map[string]string, error)
}

// New returns the area.
func New(c Config) ui.Area {
	p := pages{c}
	return ui.Area{Name: "Audiences", Path: Path, Group: ui.Work, Who: ui.Viewers, Stories: stories, Routes: []ui.Route{
		ui.Get(Path, ui.Viewers, p.list),
		ui.Get(newPath, ui.Operators, p.create),
		ui.Post(newPath, ui.Operators, p.save),
		ui.Post(previewPath, ui.Operators, p.previewPart),
		ui.Get(Path+"/{id}", ui.Viewers, p.show),
		ui.Get(Path+"/{id}"+editEnd, ui.Operators, p.edit),
		ui.Post(Path+"/{id}"+editEnd, ui.Operators, p.save),
		ui.Post(Path+"/{id}"+deleteEnd, ui.Operators, p.remove),
	}}
}

type pages struct{ Config }

// may reports whether the reader may change what is shown.
func may(r *ui.Request) bool { return ui.Operators.Allows(r.Person.Role) }

// audiencePath is the page of an audience.
func audiencePath(id string) string { return Path + "/" + id }

// everyone is the filter that an audience without conditions has.
var everyone = json.RawMessage(`{"field":"id","op":"present"}`)

// overs are the kinds of record that there are audiences of.
var overs = []filter.Kind{filter.Accounts, filter.Leads}

// overOf reads a kind of record; companies where none is named.
func overOf(text string) filter.Kind {
	if filter.Kind(text) == filter.Leads {
		return filter.Leads
	}
	return filter.Accounts
}

// things are what people call the records.
func things(over filter.Kind) string {
	if over == filter.Leads {
		return "people"
	}
	return "companies"
}

// offered is what the builder offers to choose from.
type offered struct {
	Types        []string // of signals
	Destinations []wire.Destination
}

func (p pages) offered(r *ui.Request) (o offered, err error) {
	s, err := p.Settings(r.Context(), r.Workspace.ID)
	if err != nil {
		return o, err
	}
	o.Types = slices.Sorted(maps.Keys(s.SignalTypes))
	o.Destinations, err = p.Destinations(r.Context(), r.Workspace.ID)
	return o, err
}
