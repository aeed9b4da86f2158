package uprun

import (
	"context"
	"io"
	"os"
	"os/user"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/apirun"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/demo"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// operator is the person at this machine, as the activity log calls them.
func operator() activity.Actor {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return activity.OperatorActor(u.Username)
	}
	return activity.OperatorActor("unknown")
}

// asOperator returns a context under which changes are logged as made at this machine.
func asOperator(ctx context.Context) context.Context {
	return activity.WithSource(ctx, activity.Source{Door: activity.DoorOperator})
}

// base is the name of the workspace and, when it is free, of the profile.
func (p *program) base() string {
	if p.demo {
		return "demo"
	}
	return "default"
}

// workspace finds or makes the workspace, and fills that of the demonstration.
func (p *program) workspace(ctx context.Context, app *apirun.App) (workspaces.Workspace, error) {
	names := map[string]string{"demo": "Demo", "default": "Default"}
	ws, err := app.Workspaces.Find(ctx, p.base())
	if fault.CodeOf(err) == fault.NotFound {
		ws, err = app.Workspaces.Create(ctx, operator(), names[p.base()], workspaces.Team, p.base())
	}
	if err != nil || !p.demo {
		return ws, err
	}
	return ws, p.fill(ctx, app, ws)
}

// fill imports the demonstration's data unless it is there. The data is that of the day on which the workspace was made,
// so that one that was broken off is completed by the same records, not doubled by others.
func (p *program) fill(ctx context.Context, app *apirun.App, ws workspaces.Workspace) error {
	one := 1
	page, err := app.Search.Signals(ctx, ws.ID, wire.ListSignals{Page: wire.Page{Limit: &one}})
	if err != nil || page.Total >= demo.SignalCount {
		return err
	}
	progress, done := p.progress(demo.AccountCount + demo.LeadCount + demo.SignalCount)
	defer done()
	report, err := app.Ingest.Import(ctx, ws.ID, operator(), ingest.Options{RegisterTypes: true, Progress: progress}, sources(ws.CreatedAt)...)
	if err != nil {
		return err
	}
	if report.Rejected > 0 {
		return config.Fail(config.ExitError, "the demonstration's data does not fit this version: %d lines were rejected (%s); use a fresh --data-dir", report.Rejected, report.Report[0].Message)
	}
	return nil
}

func sources(now time.Time) []ingest.Source {
	list := []ingest.Source{}
	for _, s := range []struct {
		kind wire.ImportKind
		open func(time.Time) io.Reader
	}{{wire.ImportAccounts, demo.Accounts}, {wire.ImportLeads, demo.Leads}, {wire.ImportSignals, demo.Signals}} {
		list = append(list, ingest.Source{Kind: s.kind, Name: "demo-" + string(s.kind) + ".jsonl", Reader: s.open(now)})
	}
	return list
}

// progress shows a bar on a terminal, and one line elsewhere.
func (p *program) progress(lines int) (step func(int), done func()) {
	f, ok := p.Stderr.(*os.File)
	if p.quiet || !ok || !term.IsTerminal(int(f.Fd())) {
		p.say("filling the demo workspace with %d records", lines)
		return nil, func() {}
	}
	bar := progressbar.NewOptions(lines, progressbar.OptionSetWriter(f), progressbar.OptionSetDescription("filling the demo workspace"),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
	return func(n int) { _ = bar.Set(n) }, func() { _ = bar.Finish() }
}
