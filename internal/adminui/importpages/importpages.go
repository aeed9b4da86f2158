// Package importpages is the page on which a file of accounts, leads or signals is imported, with its report.
package importpages

import (
	"context"
	"errors"
	"net/http"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Path is where the page is.
const Path = "/admin/import"

// Importer reads sources into a workspace; on an error the report tells what was written before it. ingest.Service.Import is one.
type Importer func(ctx context.Context, workspaceID string, actor activity.Actor, opt ingest.Options, sources ...ingest.Source) (wire.ImportReport, error)

// New returns the area.
func New(run Importer) ui.Area {
	p := pages{run}
	receive, report := ui.Post(Path, ui.Operators, p.receive), ui.Post(Path+"/report", ui.Operators, p.report)
	receive.Large, report.Large = true, true
	return ui.Area{Name: "Import", Path: Path, Group: ui.Work, Who: ui.Operators, Stories: stories, Routes: []ui.Route{
		ui.Get(Path, ui.Operators, p.form), receive, report,
	}}
}

type pages struct{ run Importer }

func (p pages) form(r *ui.Request) error { return p.show(r, formView{}) }

func (p pages) show(r *ui.Request, v formView) error {
	v.Kinds = kindOptions(v.Kind)
	return r.Page(ui.Page{Title: "Import", Lead: "Companies, people and events from JSON Lines or CSV.", Body: formPage(v), Status: v.Problems.Status})
}

// receive imports the file while it arrives: it is never held as a whole.
func (p pages) receive(r *ui.Request) error {
	defer hurry(r)
	u, err := open(r)
	if err != nil {
		leave(r)
		return err
	}
	if len(u.problems) > 0 {
		leave(r)
		return p.show(r, formView{Kind: u.kind, Register: u.register, Problems: forms.Problems{Fields: u.problems, Status: http.StatusUnprocessableEntity}})
	}
	report, err := p.run(r.Context(), r.Workspace.ID, r.Actor(), ingest.Options{RegisterTypes: u.register}, ingest.Source{Kind: u.kind, Name: u.name, Reader: u, CSV: u.csv})
	if refused := (*ui.Refusal)(nil); errors.As(u.broken, &refused) {
		leave(r)
		return refused
	}
	v, err := done(u, report, err)
	if err != nil {
		leave(r)
		return err
	}
	return r.Page(ui.Page{Title: "Import", Lead: v.Lead(), Body: donePage(v), Status: v.Status})
}

// done says what became of the file. An import that stopped is shown with what it did before; a fault of ours before its first line is returned.
func done(u *upload, report wire.ImportReport, err error) (doneView, error) {
	v := doneView{File: u.name, Kind: u.kind, Report: report}
	switch {
	case err == nil:
		return v, nil
	case u.broken != nil:
		v.Alert, v.Status = "The file did not arrive whole. What came is kept; import the same file again to go on: nothing is doubled.", http.StatusBadRequest
	case report.Read == 0:
		return v, err
	default:
		e := fault.From(err)
		v.Alert, v.Status = "The import stopped before its end. "+e.Detail+" What was read is kept; import the same file again to go on: nothing is doubled.", e.Code.Status()
	}
	return v, nil
}

// maxReport bounds the report that a browser sends back, in bytes: the longest that there can be.
const maxReport = 16 << 20

// report sends the report, which the page carried, back as a file: no server has to remember it.
func (p pages) report(r *ui.Request) error {
	r.Body = http.MaxBytesReader(r.Writer(), r.Body, maxReport)
	form, err := r.Form()
	if err != nil {
		return err
	}
	if err := r.CheckToken(form.Get(ui.TokenField)); err != nil {
		return err
	}
	h := r.Writer().Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="import-report.csv"`)
	_, err = r.Writer().Write([]byte(form.Get("csv")))
	return err
}
