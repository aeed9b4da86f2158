package icppages

import (
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/qualify"
	"github.com/unstuckengine/unstuck/internal/wire"
)

type jobView struct{ Job qualify.Job }

func (v jobView) page() ui.Page {
	return ui.Page{Title: "Qualification of " + v.Job.CreatedAt.UTC().Format("2006-01-02 15:04") + " UTC", Lead: "Records are scored against the ICPs and personas.", Body: jobPage(v)}
}

// qualify begins to score all records anew.
func (p pages) qualify(r *ui.Request) error {
	j, err := p.Qualify.Start(r.Context(), r.Workspace.ID, r.Actor(), wire.QualifyAll, nil)
	if err != nil {
		return err
	}
	return r.Done("All records are being qualified again.", jobsPath+"/"+j.ID)
}

func (p pages) job(r *ui.Request) error {
	j, err := p.Qualify.Job(r.Context(), r.Workspace.ID, r.PathValue("id"))
	if err != nil {
		return err
	}
	return r.Page(jobView{j}.page())
}

// over reports whether nothing more will be done.
func (v jobView) over() bool {
	return v.Job.State == wire.QualificationDone || v.Job.State == wire.QualificationReplaced
}

// word says where the job stands, and how to mark it.
func (v jobView) word() (word, tone string) {
	switch v.Job.State {
	case wire.QualificationPending:
		return "Waiting", ""
	case wire.QualificationDone:
		return "Done", "good"
	case wire.QualificationReplaced:
		return "Replaced by a newer one", "warn"
	}
	return "Running", ""
}

// because says why the job was begun.
func (v jobView) because() string {
	if v.Job.Cause == qualify.BySettings {
		return "a change of ICPs"
	}
	return v.Job.By
}
