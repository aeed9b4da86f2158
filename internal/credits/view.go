package credits

import (
	"slices"
	"time"
)

// View is the JSON form of a balance for operators.
type View struct {
	Balance  int64     `json:"balance"` // can be spent now
	Held     int64     `json:"held"`
	Bucket   int64     `json:"bucket"`
	TopUp    int64     `json:"topup"`
	Monthly  int64     `json:"monthly"`
	ResetsAt time.Time `json:"resets_at"`
	Overage  Overage   `json:"overage"`
	KeyLimit *int64    `json:"key_limit,omitempty"` // left out without a key or limit
	KeyLeft  *int64    `json:"key_left,omitempty"`
}

// View returns the JSON form of b.
func (b Balance) View() View {
	return View{Balance: b.Left, Held: b.Held, Bucket: b.Bucket, TopUp: b.TopUp, Monthly: b.Monthly, ResetsAt: b.ResetsAt, Overage: b.Overage,
		KeyLimit: b.KeyLimit, KeyLeft: b.KeyLeft}
}

// EntryView is the JSON form of a row of the ledger.
type EntryView struct {
	ID       string    `json:"id"`
	At       time.Time `json:"at"`
	Kind     Kind      `json:"kind"`
	Amount   int64     `json:"amount"`
	Bucket   int64     `json:"bucket"` // the bucket's part of amount; the rest is the top-ups'
	Provider string    `json:"provider"`
	Field    string    `json:"field"`
	RecordID string    `json:"record_id"`
	JobID    string    `json:"job_id"`
	KeyID    string    `json:"key_id"`
	Tool     string    `json:"tool"`
}

// View returns the JSON form of e.
func (e Entry) View() EntryView { return EntryView(e) }

// kinds lists every kind of row.
var kinds = []Kind{Charged, Granted, Lapsed, ToppedUp, Adjusted}

// Valid reports whether k is a kind of row.
func (k Kind) Valid() bool { return slices.Contains(kinds, k) }

// KindNames returns the names of all kinds.
func KindNames() (names []string) {
	for _, k := range kinds {
		names = append(names, string(k))
	}
	return names
}
