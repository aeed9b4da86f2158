package store

import (
	"context"
	"encoding/json"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
)

var _ audiences.Store = (*DB)(nil)

// LockAudiences implements audiences.Store. The lock is that of the keeper, so that no batch of it is under way.
func (db *DB) LockAudiences(ctx context.Context, workspaceID string) error {
	_, err := db.Workspace(workspaceID).q(ctx).Exec(ctx, `INSERT INTO audience_clock AS c (workspace_id, as_of, latest, model) VALUES ($1, 0, 0, '')
		ON CONFLICT (workspace_id) DO UPDATE SET model = c.model`)
	return op(err, "lock the audiences")
}

const audienceColumns = `a.id, a.name, a.kind, a.filter, a.ranking, a.enrich, a.state, a.revision, a.members, COALESCE(c.as_of, 0), a.created_at, a.created_by,
	a.updated_at FROM audiences a LEFT JOIN audience_clock c ON c.workspace_id = a.workspace_id`

func scanAudience(row Row) (a audiences.Audience, err error) {
	var over, tree, ranking, enrich, state string
	var asOf, created, updated int64
	err = row.Scan(&a.ID, &a.Name, &over, &tree, &ranking, &enrich, &state, &a.Revision, &a.Members, &asOf, &created, &a.CreatedBy, &updated)
	if err != nil {
		return a, err
	}
	a.Over, a.Filter, a.State = filter.Kind(over), json.RawMessage(tree), audiences.State(state)
	a.CreatedAt, a.UpdatedAt = fromMicros(created), fromMicros(updated)
	if asOf > 0 {
		a.AsOf = fromMicros(asOf)
	}
	for text, into := range map[string]any{ranking: &a.Ranking, enrich: &a.Enrich} {
		if err == nil {
			err = json.Unmarshal([]byte(text), into)
		}
	}
	return a, err
}

// ListAudiences implements audiences.Store. Ids are made in the order of time.
func (db *DB) ListAudiences(ctx context.Context, workspaceID string) ([]audiences.Audience, error) {
	q := db.Workspace(workspaceID).q(ctx)
	list, err := collect(ctx, q, scanAudience, `SELECT `+audienceColumns+` WHERE a.workspace_id = $1 ORDER BY a.id`)
	if err != nil {
		return nil, op(err, "list the audiences")
	}
	attached, err := attachments(ctx, q, "")
	for i := range list {
		list[i].Destinations = attached[list[i].ID]
	}
	return list, err
}

// FindAudience implements audiences.Store.
func (db *DB) FindAudience(ctx context.Context, workspaceID, id string) (audiences.Audience, error) {
	q := db.Workspace(workspaceID).q(ctx)
	a, err := scanAudience(q.QueryRow(ctx, `SELECT `+audienceColumns+` WHERE a.workspace_id = $1 AND a.id = $2`, id))
	if err != nil {
		return a, op(err, "find an audience")
	}
	attached, err := attachments(ctx, q, id)
	a.Destinations = attached[id]
	return a, err
}

// attachments returns the destinations by audience: of one, or of all for "".
func attachments(ctx context.Context, q Q, audienceID string) (map[string][]audiences.Attached, error) {
	out := map[string][]audiences.Attached{}
	_, err := collect(ctx, q, func(row Row) (a audiences.Attached, err error) {
		var of, mapping string
		if err = row.Scan(&of, &a.DestinationID, &mapping); err == nil && mapping != "" {
			err = json.Unmarshal([]byte(mapping), &a.Mapping)
		}
		out[of] = append(out[of], a)
		return a, err
	}, `SELECT audience_id, destination_id, COALESCE(mapping, '') FROM audience_destinations WHERE workspace_id = $1 AND ($2 = '' OR audience_id = $2)
		ORDER BY audience_id, destination_id`, audienceID)
	return out, op(err, "read what is attached to audiences")
}

