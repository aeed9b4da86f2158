package store

import (
	"context"
	"maps"
	"slices"

	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// KnownSignals implements signals.Store. A signal about somebody who is not known yet cannot be there, unless its source names it.
func (db *DB) KnownSignals(ctx context.Context, workspaceID string, in []signals.Signal) ([]bool, error) {
	w := db.Workspace(workspaceID)
	known, err := w.lookUp(ctx, w.q(ctx), in)
	if err != nil {
		return nil, err
	}
	prints, out := make([]string, len(in)), make([]bool, len(in))
	for i := range in {
		prints[i] = signals.Fingerprint(in[i], known.match(in[i].Identity).Match)
	}
	stored, err := collect(ctx, w.q(ctx), scanText, `SELECT dedupe FROM signals WHERE workspace_id = $1 AND `+db.dia.anyOf("dedupe", "$2"), db.dia.list(prints))
	for i, print := range prints {
		accounts, leads := known.missing(in[i : i+1])
		out[i] = slices.Contains(stored, print) && (in[i].ExternalID != "" || len(accounts)+len(leads) == 0)
	}
	return out, op(err, "look for signals that are there")
}

// KeepSignalQualifications implements signals.Store.
func (db *DB) KeepSignalQualifications(ctx context.Context, workspaceID string, byID map[string]wire.Qualification) error {
	b := bulk{table: "signals", columns: []column{{"id", textColumn}, {"icp_code", textColumn}, {"icp_score", intColumn}, {"persona_code", textColumn}, {"persona_score", intColumn}}}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		f := byID[id]
		b.rows = append(b.rows, []any{id, optional(f.ICPCode), orNull(f.ICPScore), optional(f.PersonaCode), orNull(f.PersonaScore)})
	}
	w := db.Workspace(workspaceID)
	return w.Tx(ctx, func(ctx context.Context, tx *Tx, _ Q) error {
		return op(w.updateMany(ctx, tx, b), "qualify signals")
	})
}
