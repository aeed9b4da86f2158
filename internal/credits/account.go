package credits

import (
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
)

// OpeningID is the id of the first row of every ledger.
const OpeningID = "opening"

// Opening is the first row of the ledger of a workspace that begins with the amount in its bucket.
func Opening(at time.Time, amount int64) Entry {
	return Entry{ID: OpeningID, At: at, Kind: Granted, Amount: amount, Bucket: amount}
}

// Reservation is a hold as it is kept.
type Reservation struct {
	Amount int64
	Until  time.Time
}

// Account is the credits of one workspace at one time. Its methods change it and gather what the store has to keep; they touch nothing else.
type Account struct {
	Now      time.Time
	Bucket   int64
	TopUp    int64
	Monthly  int64
	ResetsAt time.Time
	Overage  Overage
	Held     int64           // by live reservations other than Own
	Own      *Reservation    // the one that the operation names, live or lapsed; nil when there is none
	Known    map[string]bool // charges that the ledger has already

	KeyID    string
	KeyLimit *int64 // nil for none
	KeySpent int64  // in the month that ends at ResetsAt
	KeyHeld  int64  // the key's part of Held

	Entries  []Entry          // new rows of the ledger
	KeySpend int64            // to be added to what the key has spent
	Activity []activity.Entry // new rows of the activity log
}

// CatchUp grants the months that have begun since the last grant, as one: what was left of the bucket lapses. What live reservations need of the
// bucket stays, so that they can be settled.
func (a *Account) CatchUp() {
	if a.Now.Before(a.ResetsAt) {
		return
	}
	kept := min(a.Bucket, max(0, a.held()-a.TopUp))
	a.add(Entry{Kind: Lapsed, Amount: kept - a.Bucket, Bucket: kept - a.Bucket})
	a.grant(a.Monthly - a.Bucket)
	a.ResetsAt, a.KeySpent = NextReset(a.Now), 0
}

func (a *Account) held() int64 {
	if a.own() {
		return a.Held + a.Own.Amount
	}
	return a.Held
}

// own reports whether the reservation named is there and live.
func (a *Account) own() bool { return a.Own != nil && a.Own.Until.After(a.Now) }

func (a *Account) grant(amount int64) {
	if amount > 0 {
		a.add(Entry{Kind: Granted, Amount: amount, Bucket: amount})
	}
}

// add books one row; one that changes nothing is left out, but for charges.
func (a *Account) add(e Entry) {
	if e.Amount == 0 && e.Kind != Charged {
		return
	}
	if e.ID == "" {
		e.ID = uuid.Must(uuid.NewV7()).String()
	}
	e.At = a.Now
	a.Bucket += e.Bucket
	a.TopUp += e.Amount - e.Bucket
	a.Entries = append(a.Entries, e)
}

// left is what may be spent beside the live reservations of others.
func (a *Account) left() int64 {
	all := a.Bucket - a.Held
	if a.Overage != Pause {
		all += a.TopUp
	}
	return max(0, all)
}

func (a *Account) keyLeft() int64 { return max(0, *a.KeyLimit-a.KeySpent-a.KeyHeld) }

// afford returns credits_exhausted unless the amount may be spent.
func (a *Account) afford(amount int64) error {
	if left := a.left(); amount > left {
		return fault.Newf(fault.CreditsExhausted, "The workspace has %d credits left, and this may cost up to %d; nothing was charged. Ask an admin to top up.", left, amount)
	}
	if a.KeyLimit != nil && amount > a.keyLeft() {
		return fault.Newf(fault.CreditsExhausted, "This API key may spend %d credits a month and has %d left, and this may cost up to %d; nothing was charged. "+
			"Ask an admin for a key with a higher limit, or wait for the next month.", *a.KeyLimit, a.keyLeft(), amount)
	}
	return nil
}

// Reserve takes or replaces the reservation that the operation names; an amount of 0 leaves none. credits_exhausted when it cannot be afforded.
func (a *Account) Reserve(r Reservation) error {
	a.CatchUp()
	if err := a.afford(r.Amount); err != nil {
		return err
	}
	if a.Own = &r; r.Amount == 0 {
		a.Own = nil
	}
	return nil
}

// errOverHold means that more was charged than was reserved: a mistake of the caller.
var errOverHold = errors.New("credits: the charges exceed the reservation")

// Settle charges what was delivered and was not charged before, and ends the reservation. A reservation that has lapsed or is gone is made again if
// the charges can be afforded; credits_exhausted when they cannot.
func (a *Account) Settle(charges []Charge) error {
	a.CatchUp()
	due, sum := a.due(charges)
	switch {
	case a.Own != nil && sum > a.Own.Amount:
		return fault.Wrap(fault.Internal, errOverHold)
	case !a.own():
		if err := a.afford(sum); err != nil {
			return err
		}
	case sum > a.Bucket+a.TopUp: // an operator took credits away meanwhile
		return fault.New(fault.CreditsExhausted, fault.CreditsExhausted.Detail())
	}
	for _, c := range due {
		a.add(Entry{ID: c.ID, Kind: Charged, Amount: -c.Amount, Bucket: -min(c.Amount, a.Bucket), Provider: c.Provider, Field: c.Field,
			RecordID: c.RecordID, JobID: c.JobID, KeyID: a.KeyID, Tool: c.Tool})
	}
	a.Own = nil
	a.KeySpent, a.KeySpend = a.KeySpent+sum, a.KeySpend+sum
	return nil
}

// due returns the charges that are new, each once, and their sum.
func (a *Account) due(charges []Charge) (due []Charge, sum int64) {
	seen := map[string]bool{}
	for _, c := range charges {
		if a.Known[c.ID] || seen[c.ID] {
			continue
		}
		seen[c.ID] = true
		due, sum = append(due, c), sum+c.Amount
	}
	return due, sum
}

// Buy adds a top-up as a row of the id.
func (a *Account) Buy(id string, amount int64) {
	a.CatchUp()
	a.add(Entry{ID: id, Kind: ToppedUp, Amount: amount})
}

// SetBucket sets what is left of the month's bucket.
func (a *Account) SetBucket(to int64) {
	a.CatchUp()
	a.add(Entry{Kind: Adjusted, Amount: to - a.Bucket, Bucket: to - a.Bucket})
}

// SetMonthly sets the grant of each month. A larger one is granted at once but for what was granted in this month already, granted before this
// operation and in it; a smaller one takes nothing away until the next month.
func (a *Account) SetMonthly(monthly, granted int64) {
	a.CatchUp()
	for _, e := range a.Entries {
		if e.Kind == Granted {
			granted += e.Bucket
		}
	}
	if monthly > a.Monthly {
		a.grant(monthly - granted)
	}
	a.Monthly = monthly
}

// Balance returns what can be spent.
func (a *Account) Balance() Balance {
	b := Balance{Held: a.held(), Bucket: a.Bucket, TopUp: a.TopUp, Monthly: a.Monthly, ResetsAt: a.ResetsAt, Overage: a.Overage}
	others := *a
	if a.own() {
		others.Held, others.KeyHeld = a.Held+a.Own.Amount, a.KeyHeld+a.Own.Amount
	}
	b.Left = others.left()
	if a.KeyLimit != nil {
		limit, left := *a.KeyLimit, others.keyLeft()
		b.KeyLimit, b.KeyLeft = &limit, &left
	}
	return b
}
