package enrich

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/cursor"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// The outcomes of a record of a job.
const (
	Pending  = "pending"
	Enriched = "enriched"
	Missed   = "missed"
	Failed   = "failed"
	Skipped  = "skipped" // pending in a job that is final
)

// defaultItems is how many records a page holds when its limit is left out.
const defaultItems = 25

// Job returns a job with a page of its records. Their values are those that the records have now. Errors: not_found, invalid_request for a cursor
// of another question, store_unavailable.
func (b *Bulk) Job(ctx context.Context, workspaceID string, in wire.GetEnrichmentJob) (out wire.EnrichmentJob, err error) {
	question := cursor.Of(workspaceID, "enrichment_job", []string{in.ID, in.Outcome})
	position, err := cursor.Open(in.Cursor, question)
	if err != nil {
		return out, err
	}
	var from int64
	if position != nil {
		var ok bool
		if from, ok = position[0].(int64); !ok || len(position) != 1 {
			return out, cursor.Err
		}
	}
	j, err := b.Store.FindJob(ctx, workspaceID, in.ID)
	if err != nil {
		return out, err
	}
	if out, err = b.shown(ctx, j); err != nil {
		return out, err
	}
	limit := defaultItems
	if in.Limit != nil {
		limit = *in.Limit
	}
	list, err := b.page(ctx, j, in.Outcome, from, limit)
	if err != nil {
		return out, err
	}
	if len(list) > limit {
		list = list[:limit]
		if limit > 0 {
			next := cursor.Seal(question, []any{list[limit-1].Place + 1})
			out.NextCursor = &next
		}
	}
	out.Items, err = b.items(ctx, j, list)
	return out, err
}

// page returns one record more than the limit where there are more.
func (b *Bulk) page(ctx context.Context, j Job, outcome string, from int64, limit int) ([]JobRecord, error) {
	final := j.State.Final()
	switch {
	case limit == 0, outcome == Skipped && !final, outcome == Pending && final:
		return nil, nil
	case outcome == Skipped:
		outcome = Pending
	}
	return b.Store.JobRecords(ctx, j.WorkspaceID, j.ID, outcome, from, limit+1)
}

func (b *Bulk) items(ctx context.Context, j Job, list []JobRecord) (out []wire.JobItem, err error) {
	var ids []string
	for _, r := range list {
		if r.Outcome == Enriched || r.Outcome == Missed {
			ids = append(ids, r.RecordID)
		}
	}
	var values map[string]map[string]wire.Found
	if len(ids) > 0 {
		if values, err = b.Records.Now(ctx, j.WorkspaceID, j.Kind, ids, j.Channels); err != nil {
			return nil, err
		}
	}
	for _, r := range list {
		item := wire.JobItem{RecordID: r.RecordID, Outcome: r.Outcome, CreditsUsed: r.CreditsUsed, Values: values[r.RecordID]}
		if r.Outcome == Pending && j.State.Final() {
			item.Outcome = Skipped
		}
		if r.Code != "" {
			item.Error = &wire.ItemError{Code: r.Code, Detail: failure(r.Code, j.Kind)}
		}
		out = append(out, item)
	}
	return out, nil
}

// failure says what a record failed for.
func failure(c fault.Code, k wire.Kind) string {
	if c != fault.NotFound {
		return c.Detail()
	}
	return "There is no such " + string(k) + " any more, or the id is of another record_type."
}

// shown returns the job as callers see it, without records.
func (b *Bulk) shown(ctx context.Context, j Job) (wire.EnrichmentJob, error) {
	balance, err := b.Credits.Balance(ctx, j.WorkspaceID, j.KeyID)
	return wire.EnrichmentJob{
		ID: j.ID, State: j.State, StopReason: j.StopReason, RecordType: j.Kind,
		Total: j.Total, Enriched: j.Enriched, Missed: j.Missed, Failed: j.Failed, Remaining: j.Total - j.Enriched - j.Missed - j.Failed,
		CreatedAt: instant(j.CreatedAt), FinishedAt: instant(j.FinishedAt),
		Bill: wire.Bill{CreditsUsed: j.CreditsUsed, CreditsBalance: balance.Left},
	}, err
}

// instant returns nil for the zero time.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// Now returns by id and field what is there of the records: a value with where it comes from, or who was asked last in vain.
func (s *Service) Now(ctx context.Context, workspaceID string, kind wire.Kind, ids []string, channels []wire.Channel) (map[string]map[string]wire.Found, error) {
	list, err := s.Store.EnrichableByID(ctx, workspaceID, kind, ids)
	if err != nil {
		return nil, err
	}
	fields := s.item(Item{Kind: kind, Channels: channels}).fields
	out := map[string]map[string]wire.Found{}
	for _, one := range list {
		kept, values := one.kept(fields), map[string]wire.Found{}
		for _, f := range fields {
			if k, ok := kept[f]; ok {
				values[string(f)] = wire.Found{Value: wire.Value(k.Value), Source: k.Source, Confidence: k.Confidence, EnrichedAt: k.EnrichedAt}
			} else {
				t := one.Values[f]
				values[string(f)] = wire.Found{TriedProviders: append([]string{}, t.Tried...), Problem: t.Problem}
			}
		}
		out[one.ID()] = values
	}
	return out, nil
}
