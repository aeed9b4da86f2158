package store

import (
	"context"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var (
	_ signals.Store = (*DB)(nil)
	_ ingest.Store  = (*DB)(nil)
)

// CaptureSignals implements signals.Store.
func (db *DB) CaptureSignals(ctx context.Context, workspaceID string, in []signals.Signal) (out []signals.Captured, err error) {
	w := db.Workspace(workspaceID)
	err = w.Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		matches, err := w.matchOrMake(ctx, tx, q, in)
		if err != nil {
			return err
		}
		out, err = w.insertSignals(ctx, tx, q, in, matches)
		return err
	})
	return out, err
}

// insertSignals adds the signals that are new. Which are is decided by the unique key alone, so that of two callers
// with the same signal one adds it and the other finds it.
func (w *Workspace) insertSignals(ctx context.Context, tx *Tx, q Q, in []signals.Signal, matches []signalMatch) ([]signals.Captured, error) {
	out, prints := make([]signals.Captured, len(in)), make([]string, len(in))
	var fresh []*merging[signalRow]
	first := map[string]int{}
	for i := range in {
		r := &merging[signalRow]{row: newSignalRow(in[i], matches[i])}
		prints[i] = r.row.dedupe
		out[i] = signals.Captured{Match: matches[i].Match}
		if j, again := first[prints[i]]; again {
			out[i].ID, out[i].Duplicate = out[j].ID, true
			continue
		}
		first[prints[i]] = i
		r.id = newID()
		out[i].ID = r.id
		fresh = append(fresh, r)
	}
	n, err := w.addSignals(ctx, tx, fresh)
	if err != nil || n == int64(len(fresh)) {
		return out, err
	}
	return out, w.findTwins(ctx, q, prints, out)
}

// findTwins points each signal that was there before at the stored one.
func (w *Workspace) findTwins(ctx context.Context, q Q, prints []string, out []signals.Captured) error {
	stored := map[string]signals.Captured{}
	_, err := collect(ctx, q, func(row Row) (struct{}, error) {
		var print string
		var c signals.Captured
		var f wire.Qualification
		err := row.Scan(&print, &c.ID, &c.Match.AccountID, &c.Match.LeadID, &f.ICPCode, &f.ICPScore, &f.PersonaCode, &f.PersonaScore)
		if f != (wire.Qualification{}) {
			c.Qualification = &f
		}
		stored[print] = c
		return struct{}{}, err
	}, `SELECT dedupe, id, COALESCE(account_id, ''), COALESCE(lead_id, ''), COALESCE(icp_code, ''), icp_score, COALESCE(persona_code, ''), persona_score FROM signals WHERE workspace_id = $1 AND `+w.db.dia.anyOf("dedupe", "$2"), w.db.dia.list(prints))
	for i, print := range prints {
		if c := stored[print]; c.ID != out[i].ID {
			c.Duplicate = true
			out[i] = c
		}
	}
	return op(err, "find signals that were there before")
}

// RecordActivity implements the stores of the domain packages.
func (db *DB) RecordActivity(ctx context.Context, e activity.Entry) error {
	return db.Workspace(e.WorkspaceID).Record(ctx, e)
}
