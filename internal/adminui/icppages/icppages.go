// Package icppages is the pages of what a workspace looks for and how it scores: ICPs and their personas, signal types, and engagement.
//
// Each form is about one thing of the settings and carries a digest of what it was made from. It is saved over whatever else changed meanwhile; only when
// somebody else changed the same thing does it come back, with what was typed and what is set now, so that neither is lost.
package icppages

import (
	"context"
	"encoding/json"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/insights"
	"github.com/unstuckengine/unstuck/internal/qualify"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Path is where the pages begin.
const Path = "/admin/scoring"

// The other places of the pages.
const (
	typesPath      = Path + "/signal-types"
	engagementPath = Path + "/engagement"
	newPath        = Path + "/new-icp"
	newTypePath    = Path + "/new-signal-type"
	jobsPath       = Path + "/qualification"
)

// Settings is what managers chose. *settings.Service is one.
type Settings interface {
	Get(ctx context.Context, workspaceID string) (wire.Settings, error)
	Update(ctx context.Context, workspaceID string, actor activity.Actor, in wire.UpdateSettings) (wire.Settings, error)
}

// Search finds who would fit. *search.Service is one; inputs must have passed their Validate.
type Search interface {
	Accounts(ctx context.Context, workspaceID string, in wire.FindAccounts) (search.Page[wire.Account], error)
	Leads(ctx context.Context, workspaceID string, in wire.FindLeads) (search.Page[wire.Lead], error)
}

// Config names what the pages work with. All must be set.
type Config struct {
	Settings Settings
	Search   Search
	Insights func(ctx context.Context, workspaceID string, in wire.GetInsights) (insights.Answer, error)
	Qualify  Qualify
	// Held tells of each record which of the conditions hold, in their order.
	Held func(ctx context.Context, workspaceID string, kind filter.Kind, conditions []filter.Node, ids []string) (map[string][]bool, error)
	// Jobs returns the newest jobs that qualify records.
	Jobs func(ctx context.Context, workspaceID string, limit int) ([]qualify.Job, error)
}

// Qualify scores many records in the background. *qualify.Service is one.
type Qualify interface {
	Start(ctx context.Context, workspaceID string, actor activity.Actor, over wire.QualifyOver, condition json.RawMessage) (qualify.Job, error)
	Job(ctx context.Context, workspaceID, id string) (qualify.Job, error)
}

// New returns the area.
func New(c Config) ui.Area {
	p := pages{c}
	return ui.Area{Name: "ICPs and scoring", Path: Path, Group: ui.Settings, Who: ui.Viewers, Stories: stories, Routes: []ui.Route{
		ui.Get(Path, ui.Viewers, p.list),
		ui.Get(newPath, ui.Managers, p.create),
		ui.Post(newPath, ui.Managers, p.save),
		ui.Get(Path+"/icps/{icp}", ui.Viewers, p.show),
		ui.Post(Path+"/icps/{icp}", ui.Managers, p.save),
		ui.Post(Path+"/icps/{icp}/remove", ui.Managers, p.remove),
		ui.Get(Path+"/icps/{icp}/new-persona", ui.Managers, p.create),
		ui.Post(Path+"/icps/{icp}/new-persona", ui.Managers, p.save),
		ui.Get(Path+"/icps/{icp}/personas/{persona}", ui.Viewers, p.show),
		ui.Post(Path+"/icps/{icp}/personas/{persona}", ui.Managers, p.save),
		ui.Post(Path+"/icps/{icp}/personas/{persona}/remove", ui.Managers, p.remove),
		ui.Post(Path+"/preview", ui.Managers, p.previewPart),
		ui.Post(jobsPath, ui.Managers, p.qualify),
		ui.Get(jobsPath+"/{id}", ui.Viewers, p.job),
		ui.Get(typesPath, ui.Viewers, p.types),
		ui.Get(newTypePath, ui.Managers, p.createType),
		ui.Post(newTypePath, ui.Managers, p.saveType),
		ui.Get(typesPath+"/{name}", ui.Managers, p.showType),
		ui.Post(typesPath+"/{name}", ui.Managers, p.saveType),
		ui.Post(typesPath+"/{name}/remove", ui.Managers, p.removeType),
		ui.Get(engagementPath, ui.Viewers, p.engagement),
		ui.Post(engagementPath, ui.Managers, p.saveEngagement),
		ui.Post(engagementPath+"/preview", ui.Managers, p.picturePart),
	}}
}

type pages struct{ Config }

// may reports whether the reader may change what is shown.
func may(r *ui.Request) bool { return ui.Managers.Allows(r.Person.Role) }
