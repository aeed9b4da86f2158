package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/text"
)

// signalRow is a signal with its match and what makes it the same as another.
type signalRow struct {
	signals.Signal
	signalMatch
	occurredAt *int64
	dedupe     string
}

func newSignalRow(s signals.Signal, m signalMatch) signalRow {
	at := s.OccurredAt.UnixMicro()
	return signalRow{Signal: s, signalMatch: m, occurredAt: &at, dedupe: signals.Fingerprint(s, m.Match)}
}

func sameHandle(handle string) string { return handle } // those of signals are in normal form already

var signalKind = &recordKind[signalRow]{
	table: "signals",
	fields: []field[signalRow]{
		{"external_id", func(s *signalRow) any { return &s.ExternalID }, nil},
		{"signal_type", func(s *signalRow) any { return &s.Type }, nil},
		{"source", func(s *signalRow) any { return &s.Source }, text.Fold},
		{"occurred_at", func(s *signalRow) any { return &s.occurredAt }, nil},
		{"event_name", func(s *signalRow) any { return &s.EventName }, text.Fold},
		{"title", func(s *signalRow) any { return &s.Title }, text.Fold},
		{"account_id", func(s *signalRow) any { return &s.AccountID }, nil},
		{"account_domain", func(s *signalRow) any { return &s.accountDomain }, nil},
		{"lead_id", func(s *signalRow) any { return &s.LeadID }, nil},
		{"email", func(s *signalRow) any { return &s.Identity.Email }, nil},
		{"linkedin_url", func(s *signalRow) any { return &s.Identity.LinkedInURL }, nil},
		{"handle", func(s *signalRow) any { return &s.Identity.Handle }, sameHandle},
		{"company_domain", func(s *signalRow) any { return &s.Identity.CompanyDomain }, nil},
		{"first_name", func(s *signalRow) any { return &s.Identity.FirstName }, text.Fold},
		{"last_name", func(s *signalRow) any { return &s.Identity.LastName }, text.Fold},
		{"person_title", func(s *signalRow) any { return &s.Identity.Title }, text.Fold},
		{"context", func(s *signalRow) any { return &s.Context }, foldObject},
		{"dedupe", func(s *signalRow) any { return &s.dedupe }, nil},
	},
}

// addSignals inserts what no other caller has and returns how many rows that were.
func (w *Workspace) addSignals(ctx context.Context, tx *Tx, rows []*merging[signalRow]) (int64, error) {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(x, y *merging[signalRow]) int { // one order for all, so that rivals wait instead of deadlocking
		return cmp.Compare(x.row.dedupe, y.row.dedupe)
	})
	b := signalBulk(rows, column{"created_at", intColumn})
	b.onConflict = `ON CONFLICT (workspace_id, dedupe) DO NOTHING`
	for i := range b.rows {
		b.rows[i] = append(b.rows[i], tx.now)
	}
	n, err := w.insertMany(ctx, tx, b)
	return n, op(err, "add signals")
}

func signalBulk(rows []*merging[signalRow], more ...column) bulk {
	b := bulk{table: signalKind.table, columns: append([]column{{"id", textColumn}}, columnsOf(signalKind.fields)...)}
	b.columns = append(b.columns, more...)
	for _, r := range rows {
		b.rows = append(b.rows, appendValues(append(make([]any, 0, len(b.columns)), r.id), signalKind.fields, &r.row))
	}
	return b
}
