package qualify

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Request does what was asked for, which must have passed its Validate: it qualifies the records of the ids at once, or starts a job. Errors:
// validation_failed naming what is wrong with the filter, store_unavailable.
func (s *Service) Request(ctx context.Context, workspaceID string, actor activity.Actor, in wire.Qualify) (out wire.Requalified, err error) {
	if len(in.IDs) == 0 {
		j, err := s.Start(ctx, workspaceID, actor, in.Over, in.Filter)
		if err != nil {
			return out, err
		}
		view := j.View()
		return wire.Requalified{Job: &view}, nil
	}
	err = s.Store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		if err := s.Store.LockRecords(ctx, workspaceID); err != nil {
			return err
		}
		err = within(ctx, s.Limit, func(ctx context.Context) error {
			out, err = s.named(ctx, workspaceID, in.IDs)
			return err
		})
		if errors.Is(err, errSlow) {
			return fault.Invalid("ids", "took too long to be looked at; nothing was qualified. Name fewer, or start a job with over")
		}
		if err != nil || len(out.Results) == 0 {
			return err
		}
		return s.Store.RecordActivity(ctx, activity.New(workspaceID, now, actor, activity.RecordsQualified, activity.ObjectRecords, "",
			map[string]string{"records": strconv.Itoa(len(out.Results))}))
	})
	return out, err
}

// named qualifies the accounts and leads of the ids; accounts come first, so that a lead among them is held against the ICP of its account as it is then.
func (s *Service) named(ctx context.Context, workspaceID string, ids []string) (out wire.Requalified, err error) {
	found := map[string]Result{}
	for _, kind := range []filter.Kind{filter.Accounts, filter.Leads} {
		results, err := s.Qualify(ctx, workspaceID, kind, ids)
		if err != nil {
			return out, err
		}
		for _, r := range results {
			found[r.ID] = r
		}
	}
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			continue
		}
		if r, ok := found[id]; ok {
			out.Results = append(out.Results, r.View())
		} else {
			out.Missing = append(out.Missing, id)
		}
	}
	return out, nil
}
