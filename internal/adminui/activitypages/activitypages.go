// Package activitypages shows who changed what in the workspace, proves that nothing of it was changed since, and hands it out as a file.
package activitypages

import (
	"context"
	"io"
	"net/url"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/activity/chain"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// Lister reads the log; *store.DB is one.
type Lister interface {
	ListActivity(ctx context.Context, workspaceID string, f activity.Filter) ([]activity.Entry, error)
}

// Chain proves and exports the log; *chain.Service is one.
type Chain interface {
	Verify(ctx context.Context, workspaceID string) (chain.Result, error)
	Export(ctx context.Context, w io.Writer, workspaceID string, format chain.Format, f activity.Filter) (int64, error)
}

// Config names what the pages speak to. All must be set to serve them; their stories need nothing.
type Config struct {
	Log   Lister
	Chain Chain
}

const (
	path       = "/admin/activity"
	exportPath = path + "/export"
	verifyPath = path + "/verify"
	keysPath   = "/admin/keys/"
	pageSize   = 50
)

type pages struct{ Config }

// New returns the area. Managers read the log too, since they invite people and answer for what these do; it names keys but gives no power over them.
func New(c Config) ui.Area {
	p := pages{c}
	return ui.Area{Name: "Activity", Path: path, Group: ui.Insight, Who: ui.Managers, Stories: stories, Routes: []ui.Route{
		ui.Get(path, ui.Managers, p.list),
		ui.Get(exportPath, ui.Managers, p.export),
		ui.Get(verifyPath, ui.Managers, func(r *ui.Request) error { return r.Redirect(path) }), // who loads the page of a check again
		ui.Post(verifyPath, ui.Managers, p.verify),
	}}
}

func (p pages) list(r *ui.Request) error {
	v, err := p.view(r, r.URL.Query())
	if err != nil {
		return err
	}
	return r.Page(v.page())
}

// view reads the page of entries that the query asks for.
func (p pages) view(r *ui.Request, query url.Values) (listView, error) {
	v := listView{form: formOf(query), keyLinks: r.Person.Role == workspaces.Admin}
	f, ok := v.filter()
	if !ok {
		return v, nil
	}
	f.Before, f.Limit = query.Get("before"), pageSize+1
	entries, err := p.Log.ListActivity(r.Context(), r.Workspace.ID, f)
	if err != nil {
		return v, err
	}
	v.show(entries)
	return v, nil
}

func (p pages) verify(r *ui.Request) error {
	result, err := p.Chain.Verify(r.Context(), r.Workspace.ID)
	if err != nil {
		return err
	}
	if r.Partial() {
		return r.Fragment(verdict(&result))
	}
	v, err := p.view(r, url.Values{})
	if err != nil {
		return err
	}
	v.result = &result
	return r.Page(v.page())
}
