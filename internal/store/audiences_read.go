package store

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
)

// Joined implements audiences.Store.
func (db *DB) Joined(ctx context.Context, workspaceID, id string, recordIDs []string) (map[string]time.Time, error) {
	out := make(map[string]time.Time, len(recordIDs))
	_, err := collect(ctx, db.Workspace(workspaceID).q(ctx), func(row Row) (record string, err error) {
		var since int64
		err = row.Scan(&record, &since)
		out[record] = fromMicros(since)
		return record, err
	}, `SELECT record_id, since FROM audience_members WHERE workspace_id = $1 AND audience_id = $2 AND `+db.dia.anyOf("record_id", "$3"), id, db.dia.list(recordIDs))
	return out, op(err, "read since when records are in an audience")
}

// MemberIDs implements audiences.Store.
func (db *DB) MemberIDs(ctx context.Context, workspaceID, id, after string, n int) ([]string, error) {
	out, err := collect(ctx, db.Workspace(workspaceID).q(ctx), func(row Row) (record string, err error) { return record, row.Scan(&record) },
		`SELECT record_id FROM audience_members WHERE workspace_id = $1 AND audience_id = $2 AND record_id > $3 ORDER BY record_id`+limit(n), id, after)
	return out, op(err, "list the members of an audience")
}

// RankedMembers implements destinations.AudienceStore.
func (db *DB) RankedMembers(ctx context.Context, workspaceID string, a audiences.Audience, after []any, n int) (list []search.Hit, err error) {
	order, err := search.Orders(a.Over, a.Ranking)
	if err != nil {
		return nil, err
	}
	where := search.Where{Filter: filter.Member{Audience: a.ID}}
	err = db.Read(ctx, workspaceID, func(ctx context.Context, r search.Reader) error {
		total, err := r.Count(ctx, a.Over, where)
		if err == nil {
			list, err = r.Sorted(ctx, a.Over, where, search.List{Order: order, After: after, Limit: n, Total: total})
		}
		return err
	})
	return list, err
}

// Events implements audiences.Store. Ids are made in the order in which events are kept.
func (db *DB) Events(ctx context.Context, workspaceID, id, after string, n int) (list []audiences.Event, total int, err error) {
	err = db.Workspace(workspaceID).View(ctx, func(ctx context.Context, q Q) error {
		err := q.QueryRow(ctx, `SELECT COUNT(*) FROM audience_events WHERE workspace_id = $1 AND audience_id = $2 AND id > $3`, id, after).Scan(&total)
		if err != nil {
			return err
		}
		list, err = collect(ctx, q, func(row Row) (audiences.Event, error) { return scanEvent(row, id) }, `SELECT id, kind, record_id, change, at FROM audience_events
			WHERE workspace_id = $1 AND audience_id = $2 AND id > $3 ORDER BY id`+limit(n), id, after)
		return err
	})
	return list, total, op(err, "list the events of an audience")
}

// NewestEvents implements audiences.Store.
func (db *DB) NewestEvents(ctx context.Context, workspaceID, id string, n int) ([]audiences.Event, error) {
	list, err := collect(ctx, db.Workspace(workspaceID).q(ctx), func(row Row) (audiences.Event, error) { return scanEvent(row, id) },
		`SELECT id, kind, record_id, change, at FROM audience_events WHERE workspace_id = $1 AND audience_id = $2 ORDER BY id DESC`+limit(n), id)
	return list, op(err, "list the newest events of an audience")
}

func scanEvent(row Row, audienceID string) (e audiences.Event, err error) {
	var kind, change string
	var at int64
	err = row.Scan(&e.ID, &kind, &e.RecordID, &change, &at)
	e.AudienceID, e.Kind, e.Change, e.At = audienceID, filter.Kind(kind), audiences.Change(change), fromMicros(at)
	return e, err
}