// AddAudience implements audiences.Store.
func (db *DB) AddAudience(ctx context.Context, workspaceID string, a audiences.Audience) error {
	ranking, enrich := encodeLists(a)
	return db.Workspace(workspaceID).Tx(ctx, func(ctx context.Context, _ *Tx, q Q) error {
		_, err := q.Exec(ctx, `INSERT INTO audiences (workspace_id, id, name, kind, filter, ranking, enrich, state, revision, created_at, created_by, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			a.ID, a.Name, string(a.Over), string(a.Filter), ranking, enrich, string(audiences.Scanning), a.Revision, a.CreatedAt.UnixMicro(), a.CreatedBy,
			a.UpdatedAt.UnixMicro())
		if err != nil {
			return op(err, "add an audience")
		}
		return attach(ctx, q, a)
	})
}

// ChangeAudience implements audiences.Store.
func (db *DB) ChangeAudience(ctx context.Context, workspaceID string, a audiences.Audience, again bool) error {
	ranking, enrich := encodeLists(a)
	return db.Workspace(workspaceID).Tx(ctx, func(ctx context.Context, _ *Tx, q Q) error {
		n, err := q.Exec(ctx, `UPDATE audiences SET name = $3, filter = $4, ranking = $5, enrich = $6, revision = $7, updated_at = $8,
			state = CASE WHEN $9 = 1 THEN $10 ELSE state END, scanned = CASE WHEN $9 = 1 THEN '' ELSE scanned END WHERE workspace_id = $1 AND id = $2`,
			a.ID, a.Name, string(a.Filter), ranking, enrich, a.Revision, a.UpdatedAt.UnixMicro(), one(again), string(audiences.Scanning))
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, fault.NotFound.Detail())
		}
		if err == nil {
			_, err = q.Exec(ctx, `DELETE FROM audience_destinations WHERE workspace_id = $1 AND audience_id = $2`, a.ID)
		}
		if err != nil {
			return op(err, "change an audience")
		}
		return attach(ctx, q, a)
	})
}

// encodeLists returns the lists of an audience as they are stored.
func encodeLists(a audiences.Audience) (ranking, enrich string) {
	return encodeList(a.Ranking), encodeList(a.Enrich)
}

func encodeList[T any](list []T) string {
	if list == nil {
		return `[]`
	}
	text, err := json.Marshal(list)
	if err != nil { // they consist of texts
		panic(err)
	}
	return string(text)
}

// attach keeps the destinations of a, of which none are kept.
func attach(ctx context.Context, q Q, a audiences.Audience) error {
	for _, d := range a.Destinations {
		var mapping any
		if len(d.Mapping) > 0 {
			text, err := json.Marshal(d.Mapping)
			if err != nil {
				return op(err, "encode a mapping")
			}
			mapping = string(text)
		}
		_, err := q.Exec(ctx, `INSERT INTO audience_destinations (workspace_id, audience_id, destination_id, mapping) VALUES ($1, $2, $3, $4)`, a.ID, d.DestinationID, mapping)
		if err != nil {
			return op(err, "attach a destination to an audience")
		}
	}
	return nil
}

// DropAudience implements audiences.Store.
func (db *DB) DropAudience(ctx context.Context, workspaceID, id string) error {
	return db.Workspace(workspaceID).Tx(ctx, func(ctx context.Context, _ *Tx, q Q) error {
		for _, sql := range []string{
			`DELETE FROM audience_destinations WHERE workspace_id = $1 AND audience_id = $2`,
			`DELETE FROM audience_events WHERE workspace_id = $1 AND audience_id = $2`,
			`DELETE FROM audience_members WHERE workspace_id = $1 AND audience_id = $2`,
		} {
			if _, err := q.Exec(ctx, sql, id); err != nil {
				return op(err, "drop what belongs to an audience")
			}
		}
		n, err := q.Exec(ctx, `DELETE FROM audiences WHERE workspace_id = $1 AND id = $2`, id)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, fault.NotFound.Detail())
		}
		return op(err, "drop an audience")
	})
}
