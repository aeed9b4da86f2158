package enrich

import (
	"context"
	"encoding/json"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Stored is a record with where its values come from. Exactly one of Lead and Account is set, or neither when there is no record.
type Stored struct {
	Lead     *wire.Lead
	Account  *wire.Account
	Employer *wire.Account // of a lead that is linked to one
	Values   map[Field]Trace
}

// ID returns the record's id, "" when there is none.
func (s Stored) ID() string {
	switch {
	case s.Lead != nil:
		return s.Lead.ID
	case s.Account != nil:
		return s.Account.ID
	}
	return ""
}

// Trace is what the last lookups of a field brought: the newest value that was delivered, and who was asked last.
type Trace struct {
	Value      json.RawMessage // nil when none was ever delivered
	Source     string
	Confidence float64
	FoundAt    time.Time // zero without a value
	Tried      []string  // of the last call, in their order
	Problem    string
	AskedAt    time.Time
}

// Claim asks for an idempotency key on behalf of a run.
type Claim struct {
	Key    string
	Hash   []byte        // of the request
	RunID  string        // the same for all attempts at the run
	Holder string        // this attempt alone
	Lease  time.Duration // after which the attempt counts as dead
	Mine   bool          // the caller knows that no other attempt is alive: none is waited for
}

// Claimed is what became of a claim.
type Claimed struct {
	Reply  *Reply // of the same request, when it was answered before; else the key is the claimer's
	RunID  string // of the first attempt
	Former string // holder of the dead attempt that was taken over; "" when there was none
}

// Store keeps records, where their values come from, and runs. Each method joins the transaction that its context carries.
type Store interface {
	// InTx runs fn in one transaction, whose time it gives, and runs it again after a serialisation failure.
	InTx(ctx context.Context, fn func(ctx context.Context, now time.Time) error) error
	// Enrichable returns the first record that one of the attempts finds; without one the zero value.
	Enrichable(ctx context.Context, workspaceID string, attempts []search.Attempt) (Stored, error)
	// EnrichableByID returns the records of the ids, in their order; those that are not there are left out.
	EnrichableByID(ctx context.Context, workspaceID string, kind wire.Kind, ids []string) ([]Stored, error)
	// PersonAt returns the lead with the folded name at the company with the domain, the oldest of several; without one the zero value.
	PersonAt(ctx context.Context, workspaceID, name, domain string) (Stored, error)
	// MergeAccounts and MergeLeads are ingest.Store's.
	MergeAccounts(ctx context.Context, workspaceID string, in []wire.Account) ([]ingest.Outcome, error)
	MergeLeads(ctx context.Context, workspaceID string, in []wire.Lead) ([]ingest.Outcome, error)
	// ChangeRecord lets change look at the record, which nobody else changes meanwhile, and stores its fields if change returns true.
	// fault.NotFound when there is none.
	ChangeRecord(ctx context.Context, workspaceID string, kind wire.Kind, id string, change func(*Stored) (bool, error)) error
	// KeepTraces keeps what lookups brought for the record. A trace without a value leaves an older value in place.
	KeepTraces(ctx context.Context, workspaceID, recordID string, traces map[Field]Trace) error
	// ClaimRun takes an idempotency key for a run. Errors: fault.IdempotencyKeyReused for another hash, fault.IdempotencyInFlight while another
	// attempt holds it.
	ClaimRun(ctx context.Context, workspaceID string, c Claim) (Claimed, error)
	// OwnRun keeps other attempts away until the transaction ends; fault.IdempotencyInFlight when the holder lost its claim.
	OwnRun(ctx context.Context, workspaceID, key, holder string) error
	// FinishRun keeps the answer of a run for replay. Errors are those of OwnRun.
	FinishRun(ctx context.Context, workspaceID, key, holder string, r Reply) error
	// DropRun gives the key free again, if the holder still has it.
	DropRun(ctx context.Context, workspaceID, key, holder string) error
	// RecordActivity adds an entry to the activity log.
	RecordActivity(ctx context.Context, e activity.Entry) error
}

// Credits is the workspace's purse; *credits.Service is one. Each method joins the transaction that its context carries.
type Credits interface {
	Hold(ctx context.Context, h credits.Hold) (credits.Balance, error)
	Settle(ctx context.Context, workspaceID, keyID, holdID string, charges []credits.Charge) (credits.Balance, error)
	Balance(ctx context.Context, workspaceID, keyID string) (credits.Balance, error)
}
