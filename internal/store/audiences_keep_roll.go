package store

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/audiences"
)

// Scans implements audiences.Roll.
func (k keeping) Scans(ctx context.Context) ([]audiences.Scan, error) {
	list, err := k.w.db.ListAudiences(ctx, k.w.id)
	if err != nil {
		return nil, err
	}
	scanned := map[string]string{}
	_, err = collect(ctx, k.q, func(row Row) (none struct{}, err error) {
		var id, at string
		err = row.Scan(&id, &at)
		scanned[id] = at
		return none, err
	}, `SELECT id, scanned FROM audiences WHERE workspace_id = $1 AND state = 'scanning'`)
	out := make([]audiences.Scan, len(list))
	for i, a := range list {
		out[i] = audiences.Scan{Audience: a, Scanned: scanned[a.ID]}
	}
	return out, op(err, "read how far audiences are scanned")
}

// SetScanned implements audiences.Roll.
func (k keeping) SetScanned(ctx context.Context, audienceID, scanned string, done bool) error {
	state := audiences.Scanning
	if done {
		state = audiences.Current
	}
	_, err := k.q.Exec(ctx, `UPDATE audiences SET scanned = $3, state = $4 WHERE workspace_id = $1 AND id = $2`, audienceID, scanned, string(state))
	return op(err, "keep how far an audience is scanned")
}

// Memberships implements audiences.Roll.
func (k keeping) Memberships(ctx context.Context, audienceID string, recordIDs []string) ([]audiences.Member, error) {
	one, args := ``, []any{k.w.db.dia.list(recordIDs)}
	if audienceID != "" {
		one, args = ` AND audience_id = $3`, append(args, audienceID)
	}
	list, err := collect(ctx, k.q, func(row Row) (m audiences.Member, err error) {
		return m, row.Scan(&m.AudienceID, &m.RecordID, &m.Ranking)
	},
		`SELECT audience_id, record_id, ranking FROM audience_members WHERE workspace_id = $1 AND `+k.w.db.dia.anyOf("record_id", "$2")+one, args...)
	return list, op(err, "read what records are members of")
}

// Enrol implements audiences.Roll.
func (k keeping) Enrol(ctx context.Context, members []audiences.Member, since time.Time) error {
	b := bulk{table: "audience_members", columns: []column{{"record_id", textColumn}, {"audience_id", textColumn}, {"ranking", textColumn}, {"since", intColumn}},
		onConflict: `ON CONFLICT (workspace_id, audience_id, record_id) DO UPDATE SET ranking = EXCLUDED.ranking`}
	for _, m := range members {
		b.rows = append(b.rows, []any{m.RecordID, m.AudienceID, m.Ranking, since.UnixMicro()})
	}
	_, err := k.w.insertMany(ctx, k.tx, b)
	return op(err, "enrol members")
}

// Leave implements audiences.Roll.
func (k keeping) Leave(ctx context.Context, members []audiences.Member) error {
	by := map[string][]string{}
	for _, m := range members {
		by[m.AudienceID] = append(by[m.AudienceID], m.RecordID)
	}
	for audienceID, ids := range by {
		_, err := k.q.Exec(ctx, `DELETE FROM audience_members WHERE workspace_id = $1 AND audience_id = $2 AND `+k.w.db.dia.anyOf("record_id", "$3"), audienceID, k.w.db.dia.list(ids))
		if err != nil {
			return op(err, "end memberships")
		}
	}
	return nil
}

// Tell implements audiences.Roll.
func (k keeping) Tell(ctx context.Context, events []audiences.Event) error {
	b := bulk{table: "audience_events", columns: []column{{"id", textColumn}, {"audience_id", textColumn}, {"kind", textColumn}, {"record_id", textColumn},
		{"change", textColumn}, {"at", intColumn}}}
	grown := map[string]int64{}
	for _, e := range events {
		b.rows = append(b.rows, []any{e.ID, e.AudienceID, string(e.Kind), e.RecordID, string(e.Change), e.At.UnixMicro()})
		switch e.Change {
		case audiences.Added:
			grown[e.AudienceID]++
		case audiences.Removed:
			grown[e.AudienceID]--
		}
	}
	if _, err := k.w.insertMany(ctx, k.tx, b); err != nil {
		return op(err, "keep events")
	}
	for id, n := range grown {
		if _, err := k.q.Exec(ctx, `UPDATE audiences SET members = members + $3 WHERE workspace_id = $1 AND id = $2`, id, n); err != nil {
			return op(err, "count the members of an audience")
		}
	}
	return nil
}
