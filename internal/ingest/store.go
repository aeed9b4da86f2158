package ingest

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Effect is what a line did to its record. The zero value is invalid.
type Effect string

// The effects of a line.
const (
	Created   Effect = "created"
	Updated   Effect = "updated"
	Unchanged Effect = "unchanged" // what the line says was stored already; nothing is written
	Clashed   Effect = "clashed"   // its hints name two different records; nothing is written
)

// Outcome is what became of one record given to a store.
type Outcome struct {
	ID       string // of the record; "" when it clashed
	Effect   Effect
	Unlinked bool // a lead whose company_domain is that of no account, or a signal whose person is no lead
}

// Store merges what an import reads. All hints must be in the normal form of package identity; zero fields are absent.
//
// Each method joins the transaction that its context carries. Within one call lines count in their order: a later
// line's present fields win, a list replaces, custom fields merge by name, absent fields stay.
type Store interface {
	// InTx runs fn in one transaction, whose time it gives, and runs it again after a serialisation failure.
	InTx(ctx context.Context, fn func(ctx context.Context, now time.Time) error) error
	// MergeAccounts finds each account by domain and makes the missing ones; a domain never changes, so an external id
	// that belongs to another domain clashes. The outcomes are in the order of the input.
	MergeAccounts(ctx context.Context, workspaceID string, in []wire.Account) ([]Outcome, error)
	// MergeLeads finds each lead by external id, email, LinkedIn URL or handle; one that has none of these by name and
	// company. It links a lead to the account of its company_domain. The outcomes are in the order of the input.
	MergeLeads(ctx context.Context, workspaceID string, in []wire.Lead) ([]Outcome, error)
	// MergeSignals matches each signal as package signals says and merges it into the same one, by signals.Fingerprint;
	// a context replaces. The outcomes are in the order of the input.
	MergeSignals(ctx context.Context, workspaceID string, in []signals.Signal) ([]Outcome, error)
	// SignalTypes is that of signals.Store.
	SignalTypes(ctx context.Context, workspaceID string) (signals.Types, error)
	// Counted tells the store that many records came in, so that it plans its answers by what is there now.
	Counted(ctx context.Context) error
	// RecordActivity appends to the activity log.
	RecordActivity(ctx context.Context, e activity.Entry) error
}
