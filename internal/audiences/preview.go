package audiences

import (
	"context"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Preview tells who would be in an audience now: how many, the first ones by the ranking, and what they lack. Nothing is kept. in must have passed
// Validate. Errors: validation_failed naming each field at fault, not_found for the audience that in names, store_unavailable.
func (s *Service) Preview(ctx context.Context, workspaceID string, in wire.PreviewAudience) (out wire.AudiencePreview, err error) {
	now, err := s.Now(ctx)
	if err != nil {
		return out, err
	}
	now = search.WholeMicros(now)
	var r rules
	if in.ID != "" {
		a, err := s.Find(ctx, workspaceID, in.ID)
		if err != nil {
			return out, err
		}
		r = rules{a.Over, a.Filter, a.Ranking, a.Enrich}
	}
	if wrong := r.take(in.Over, in.Filter, in.Ranking, in.Enrich, now); len(wrong) > 0 {
		return out, fault.InvalidFields(wrong...)
	}
	size := wire.SampleSize
	c, p := wire.Condition{Filter: r.Filter, Now: &now}, wire.Page{Sort: r.Ranking, Limit: &size}
	out = wire.AudiencePreview{Over: wire.Over(r.Over), Now: now.UTC()}
	if out.Sample, out.Count, err = s.sample(ctx, workspaceID, r.Over, c, p); err != nil {
		return out, err
	}
	out.Enrichment, err = s.gaps(ctx, workspaceID, r, c)
	return out, err
}

func (s *Service) sample(ctx context.Context, workspaceID string, k filter.Kind, c wire.Condition, p wire.Page) ([]wire.AudienceMember, int, error) {
	if k == filter.Accounts {
		page, err := s.Records.Accounts(ctx, workspaceID, wire.FindAccounts{Condition: c, Page: p})
		return ranked(accounts(page), 0).Items, page.Total, err
	}
	page, err := s.Records.Leads(ctx, workspaceID, wire.FindLeads{Condition: c, Page: p})
	return ranked(leads(page), 0).Items, page.Total, err
}

// gaps counts what the records lack of what they should have, and prices it.
func (s *Service) gaps(ctx context.Context, workspaceID string, r rules, c wire.Condition) (out wire.AudienceGaps, err error) {
	out.Missing = map[string]int64{}
	if len(r.Enrich) == 0 {
		return out, nil
	}
	paths := make([]string, len(r.Enrich))
	for i, f := range r.Enrich {
		paths[i] = pathOf(f)
	}
	lacking, err := s.Records.Lacking(ctx, workspaceID, r.Over, c, paths)
	if err != nil {
		return out, err
	}
	dearest, err := s.Dearest(ctx, workspaceID)
	for i, f := range r.Enrich {
		out.Missing[f] = int64(lacking[i])
		out.CreditsAtMost += int64(lacking[i]) * dearest[f]
	}
	return out, err
}

func accounts(p search.Page[wire.Account]) search.Page[wire.AudienceMember] {
	return membersOf(p, func(a *wire.Account) wire.AudienceMember { return wire.AudienceMember{Account: a} })
}

func leads(p search.Page[wire.Lead]) search.Page[wire.AudienceMember] {
	return membersOf(p, func(l *wire.Lead) wire.AudienceMember { return wire.AudienceMember{Lead: l} })
}

func membersOf[T any](p search.Page[T], member func(*T) wire.AudienceMember) search.Page[wire.AudienceMember] {
	out := search.Page[wire.AudienceMember]{Cursors: p.Cursors, Total: p.Total, More: p.More, Items: make([]wire.AudienceMember, len(p.Items))}
	for i := range p.Items {
		out.Items[i] = member(&p.Items[i])
	}
	return out
}

// ranked gives the members of a page their places, after those that earlier pages had.
func ranked(p search.Page[wire.AudienceMember], before int64) search.Page[wire.AudienceMember] {
	for i := range p.Items {
		p.Items[i].Position = before + int64(i) + 1
	}
	return p
}
