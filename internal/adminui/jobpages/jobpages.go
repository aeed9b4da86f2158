// Package jobpages shows the bulk jobs of a workspace and what became of each record, and lets people cancel and retry them.
package jobpages

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Path is where the pages begin.
const Path = "/admin/jobs"

// pageSize is how many jobs, or records of a job, a page shows.
const pageSize = 50

// Jobs is what the pages ask of bulk jobs. *enrich.Bulk is one.
type Jobs interface {
	Jobs(ctx context.Context, workspaceID string, f enrich.JobFilter) ([]enrich.Job, error)
	Find(ctx context.Context, workspaceID, id string) (enrich.Job, error)
	Job(ctx context.Context, workspaceID string, in wire.GetEnrichmentJob) (wire.EnrichmentJob, error)
	Cancel(ctx context.Context, c enrich.Caller, id string) (wire.EnrichmentJob, error)
	RetryPrice(ctx context.Context, workspaceID, id, outcome string) (wire.EnrichmentJob, error)
	Retry(ctx context.Context, by enrich.Caller, id, outcome string) (wire.EnrichmentJob, error)
}

// Config names what the pages ask.
type Config struct {
	Jobs Jobs
	Keys func(ctx context.Context, workspaceID string) ([]keys.Key, time.Time, error)
	// Names returns by id what people call records.
	Names func(ctx context.Context, workspaceID string, kind wire.Kind, ids []string) (map[string]string, error)
}

// New returns the area.
func New(c Config) ui.Area {
	return ui.Area{Name: "Jobs", Path: Path, Group: ui.Work, Who: ui.Operators, Stories: stories, Routes: []ui.Route{
		ui.Get(Path, ui.Operators, c.list),
		ui.Get(Path+"/{id}", ui.Operators, c.show),
		ui.Post(Path+"/{id}/cancel", ui.Operators, c.cancel),
		ui.Get(Path+"/{id}/retry", ui.Operators, c.price),
		ui.Post(Path+"/{id}/retry", ui.Operators, c.retry),
	}}
}

func (c Config) list(r *ui.Request) error {
	q := r.URL.Query()
	v := listView{State: stateOf(q.Get("state"))}
	f := enrich.JobFilter{State: v.State, Before: q.Get("before"), Limit: pageSize + 1}
	list, err := c.Jobs.Jobs(r.Context(), r.Workspace.ID, f)
	if err != nil {
		return err
	}
	if len(list) > pageSize {
		list = list[:pageSize]
		v.Older = listPath(v.State, list[pageSize-1].ID)
	}
	if v.Jobs, err = c.named(r, list); err != nil {
		return err
	}
	return r.Page(v.page())
}

// named puts the names of their keys to jobs.
func (c Config) named(r *ui.Request, list []enrich.Job) (out []job, err error) {
	all, _, err := c.Keys(r.Context(), r.Workspace.ID)
	names := map[string]string{}
	for _, k := range all {
		names[k.ID] = k.Name
	}
	for _, j := range list {
		out = append(out, job{j, names[j.KeyID]})
	}
	return out, err
}

func (c Config) find(r *ui.Request) (job, error) {
	j, err := c.Jobs.Find(r.Context(), r.Workspace.ID, r.PathValue("id"))
	if err != nil {
		return job{}, err
	}
	list, err := c.named(r, []enrich.Job{j})
	return list[0], err
}

func (c Config) show(r *ui.Request) error {
	q := r.URL.Query()
	size, in := pageSize, wire.GetEnrichmentJob{ID: r.PathValue("id"), Outcome: outcomeOf(q.Get("outcome"))}
	in.Limit = &size
	if from := q.Get("from"); from != "" {
		in.Cursor = &from
	}
	v := jobView{Outcome: in.Outcome, Here: r.URL.RequestURI()}
	var err error
	if v.Job, err = c.find(r); err != nil {
		return err
	}
	page, err := c.Jobs.Job(r.Context(), r.Workspace.ID, in)
	if err != nil {
		return err
	}
	if v.Items = page.Items; page.NextCursor != nil {
		v.More = jobPath(v.Job.ID, v.Outcome, *page.NextCursor)
	}
	if v.Retries, err = c.Jobs.Jobs(r.Context(), r.Workspace.ID, enrich.JobFilter{RetryOf: v.Job.ID}); err != nil {
		return err
	}
	if v.Names, err = c.Names(r.Context(), r.Workspace.ID, v.Job.Kind, idsOf(v.Items)); err != nil {
		return err
	}
	return r.Page(v.page())
}

func idsOf(items []wire.JobItem) (ids []string) {
	for _, i := range items {
		ids = append(ids, i.RecordID)
	}
	return ids
}
