package enrich

import (
	"context"

	"github.com/unstuckengine/unstuck/internal/wire"
)

// price returns what the wanted fields may cost: nothing for each, when nobody has it, up to the dearest of those that may be asked.
func (p Plan) price(wanted []Field) (out wire.Price) {
	for _, f := range wanted {
		var dearest int64
		for _, e := range p[f] {
			dearest = max(dearest, e.Cost)
		}
		out.Most += dearest
	}
	return out
}

func (s *Service) quote(ctx context.Context, workspaceID string, item Item, ids []string) (out wire.Price, err error) {
	plan, err := s.Plan(ctx, workspaceID)
	if err != nil {
		return out, err
	}
	t := s.item(item)
	for len(ids) > 0 {
		n := min(len(ids), quoteBatch)
		found, err := s.Store.EnrichableByID(ctx, workspaceID, item.Kind, ids[:n])
		if err != nil {
			return out, err
		}
		for _, one := range found {
			p := plan.price(t.wanted(one.kept(t.fields)))
			out.Least, out.Most = out.Least+p.Least, out.Most+p.Most
		}
		ids = ids[n:]
	}
	return out, nil
}

const quoteBatch = 500 // records read at once

// Dearest returns by field what the dearest provider costs that may be asked for it; a field without one costs nothing. Errors are those of the plan.
func (s *Service) Dearest(ctx context.Context, workspaceID string) (map[string]int64, error) {
	plan, err := s.Plan(ctx, workspaceID)
	out := make(map[string]int64, len(plan))
	for f := range plan {
		out[string(f)] = plan.price([]Field{f}).Most
	}
	return out, err
}
