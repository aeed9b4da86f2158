// Package usagepages shows what the API keys of a workspace did: requests, errors, refusals, the headroom of the rate limit and credits, over time,
// by key and by tool.
package usagepages

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/usage"
)

// Path is where the page is.
const Path = "/admin/usage"

// Config names what the page asks.
type Config struct {
	Report  func(ctx context.Context, workspaceID string, q usage.Query) (usage.Report, error)
	Balance func(ctx context.Context, workspaceID, keyID string) (credits.Balance, error)
	Keys    func(ctx context.Context, workspaceID string) ([]keys.Key, time.Time, error)
}

// New returns the area.
func New(c Config) ui.Area {
	return ui.Area{Name: "Usage", Path: Path, Group: ui.Insight, Who: ui.Managers, Stories: stories, Routes: []ui.Route{
		ui.Get(Path, ui.Managers, c.show),
	}}
}

func (c Config) show(r *ui.Request) error {
	v := view{Choice: choiceOf(r.URL.Query()), Now: r.Now(), Limits: r.Workspace.Limits}
	if err := c.fill(r.Context(), r.Workspace.ID, &v); err != nil {
		return err
	}
	return r.Page(v.page())
}

// fill asks for what the choice is about.
func (c Config) fill(ctx context.Context, workspaceID string, v *view) (err error) {
	if v.Report, err = c.Report(ctx, workspaceID, v.Choice.query(v.Now)); err != nil {
		return err
	}
	if v.Balance, err = c.Balance(ctx, workspaceID, ""); err != nil {
		return err
	}
	recent, err := c.Report(ctx, workspaceID, usage.Query{From: v.Now.AddDate(0, 0, -usage.BurnDays), To: v.Now, Step: usage.Hour})
	if err != nil {
		return err
	}
	v.Forecast = usage.Project(v.Balance.Left, recent.Total.Credits, v.Now, v.Balance.ResetsAt)
	list, _, err := c.Keys(ctx, workspaceID)
	v.Keys = list
	return err
}
