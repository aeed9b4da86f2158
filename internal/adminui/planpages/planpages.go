// Package planpages is the pages of a workspace's plan: what it includes, and what a change of it would do before it is made.
package planpages

import (
	"context"
	"net/http"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// Path is where the pages begin.
const Path = "/admin/plan"

// Config names what the pages work with. All must be set.
type Config struct {
	// Set changes the workspace; workspaces.Service.Set is one.
	Set func(ctx context.Context, actor activity.Actor, ref string, c workspaces.Change) (workspaces.Workspace, error)
	// Keys returns the workspace's keys and the time at which they are to be judged; keys.Service.List is one.
	Keys func(ctx context.Context, workspaceID string) ([]keys.Key, time.Time, error)
	// Balance returns what can be spent; credits.Service.Balance is one.
	Balance func(ctx context.Context, workspaceID, keyID string) (credits.Balance, error)
}

// New returns the area.
func New(c Config) ui.Area {
	p := pages{c}
	return ui.Area{Name: "Plan", Path: Path, Group: ui.Settings, Who: ui.Admins, Stories: stories, Routes: []ui.Route{
		ui.Get(Path, ui.Admins, p.plan),
		ui.Get(Path+"/{plan}", ui.Admins, p.change),
		ui.Post(Path+"/{plan}", ui.Admins, p.set),
	}}
}

type pages struct{ Config }

func (p pages) plan(r *ui.Request) error {
	b, err := p.Balance(r.Context(), r.Workspace.ID, "")
	if err != nil {
		return err
	}
	active, err := p.active(r)
	if err != nil {
		return err
	}
	return r.Page(ui.Page{Title: "Plan", Lead: "What " + r.Workspace.Name + " has, and what each plan includes.", Body: planPage(planOf(r.Workspace, b, len(active)))})
}

// active returns the keys that work now, or would if the plan included keys.
func (p pages) active(r *ui.Request) (out []affected, err error) {
	all, now, err := p.Keys(r.Context(), r.Workspace.ID)
	for _, k := range all {
		if k.Status(now) == keys.Active {
			out = append(out, affected{ID: k.ID, Name: k.Name, Redacted: keys.ViewOf(k, now).Redacted, LastUsed: k.LastUsedAt})
		}
	}
	return out, err
}

// asked returns the plan that the path names. The plan that the workspace has leads nowhere.
func asked(r *ui.Request) (workspaces.Plan, error) {
	to := workspaces.Plan(r.PathValue("plan"))
	if !to.Valid() {
		return "", ui.NotFound("There is no such plan.")
	}
	return to, nil
}

func (p pages) change(r *ui.Request) error {
	to, err := asked(r)
	if err != nil {
		return err
	}
	return p.show(r, to, forms.Problems{})
}

func (p pages) show(r *ui.Request, to workspaces.Plan, problems forms.Problems) error {
	if to == r.Workspace.Plan {
		return r.Done("The plan is "+ui.Title(to)+" already.", Path)
	}
	active, err := p.active(r)
	if err != nil {
		return err
	}
	return r.Page(ui.Page{Title: "Change to " + ui.Title(to), Body: changePage(changeOf(r.Workspace, to, active, problems)), Status: problems.Status})
}

func (p pages) set(r *ui.Request) error {
	to, err := asked(r)
	if err != nil {
		return err
	}
	switch from := workspaces.Plan(r.Value("from")); {
	case from != r.Workspace.Plan: // somebody else changed it since the page was shown
		return p.show(r, to, forms.Problems{Alert: "The plan has changed meanwhile. Look again at what the change does now.", Status: http.StatusConflict})
	case from.AllowsKeys() && !to.AllowsKeys() && !forms.Confirmed(r.Value("confirm"), string(to)):
		return p.show(r, to, forms.Problems{Fields: map[string]string{"confirm": "Type " + ui.Title(to) + " to confirm."}, Status: http.StatusUnprocessableEntity})
	}
	if _, err := p.Set(r.Context(), r.Actor(), r.Workspace.ID, workspaces.Change{Plan: &to}); err != nil {
		return err
	}
	return r.Done("The plan is now "+ui.Title(to)+".", Path)
}
