package store

import (
	"context"

	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/text"
)

// MergeSignals implements ingest.Store. When another caller adds the same signal at the same moment, its fields stay.
func (db *DB) MergeSignals(ctx context.Context, workspaceID string, in []signals.Signal) (out []ingest.Outcome, err error) {
	w := db.Workspace(workspaceID)
	err = w.Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		matches, err := w.matchOrMake(ctx, tx, q, in)
		if err != nil {
			return err
		}
		m, err := w.mergeSignals(ctx, q, in, matches)
		if err != nil {
			return err
		}
		created, updated := m.settle()
		if err := w.updateMany(ctx, tx, signalBulk(updated)); err != nil {
			return op(err, "change signals")
		}
		out = m.out
		n, err := w.addSignals(ctx, tx, created)
		if err != nil || n == int64(len(created)) {
			return err
		}
		return w.yieldTwins(ctx, q, created, out)
	})
	return out, err
}

func (w *Workspace) mergeSignals(ctx context.Context, q Q, in []signals.Signal, matches []signalMatch) (*merger[signalRow], error) {
	rows, prints := make([]signalRow, len(in)), make([]string, len(in))
	for i := range in {
		rows[i] = newSignalRow(in[i], matches[i])
		prints[i] = rows[i].dedupe
	}
	stored, err := readRecords(ctx, w, q, signalKind, "dedupe", text.Unique(prints))
	if err != nil {
		return nil, err
	}
	known := map[string]*merging[signalRow]{}
	for _, r := range stored {
		known[r.row.dedupe] = r
	}
	m := newMerger(signalKind, len(in))
	for i := range rows {
		r, err := m.put(i, &rows[i], known[prints[i]])
		if err != nil {
			return nil, err
		}
		known[prints[i]] = r
		m.out[i].Unlinked = matches[i].LeadID == "" && signals.NamesPerson(in[i].Identity)
	}
	return m, nil
}

// yieldTwins corrects the outcomes of rows that another caller added first.
func (w *Workspace) yieldTwins(ctx context.Context, q Q, created []*merging[signalRow], out []ingest.Outcome) error {
	prints, captured := make([]string, len(created)), make([]signals.Captured, len(created))
	for i, r := range created {
		prints[i], captured[i].ID = r.row.dedupe, r.id
	}
	err := w.findTwins(ctx, q, prints, captured)
	for i, r := range created {
		if !captured[i].Duplicate {
			continue
		}
		for _, line := range r.lines {
			out[line].ID, out[line].Effect = captured[i].ID, ingest.Unchanged
		}
	}
	return err
}
