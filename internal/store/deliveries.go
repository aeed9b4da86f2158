package store

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var deliveryColumns = []column{{"id", textColumn}, {"destination_id", textColumn}, {"audience_id", textColumn}, {"event_id", textColumn}, {"kind", textColumn},
	{"record_id", textColumn}, {"type", textColumn}, {"at", intColumn}, {"created_at", intColumn}, {"state", textColumn}, {"run", intColumn},
	{"attempts", intColumn}, {"next_at", intColumn}, {"leased_until", intColumn}, {"status", intColumn}, {"duration_us", intColumn}, {"error", textColumn},
	{"field", textColumn}, {"finished_at", intColumn}}

// AddDeliveries implements destinations.DeliveryStore.
func (db *DB) AddDeliveries(ctx context.Context, workspaceID string, list []destinations.Delivery) error {
	w := db.Workspace(workspaceID)
	b := bulk{table: "deliveries", columns: deliveryColumns}
	for _, d := range list {
		b.rows = append(b.rows, []any{d.ID, d.DestinationID, d.AudienceID, d.EventID, string(d.Kind), d.RecordID, string(d.Type), d.At.UnixMicro(),
			d.CreatedAt.UnixMicro(), string(d.State), d.Run, d.Attempts, micros(d.NextAt), int64(0), d.Status, d.Duration.Microseconds(), string(d.Class), d.Field,
			micros(d.FinishedAt)})
	}
	return w.Tx(ctx, func(ctx context.Context, tx *Tx, _ Q) error {
		_, err := w.insertMany(ctx, tx, b)
		return op(err, "add deliveries")
	})
}

const selectDelivery = `SELECT id, destination_id, audience_id, event_id, kind, record_id, type, at, created_at, state, run, attempts, COALESCE(next_at, 0),
	status, duration_us, error, field, COALESCE(finished_at, 0), leased_until FROM deliveries WHERE workspace_id = $1`

// scanDelivery also returns until when a worker has the delivery.
func scanDelivery(row Row) (d destinations.Delivery, leased int64, err error) {
	var at, created, next, duration, finished int64
	err = row.Scan(&d.ID, &d.DestinationID, &d.AudienceID, &d.EventID, &d.Kind, &d.RecordID, &d.Type, &at, &created, &d.State, &d.Run, &d.Attempts, &next,
		&d.Status, &duration, &d.Class, &d.Field, &finished, &leased)
	d.At, d.CreatedAt, d.NextAt, d.FinishedAt = fromMicros(at), fromMicros(created), fromMicros(next), fromMicros(finished)
	d.Duration = time.Duration(duration) * time.Microsecond
	return d, leased, err
}

// ListDeliveries implements destinations.DeliveryStore. Ids are made in the order of time.
func (db *DB) ListDeliveries(ctx context.Context, workspaceID string, f destinations.DeliveryFilter) (list []destinations.Delivery, total int, err error) {
	which := ` AND destination_id = $2 AND ($3 = '' OR state = $3)`
	if f.DestinationID == "" {
		which = ` AND $2 = '' AND ($3 = '' OR state = $3)`
	}
	err = db.Workspace(workspaceID).View(ctx, func(ctx context.Context, q Q) error {
		err := q.QueryRow(ctx, `SELECT COUNT(*) FROM deliveries WHERE workspace_id = $1`+which, f.DestinationID, string(f.State)).Scan(&total)
		if err != nil {
			return op(err, "count deliveries")
		}
		list, err = collect(ctx, q, func(row Row) (destinations.Delivery, error) {
			d, _, err := scanDelivery(row)
			return d, err
		}, selectDelivery+which+` AND ($4 = '' OR id < $4) ORDER BY id DESC`+limit(f.Limit), f.DestinationID, string(f.State), f.Before)
		return op(err, "list deliveries")
	})
	return list, total, err
}

// Attached implements destinations.AudienceStore.
func (db *DB) Attached(ctx context.Context, workspaceID string, audienceIDs []string) (map[string][]audiences.Attached, error) {
	out := map[string][]audiences.Attached{}
	_, err := collect(ctx, db.Workspace(workspaceID).q(ctx), func(row Row) (struct{}, error) {
		var audience, destination string
		err := row.Scan(&audience, &destination)
		out[audience] = append(out[audience], audiences.Attached{DestinationID: destination})
		return struct{}{}, err
	}, `SELECT audience_id, destination_id FROM audience_destinations WHERE workspace_id = $1 AND `+db.dia.anyOf("audience_id", "$2"), db.dia.list(audienceIDs))
	return out, op(err, "read who hears of audiences")
}

// Parts implements destinations.AudienceStore.
func (db *DB) Parts(ctx context.Context, workspaceID string, kind filter.Kind, ids []string, signals bool, now time.Time) (map[string]destinations.Parts, error) {
	w := db.Workspace(workspaceID)
	q := w.q(ctx)
	s, out, to := w.snapshot(ctx, q), map[string]destinations.Parts{}, filter.ToAccount
	if kind == filter.Leads {
		to = filter.ToLead
		list, err := s.Leads(ctx, ids)
		if err != nil {
			return nil, err
		}
		for _, l := range list {
			out[l.ID] = destinations.Parts{Lead: &l}
		}
	} else {
		list, err := s.Accounts(ctx, ids)
		if err != nil {
			return nil, err
		}
		for _, a := range list {
			out[a.ID] = destinations.Parts{Account: &a}
		}
	}
	delete(out, "") // what stands for records that are gone
	for id, p := range out {
		if !signals {
			break
		}
		last, err := lastSignal(ctx, q, to, id, now)
		if err != nil {
			return nil, err
		}
		p.LastSignal = last
		out[id] = p
	}
	return out, nil
}

// lastSignal returns the newest signal of a record that has occurred; nil when there is none.
func lastSignal(ctx context.Context, q Q, to filter.Relation, id string, now time.Time) (*wire.Signal, error) {
	key := foreignKey(to)
	list, err := collect(ctx, q, func(row Row) (wire.Signal, error) { return scanSignal(row) },
		signalReading.selectWhere+`r.`+key+` = $2 AND r.occurred_at <= $3 ORDER BY r.occurred_at DESC, r.id DESC`+limit(1), id, now.UnixMicro())
	if err != nil || len(list) == 0 {
		return nil, op(err, "read the newest signal of a record")
	}
	return &list[0], nil
}
