// Package audiences keeps saved filters and who is in them: exactly those records that a search with the same filter would find at the same time.
//
// The first save looks at every record. After that only records that may have changed are looked at again: those that were written, those whose
// signals were, and those for which time has passed (recency decays, windows such as last_days move). A change of who is in an audience and the
// event that tells of it are written in one transaction, so that there is exactly one event for each.
package audiences

import (
	"encoding/json"
	"time"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// State says whether the members of an audience are known.
type State string

// The states.
const (
	Scanning State = "scanning" // every record is being looked at, after a save
	Current  State = "current"
)

// Audience is a saved filter.
type Audience struct {
	ID           string // UUIDv7
	Name         string
	Over         filter.Kind     // Accounts or Leads; never changes
	Filter       json.RawMessage // canonical
	Ranking      []wire.Sort     // at most 4
	Enrich       []string        // channels and account fields that its members should have
	Destinations []Attached
	State        State
	Revision     int64 // grows with each save
	Members      int64
	AsOf         time.Time // the time for which its members hold
	CreatedAt    time.Time
	CreatedBy    string
	UpdatedAt    time.Time
}

// Attached is a destination that hears of an audience's changes.
type Attached struct {
	DestinationID string
	Mapping       map[string]string // their field by ours; nil for the destination's own
}

// Change is what happened to a record in an audience.
type Change string

// The changes.
const (
	Added    Change = "added"
	Removed  Change = "removed"
	Reranked Change = "reranked" // the values that the ranking looks at differ
)

// Event tells of one change, once.
type Event struct {
	ID         string // UUIDv7
	AudienceID string
	Kind       filter.Kind
	RecordID   string
	Change     Change
	At         time.Time // the time for which it was worked out
}
