package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/text"
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

var signalColumns = []column{
	{"id", textColumn}, {"external_id", textColumn}, {"signal_type", textColumn}, {"source", textColumn}, {"source_f", textColumn}, {"occurred_at", intColumn},
	{"event_name", textColumn}, {"event_name_f", textColumn}, {"title", textColumn}, {"title_f", textColumn},
	{"account_id", textColumn}, {"account_domain", textColumn}, {"lead_id", textColumn},
	{"email", textColumn}, {"linkedin_url", textColumn}, {"handle", textColumn}, {"handle_f", textColumn}, {"company_domain", textColumn},
	{"first_name", textColumn}, {"last_name", textColumn}, {"person_title", textColumn},
	{"context", textColumn}, {"dedupe", textColumn}, {"created_at", intColumn},
}

// signalDedupe is the place of dedupe among signalColumns.
var signalDedupe = slices.Index(signalColumns, column{"dedupe", textColumn})

func signalValues(id string, s *signals.Signal, m signalMatch, dedupe string, now int64) []any {
	i := s.Identity
	return []any{
		id, orNone(s.ExternalID), s.Type, s.Source, text.Fold(s.Source), s.OccurredAt.UnixMicro(),
		orNone(s.EventName), orNone(text.Fold(s.EventName)), orNone(s.Title), orNone(text.Fold(s.Title)),
		orNone(m.AccountID), orNone(m.accountDomain), orNone(m.LeadID),
		orNone(i.Email), orNone(i.LinkedInURL), orNone(i.Handle), orNone(i.Handle), orNone(i.CompanyDomain),
		orNone(i.FirstName), orNone(i.LastName), orNone(i.Title),
		orNone(string(s.Context)), dedupe, now,
	}
}

// orNone returns s for a column, NULL when it is empty.
func orNone(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// insertSignals adds the signals that are new. Which are is decided by the unique key alone, so that of two callers
// with the same signal one adds it and the other finds it.
func (w *Workspace) insertSignals(ctx context.Context, tx *Tx, q Q, in []signals.Signal, matches []signalMatch) ([]signals.Captured, error) {
	out, prints := make([]signals.Captured, len(in)), make([]string, len(in))
	b := bulk{table: "signals", columns: signalColumns, onConflict: `ON CONFLICT (workspace_id, dedupe) DO NOTHING`}
	first := map[string]int{}
	for i := range in {
		prints[i] = signals.Fingerprint(in[i], matches[i].Match)
		out[i] = signals.Captured{Match: matches[i].Match, Stranger: matches[i].LeadID == "" && signals.NamesPerson(in[i].Identity)}
		if j, again := first[prints[i]]; again {
			out[i].ID, out[i].Duplicate = out[j].ID, true
			continue
		}
		first[prints[i]] = i
		out[i].ID = newID()
		b.rows = append(b.rows, signalValues(out[i].ID, &in[i], matches[i], prints[i], tx.now))
	}
	slices.SortFunc(b.rows, func(x, y []any) int { // one order for all, so that rivals wait instead of deadlocking
		return cmp.Compare(x[signalDedupe].(string), y[signalDedupe].(string))
	})
	n, err := w.insertMany(ctx, tx, b)
	if err != nil || n == int64(len(b.rows)) {
		return out, op(err, "add signals")
	}
	return out, w.findTwins(ctx, q, prints, out)
}

// findTwins points each signal that was there before at the stored one.
func (w *Workspace) findTwins(ctx context.Context, q Q, prints []string, out []signals.Captured) error {
	stored := map[string]signals.Captured{}
	_, err := collect(ctx, q, func(row Row) (struct{}, error) {
		var print string
		var c signals.Captured
		err := row.Scan(&print, &c.ID, &c.Match.AccountID, &c.Match.LeadID)
		stored[print] = c
		return struct{}{}, err
	}, `SELECT dedupe, id, COALESCE(account_id, ''), COALESCE(lead_id, '') FROM signals WHERE workspace_id = $1 AND `+w.db.dia.anyOf("dedupe", "$2"), w.db.dia.list(prints))
	for i, print := range prints {
		if c := stored[print]; c.ID != out[i].ID {
			out[i].ID, out[i].Match, out[i].Duplicate = c.ID, c.Match, true
		}
	}
	return op(err, "find signals that were there before")
}

// RecordActivity implements the stores of the domain packages.
func (db *DB) RecordActivity(ctx context.Context, e activity.Entry) error {
	return db.Workspace(e.WorkspaceID).Record(ctx, e)
}
