package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/text"
)

var _ destinations.Store = (*DB)(nil)

const selectDestinations = `SELECT id, name, kind, url, headers, options, mapping, created_at, created_by, updated_at, revision, confirmed_by, paused, gone,
	COALESCE(rotated_at, 0) FROM destinations WHERE workspace_id = $1`

// Destinations implements destinations.Store.
func (db *DB) Destinations(ctx context.Context, workspaceID string) ([]destinations.Destination, error) {
	return db.Workspace(workspaceID).destinations(ctx, ` ORDER BY name_f, id`, ``)
}

// Destination implements destinations.Store.
func (db *DB) Destination(ctx context.Context, workspaceID, id string) (destinations.Destination, error) {
	list, err := db.Workspace(workspaceID).destinations(ctx, ` AND id = $2`, ` AND destination_id = $2`, id)
	if err == nil && len(list) == 0 {
		err = fault.New(fault.NotFound, fault.NotFound.Detail())
	}
	if err != nil {
		return destinations.Destination{}, err
	}
	return list[0], nil
}

// destinations reads those of a condition with their secrets, which have one of their own.
func (w *Workspace) destinations(ctx context.Context, which, secrets string, args ...any) ([]destinations.Destination, error) {
	q := brief(w.q(ctx))
	list, err := collect(ctx, q, w.scanDestination, selectDestinations+which, args...)
	if err != nil {
		return nil, op(err, "read destinations")
	}
	at := map[string]int{}
	for i, d := range list {
		at[d.ID] = i
	}
	_, err = collect(ctx, q, func(row Row) (struct{}, error) {
		var id, name string
		var s destinations.Sealed
		var until int64
		err := row.Scan(&id, &name, &s.Text, &until)
		if i, ok := at[id]; ok && err == nil {
			s.Until = fromMicros(until)
			list[i].Sealed[name] = s
		}
		return struct{}{}, err
	}, `SELECT destination_id, name, sealed, COALESCE(until, 0) FROM destination_secrets WHERE workspace_id = $1`+secrets, args...)
	return list, op(err, "read the secrets of destinations")
}

func (w *Workspace) scanDestination(row Row) (d destinations.Destination, err error) {
	var headers, options, mapping, by string
	var created, updated, rotated int64
	err = row.Scan(&d.ID, &d.Name, &d.Kind, &d.URL, &headers, &options, &mapping, &created, &by, &updated, &d.Revision, &d.ConfirmedBy, &d.Paused, &d.Gone, &rotated)
	d.WorkspaceID, d.CreatedAt, d.UpdatedAt, d.RotatedAt = w.id, fromMicros(created), fromMicros(updated), fromMicros(rotated)
	d.Sealed = map[string]destinations.Sealed{}
	for text, into := range map[string]any{headers: &d.Headers, options: &d.Options, mapping: &d.Mapping, by: &d.CreatedBy} {
		if err == nil {
			err = json.Unmarshal([]byte(text), into)
		}
	}
	return d, err
}

// asText returns the JSON of values that consist of texts.
func asText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// SaveDestination implements destinations.Store.
func (db *DB) SaveDestination(ctx context.Context, d destinations.Destination) error {
	return db.Workspace(d.WorkspaceID).Tx(ctx, func(ctx context.Context, _ *Tx, q Q) error {
		n, err := q.Exec(ctx, `INSERT INTO destinations AS o (workspace_id, id, name, name_f, kind, url, headers, options, mapping, created_at, created_by, updated_at,
				revision, confirmed_by, paused, gone, rotated_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
			ON CONFLICT (workspace_id, id) DO UPDATE SET name = EXCLUDED.name, name_f = EXCLUDED.name_f, url = EXCLUDED.url, headers = EXCLUDED.headers,
				options = EXCLUDED.options, mapping = EXCLUDED.mapping, updated_at = EXCLUDED.updated_at, revision = EXCLUDED.revision,
				confirmed_by = EXCLUDED.confirmed_by, paused = EXCLUDED.paused, gone = EXCLUDED.gone, rotated_at = EXCLUDED.rotated_at
			WHERE o.revision = EXCLUDED.revision - 1`,
			d.ID, d.Name, text.Fold(d.Name), string(d.Kind), d.URL, asText(d.Headers), asText(d.Options), asText(d.Mapping), d.CreatedAt.UnixMicro(),
			asText(d.CreatedBy), d.UpdatedAt.UnixMicro(), d.Revision, d.ConfirmedBy, d.Paused, d.Gone, micros(d.RotatedAt))
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, fault.Conflict.Detail())
		}
		if err != nil {
			return op(err, "save a destination")
		}
		return saveSecrets(ctx, q, d)
	})
}

// saveSecrets keeps the secrets of a destination in place of those that were kept.
func saveSecrets(ctx context.Context, q Q, d destinations.Destination) error {
	if _, err := q.Exec(ctx, `DELETE FROM destination_secrets WHERE workspace_id = $1 AND destination_id = $2`, d.ID); err != nil {
		return op(err, "drop the secrets of a destination")
	}
	for name, s := range d.Sealed {
		if _, err := q.Exec(ctx, `INSERT INTO destination_secrets (workspace_id, destination_id, name, sealed, until) VALUES ($1, $2, $3, $4, $5)`,
			d.ID, name, s.Text, micros(s.Until)); err != nil {
			return op(err, "keep a secret of a destination")
		}
	}
	return nil
}

// DeleteDestination implements destinations.Store. Deliveries that a rival queues at the same time are removed when they are taken.
func (db *DB) DeleteDestination(ctx context.Context, workspaceID, id string) error {
	return db.Workspace(workspaceID).Tx(ctx, func(ctx context.Context, _ *Tx, q Q) error {
		for _, sql := range []string{
			`DELETE FROM audience_destinations WHERE workspace_id = $1 AND destination_id = $2`,
			`DELETE FROM destination_syncs WHERE workspace_id = $1 AND destination_id = $2`,
			`DELETE FROM deliveries WHERE workspace_id = $1 AND destination_id = $2`,
			`DELETE FROM destination_secrets WHERE workspace_id = $1 AND destination_id = $2`,
		} {
			if _, err := q.Exec(ctx, sql, id); err != nil {
				return op(err, "delete what belongs to a destination")
			}
		}
		n, err := q.Exec(ctx, `DELETE FROM destinations WHERE workspace_id = $1 AND id = $2`, id)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, fault.NotFound.Detail())
		}
		return op(err, "delete a destination")
	})
}

// deliveriesKept is how long a delivery is kept once it is finished, or held in vain.
const deliveriesKept = 90 * 24 * time.Hour

// PurgeDeliveries deletes the deliveries that were finished more than 90 days ago, and returns how many there were.
func (db *DB) PurgeDeliveries(ctx context.Context) (total int64, err error) {
	all, err := db.ListWorkspaces(ctx)
	for _, one := range all {
		err := db.Workspace(one.ID).Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
			n, err := q.Exec(ctx, `DELETE FROM deliveries WHERE workspace_id = $1 AND finished_at < $2`, tx.now-deliveriesKept.Microseconds())
			if total += n; err != nil {
				return op(err, "purge deliveries")
			}
			_, err = q.Exec(ctx, `DELETE FROM destination_syncs WHERE workspace_id = $1 AND finished_at < $2`, tx.now-deliveriesKept.Microseconds())
			return op(err, "purge syncs")
		})
		if err != nil {
			return total, err
		}
	}
	return total, err
}
