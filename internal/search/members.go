package search

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// AccountsIn returns one page of the accounts that are in an audience, in the order of p, which must have passed Validate. An audience that the
// workspace does not have is empty. Errors are those of Accounts.
func (s *Service) AccountsIn(ctx context.Context, workspaceID, audienceID string, p wire.Page) (Page[wire.Account], error) {
	return find(ctx, s, within(filter.Accounts, workspaceID, audienceID, p), Reader.Accounts)
}

// LeadsIn is AccountsIn for leads.
func (s *Service) LeadsIn(ctx context.Context, workspaceID, audienceID string, p wire.Page) (Page[wire.Lead], error) {
	return find(ctx, s, within(filter.Leads, workspaceID, audienceID, p), Reader.Leads)
}

func within(k filter.Kind, workspaceID, audienceID string, p wire.Page) question {
	q := question{kind: k, workspaceID: workspaceID, page: p}
	q.node = func(time.Time) (filter.Node, error) { return filter.Member{Audience: audienceID}, nil }
	return q.bind([]any{audienceID, p.Sort})
}

// Lacking returns how many of the records that fulfil the condition have no value at each of the paths, which must be ones that filters name. Errors
// are those of Accounts.
func (s *Service) Lacking(ctx context.Context, workspaceID string, k filter.Kind, c wire.Condition, paths []string) (out []int, err error) {
	n, err := filter.Parse(k, c.Filter, *c.Now)
	if err != nil {
		return nil, err
	}
	out = make([]int, len(paths))
	err = s.store.Read(ctx, workspaceID, func(ctx context.Context, r Reader) error {
		resolved, _, err := s.Resolve(ctx, r, workspaceID, k, n)
		for i, path := range paths {
			if err == nil {
				gap := filter.Not{Node: filter.Leaf{Field: filter.Must(k, path), Op: filter.Present}}
				out[i], err = r.Count(ctx, k, Where{Filter: filter.All{resolved, gap}})
			}
		}
		return err
	})
	return out, err
}
