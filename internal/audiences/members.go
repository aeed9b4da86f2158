package audiences

import (
	"context"

	"github.com/unstuckengine/unstuck/internal/cursor"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Members returns a page of an audience's members in the order of its ranking, and the audience. in must have passed Validate. A member whose record
// was erased this moment is left out. Errors: not_found, invalid_request for a cursor of another audience or ranking, store_unavailable.
func (s *Service) Members(ctx context.Context, workspaceID string, in wire.ListAudienceMembers) (a Audience, page search.Page[wire.AudienceMember], err error) {
	if a, err = s.Find(ctx, workspaceID, in.ID); err != nil {
		return a, page, err
	}
	question := cursor.Of(workspaceID, "audience_members", []any{a.ID, a.Ranking})
	p := wire.Page{Sort: a.Ranking, Limit: in.Limit}
	before, err := within(&p, in.Cursor, question)
	if err != nil {
		return a, page, err
	}
	if page, err = s.page(ctx, workspaceID, a, p); err != nil {
		return a, page, err
	}
	page = ranked(page, before)
	for i, c := range page.Cursors {
		page.Cursors[i] = cursor.Seal(question, []any{before + int64(i) + 1, c})
	}
	return a, page, s.joined(ctx, workspaceID, a.ID, page.Items)
}

// within reads a cursor: how many members earlier pages had, and where the list goes on.
func within(p *wire.Page, given *string, question cursor.Digest) (before int64, err error) {
	position, err := cursor.Open(given, question)
	if err != nil || position == nil {
		return 0, err
	}
	if len(position) == 2 {
		n, counted := position[0].(int64)
		inner, ok := position[1].(string)
		if p.Cursor = &inner; counted && ok {
			return n, nil
		}
	}
	return 0, cursor.Err
}

func (s *Service) page(ctx context.Context, workspaceID string, a Audience, p wire.Page) (search.Page[wire.AudienceMember], error) {
	if a.Over == filter.Accounts {
		page, err := s.Records.AccountsIn(ctx, workspaceID, a.ID, p)
		return accounts(page), err
	}
	page, err := s.Records.LeadsIn(ctx, workspaceID, a.ID, p)
	return leads(page), err
}

// joined tells since when the records are members.
func (s *Service) joined(ctx context.Context, workspaceID, audienceID string, items []wire.AudienceMember) error {
	ids := make([]string, len(items))
	for i, m := range items {
		ids[i] = RecordID(m)
	}
	since, err := s.Store.Joined(ctx, workspaceID, audienceID, ids)
	for i, id := range ids {
		items[i].JoinedAt = wire.Time(since[id])
	}
	return err
}

// RecordID returns the id of the member's record.
func RecordID(m wire.AudienceMember) string {
	switch {
	case m.Account != nil:
		return m.Account.ID
	case m.Lead != nil:
		return m.Lead.ID
	}
	return ""
}

// MemberIDs returns up to limit ids of members that come after the one given, by id, for whoever needs them all.
func (s *Service) MemberIDs(ctx context.Context, workspaceID, id, after string, limit int) ([]string, error) {
	return s.Store.MemberIDs(ctx, workspaceID, id, after, limit)
}

// Events returns a page of what changed in an audience, the oldest first. Errors: not_found, invalid_request for a cursor of another list,
// store_unavailable.
func (s *Service) Events(ctx context.Context, workspaceID string, in wire.ListAudienceEvents) (page search.Page[wire.AudienceEvent], err error) {
	question := cursor.Of(workspaceID, "audience_events", []string{in.ID, in.After})
	position, err := cursor.Open(in.Cursor, question)
	if err != nil {
		return page, err
	}
	after := in.After
	if position != nil {
		var ok bool
		if after, ok = position[0].(string); !ok || len(position) != 1 {
			return page, cursor.Err
		}
	}
	if _, err := s.Find(ctx, workspaceID, in.ID); err != nil {
		return page, err
	}
	size := in.Page().Size()
	list, total, err := s.Store.Events(ctx, workspaceID, in.ID, after, size+1)
	page.Total, page.More = total, len(list) > size
	for _, e := range list[:min(size, len(list))] {
		page.Items = append(page.Items, e.wire())
		page.Cursors = append(page.Cursors, cursor.Seal(question, []any{e.ID}))
	}
	return page, err
}

// Newest returns up to limit events of an audience, the newest first; none when the workspace does not have it.
func (s *Service) Newest(ctx context.Context, workspaceID, id string, limit int) (out []wire.AudienceEvent, err error) {
	list, err := s.Store.NewestEvents(ctx, workspaceID, id, limit)
	for _, e := range list {
		out = append(out, e.wire())
	}
	return out, err
}

func (e Event) wire() wire.AudienceEvent {
	return wire.AudienceEvent{ID: e.ID, Change: string(e.Change), RecordType: (Audience{Over: e.Kind}).RecordKind(), RecordID: e.RecordID, At: e.At.UTC()}
}
