package search

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// IDs returns the ids of up to limit leads or accounts that fulfil the condition, in their natural order. Errors are those of Accounts.
func (s *Service) IDs(ctx context.Context, workspaceID string, kind wire.Kind, c wire.Condition, limit int) (ids []string, err error) {
	q := question{kind: filter.Leads, workspaceID: workspaceID, condition: c}
	q.node = func(now time.Time) (filter.Node, error) { return filter.FromLeads(wire.FindLeads{Condition: c}, now) }
	if kind == wire.KindAccount {
		q.kind = filter.Accounts
		q.node = func(now time.Time) (filter.Node, error) {
			return filter.FromAccounts(wire.FindAccounts{Condition: c}, now)
		}
	}
	if q, err = q.open(s.now()); err != nil {
		return nil, err
	}
	err = s.store.Read(ctx, workspaceID, func(ctx context.Context, r Reader) error {
		where := Where{}
		if where.Filter, _, err = s.Resolve(ctx, r, workspaceID, q.kind, q.filter); err != nil {
			return err
		}
		total, err := r.Count(ctx, q.kind, where)
		if err != nil {
			return err
		}
		hits, err := r.Sorted(ctx, q.kind, where, List{Limit: limit, Total: total})
		ids = make([]string, len(hits))
		for i, h := range hits {
			ids[i] = h.ID
		}
		return err
	})
	return ids, err
}
