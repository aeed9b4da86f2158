// Package recordpages is the pages on which a company or person is looked up, with everything that is known of them and where it comes from.
package recordpages

import (
	"context"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Path is where the pages begin.
const Path = "/admin/records"

// Search finds records. *search.Service is one; inputs must have passed their Validate.
type Search interface {
	Record(ctx context.Context, workspaceID string, in wire.GetRecord) (wire.Record, error)
	Accounts(ctx context.Context, workspaceID string, in wire.FindAccounts) (search.Page[wire.Account], error)
	Leads(ctx context.Context, workspaceID string, in wire.FindLeads) (search.Page[wire.Lead], error)
	Signals(ctx context.Context, workspaceID string, in wire.ListSignals) (search.Page[wire.Signal], error)
}

// New returns the area.
func New(s Search) ui.Area {
	p := pages{s}
	return ui.Area{Name: "Records", Path: Path, Group: ui.Work, Who: ui.Viewers, Stories: stories, Routes: []ui.Route{
		ui.Get(Path, ui.Viewers, p.find),
		ui.Get(Path+"/{id}", ui.Viewers, p.record),
		ui.Get(Path+"/{id}/signals", ui.Viewers, p.signals),
	}}
}

type pages struct{ search Search }
