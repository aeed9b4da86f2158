package api

import (
	"context"
	"iter"
	"net/http"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/tabular"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Audiences keeps saved filters and tells who is in them. Errors: validation_failed with the paths at fault, invalid_request for a cursor, not_found,
// conflict for a name that is taken or a version that is not the current one, store_unavailable. *audiences.Service is one.
type Audiences interface {
	Get(ctx context.Context, workspaceID string, in wire.GetAudience) (wire.Audience, error)
	List(ctx context.Context, workspaceID string, in wire.ListAudiences) (search.Page[wire.Audience], error)
	// Save and Delete join a transaction that ctx carries.
	Save(ctx context.Context, workspaceID string, actor activity.Actor, in wire.SaveAudience) (out wire.Audience, created bool, err error)
	Delete(ctx context.Context, workspaceID string, actor activity.Actor, in wire.DeleteAudience) (wire.Deleted, error)
	Preview(ctx context.Context, workspaceID string, in wire.PreviewAudience) (wire.AudiencePreview, error)
	Members(ctx context.Context, workspaceID string, in wire.ListAudienceMembers) (audiences.Audience, search.Page[wire.AudienceMember], error)
	Events(ctx context.Context, workspaceID string, in wire.ListAudienceEvents) (search.Page[wire.AudienceEvent], error)
}

func (s *Server) mountAudiences() {
	handle(s, operation[wire.ListAudiences, wire.List[wire.Audience]]{op: tools.ListAudiences, run: s.listAudiences})
	handle(s, operation[wire.GetAudience, wire.Audience]{op: tools.GetAudience, run: s.getAudience, tag: true})
	handle(s, operation[wire.SaveAudience, wire.Audience]{op: tools.SaveAudience, run: s.saveAudience,
		key: func(in *wire.SaveAudience) *string { return &in.IdempotencyKey }})
	handle(s, operation[wire.PreviewAudience, wire.AudiencePreview]{op: tools.PreviewAudience, run: s.previewAudience})
	handle(s, operation[wire.DeleteAudience, wire.Deleted]{op: tools.DeleteAudience, run: s.deleteAudience})
	handle(s, operation[wire.ListAudienceMembers, wire.AudienceMembers]{op: tools.ListAudienceMembers, run: s.audienceMembers, all: s.membersExport()})
	handle(s, operation[wire.ListAudienceEvents, wire.List[wire.AudienceEvent]]{op: tools.ListAudienceEvents, run: s.audienceEvents})
}

func (s *Server) listAudiences(ctx context.Context, c caller, in wire.ListAudiences) (none answer[wire.List[wire.Audience]], err error) {
	page, err := s.Audiences.List(ctx, c.WorkspaceID, in)
	if err != nil {
		return none, err
	}
	return listAnswer(c.prefer, in.Page(), page)
}

func (s *Server) getAudience(ctx context.Context, c caller, in wire.GetAudience) (none answer[wire.Audience], err error) {
	out, err := s.Audiences.Get(ctx, c.WorkspaceID, in)
	if err != nil {
		return none, err
	}
	return encoded(http.StatusOK, out)
}

func (s *Server) saveAudience(ctx context.Context, c caller, in wire.SaveAudience) (none answer[wire.Audience], err error) {
	out, created, err := s.Audiences.Save(ctx, c.WorkspaceID, c.Actor(), in)
	switch {
	case err != nil:
		return none, err
	case created:
		return encoded(http.StatusCreated, out)
	}
	return encoded(http.StatusOK, out)
}

func (s *Server) deleteAudience(ctx context.Context, c caller, in wire.DeleteAudience) (none answer[wire.Deleted], err error) {
	out, err := s.Audiences.Delete(ctx, c.WorkspaceID, c.Actor(), in)
	if err != nil {
		return none, err
	}
	return encoded(http.StatusOK, out)
}

// previewAudience shows models records as lists do, and which they are, no more, to a key that may not read records. A sample is small, so that only
// texts may have to be shortened.
func (s *Server) previewAudience(ctx context.Context, c caller, in wire.PreviewAudience) (none answer[wire.AudiencePreview], err error) {
	out, err := s.Audiences.Preview(ctx, c.WorkspaceID, in)
	if err != nil {
		return none, err
	}
	show := wire.AudienceMember.Bare
	if c.Permissions.Allows(scope.RecordsRead) {
		show = func(m wire.AudienceMember) wire.AudienceMember { return m.Concise(in.Ranking).Shorten(textLengths[0]) }
	}
	out.Sample = mapped(out.Sample, show)
	return encoded(http.StatusOK, out)
}

// audienceMembers shows of each record, in concise form, what the ranking looks at.
func (s *Server) audienceMembers(ctx context.Context, c caller, in wire.ListAudienceMembers) (none answer[wire.AudienceMembers], err error) {
	a, page, err := s.Audiences.Members(ctx, c.WorkspaceID, in)
	if err != nil {
		return none, err
	}
	p := in.Page()
	p.Sort = a.Ranking
	list, f, err := shaped(c.prefer, p, page)
	if err != nil {
		return none, err
	}
	body, err := assemble(`{"items":[`, wire.AudienceMembers{List: list, AsOf: wire.Time(a.AsOf), State: string(a.State)}, f)
	return answer[wire.AudienceMembers]{http.StatusOK, body}, err
}

// membersExport exports the members as lists of records are exported.
func (s *Server) membersExport() *export[wire.ListAudienceMembers] {
	type paged struct {
		wire.Page
		id string
	}
	find := func(ctx context.Context, workspaceID string, in paged) (search.Page[wire.AudienceMember], error) {
		_, page, err := s.Audiences.Members(ctx, workspaceID, wire.ListAudienceMembers{ID: in.id, Limit: in.Limit, Cursor: in.Cursor})
		return page, err
	}
	whole := listExport(tools.ListAudienceMembers.Spec, find, func(in *paged) *wire.Page { return &in.Page })
	return &export[wire.ListAudienceMembers]{
		pages: func(ctx context.Context, c caller, in wire.ListAudienceMembers) iter.Seq2[rowPage, error] {
			return whole.pages(ctx, c, paged{in.Page(), in.ID})
		},
		columns: func(wire.ListAudienceMembers) []tabular.Column { return whole.columns(paged{}) },
	}
}

func (s *Server) audienceEvents(ctx context.Context, c caller, in wire.ListAudienceEvents) (none answer[wire.List[wire.AudienceEvent]], err error) {
	page, err := s.Audiences.Events(ctx, c.WorkspaceID, in)
	if err != nil {
		return none, err
	}
	return listAnswer(c.prefer, in.Page(), page)
}
