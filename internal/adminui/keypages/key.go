package keypages

import (
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
)

// recentEntries is how many rows of the activity log a key's page shows.
const recentEntries = 10

// keyView is everything about one key.
type keyView struct {
	side
	Successor keys.Key // "" id when nothing replaces it
	Activity  []activity.Entry
	Now       time.Time
	Paused    bool // the plan includes no keys
}

func (v keyView) page() ui.Page {
	return ui.Page{Title: v.Name, Lead: "API key of this workspace", Body: keyBody(v)}
}

// key shows one key.
func (p pages) key(r *ui.Request) error {
	all, now, err := p.Keys.List(r.Context(), r.Workspace.ID)
	if err != nil {
		return err
	}
	k, found := byID(all, r.PathValue("id"))
	if !found {
		return fault.New(fault.NotFound, "")
	}
	v := keyView{side: side{Key: k}, Now: now, Paused: !r.Workspace.Plan.AllowsKeys()}
	v.Successor, _ = successor(all, k.ID)
	if v.Clients, err = p.Clients(r.Context(), r.Workspace.ID, k.ID); err != nil {
		return err
	}
	if v.Activity, err = p.Activity(r.Context(), r.Workspace.ID, k.ID, recentEntries); err != nil {
		return err
	}
	return r.Page(v.page())
}
