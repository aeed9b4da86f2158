// Package credits is what a workspace may spend on enrichment: a bucket that is granted each month, top-ups beside it, reservations of calls that
// run, and a ledger with a row for every change, which always adds up to what is left.
package credits

import (
	"context"
	"slices"
	"time"
)

// Overage says what happens when the month's bucket is empty. The zero value is invalid.
type Overage string

// The policies.
const (
	Pause     Overage = "pause"       // nothing more is spent until the next grant
	TopUpOnly Overage = "top_up_only" // top-ups are spent; the default
)

// Overages returns the policies that may be chosen.
func Overages() []Overage { return []Overage{TopUpOnly, Pause} }

// Valid reports whether o is one of the policies.
func (o Overage) Valid() bool { return slices.Contains(Overages(), o) }

// Hold reserves credits for a call or job that may spend them.
type Hold struct {
	WorkspaceID string
	KeyID       string // whose monthly limit it counts against; "" for none
	ID          string // chosen by the caller, unique in the workspace
	Amount      int64
	Until       time.Time // when it lapses, should its holder have died
}

// Charge is the price of one value that was delivered.
type Charge struct {
	ID       string // unique in the workspace: it is charged once, however often it is settled
	Provider string
	Field    string
	RecordID string
	JobID    string // "" outside a bulk job
	Tool     string // by which it came about
	Amount   int64
}

// Balance is what can be spent.
type Balance struct {
	Left     int64     // now, by the workspace; what is held is not in it
	Held     int64     // by calls that run
	Bucket   int64     // rest of the month's grant, held or not
	TopUp    int64     // rest of the top-ups, held or not
	Monthly  int64     // the grant of each month
	ResetsAt time.Time // when the next grant falls due, UTC
	Overage  Overage
	KeyLimit *int64 // of the key, for a month; nil for none
	KeyLeft  *int64 // of it, now; nil for none
}

// Kind is why credits came or went.
type Kind string

// The kinds of ledger row.
const (
	Charged  Kind = "charge" // a value was delivered
	Granted  Kind = "grant"  // of the month, of a new workspace, or of a larger plan
	Lapsed   Kind = "reset"  // what was left of the month before
	ToppedUp Kind = "topup"
	Adjusted Kind = "adjust" // an operator set the bucket
)

// Entry is one row of the ledger. Rows are never changed.
type Entry struct {
	ID       string
	At       time.Time
	Kind     Kind
	Amount   int64 // what it adds to the credits; a charge is negative
	Bucket   int64 // the part of Amount that is the bucket's; the rest is the top-ups'
	Provider string
	Field    string
	RecordID string
	JobID    string
	KeyID    string
	Tool     string // of a charge; "" of one from before tools were noted
}

// Filter narrows a listing of the ledger; zero fields do not narrow. From is included, To is not.
type Filter struct {
	Kind   Kind
	KeyID  string
	JobID  string
	From   time.Time
	To     time.Time
	Before string // id of the last row already seen: only older ones follow
	Limit  int    // at most this many; 0 means all
}

// Ref names an account, with what of it one operation needs to know.
type Ref struct {
	WorkspaceID string
	KeyID       string   // "" for none
	HoldID      string   // "" for none
	ChargeIDs   []string // that may have been charged before
}

// Store keeps the accounts.
type Store interface {
	// ChangeCredits runs do over the account, which is locked until the transaction ends, and keeps what do changed; it joins the
	// transaction that ctx carries. When do fails, nothing is kept. fault.NotFound when the workspace or its key does not exist.
	ChangeCredits(ctx context.Context, ref Ref, do func(ctx context.Context, a *Account) error) error
	// Credits returns the account as it was kept last; the caller brings it up to date. The errors are those of ChangeCredits.
	Credits(ctx context.Context, ref Ref) (Account, error)
	// Ledger returns the rows that pass the filter, newest first: by time descending, then id descending.
	Ledger(ctx context.Context, workspaceID string, f Filter) ([]Entry, error)
}

// NextReset returns when the grant of a month follows that holds t: the first instant of the next month, UTC.
func NextReset(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC)
}

// MonthOf returns when the month began that ends at resetsAt.
func MonthOf(resetsAt time.Time) time.Time {
	t := resetsAt.UTC().Add(-time.Microsecond)
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
}
