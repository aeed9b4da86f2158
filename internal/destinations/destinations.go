// Package destinations sends what changes in audiences to where it is wanted: to webhooks, to CRMs, and into files that are fetched.
//
// A change of an audience's members queues one delivery for each destination that hears of it, in the transaction of the change. Deliveries are
// tried for days, and arrive at least once, always under the same id. A destination that an API key made, or aimed anew, gets nothing before an
// admin has confirmed it.
package destinations

import (
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/filter"
)

// Kind is how a destination is reached. The zero value is invalid.
type Kind string

// The kinds.
const (
	Webhook    Kind = "webhook"
	CSV        Kind = "csv" // nothing is sent: its file is fetched
	HubSpot    Kind = "hubspot"
	Salesforce Kind = "salesforce"
)

// Status says whether a destination is sent anything.
type Status string

// The statuses.
const (
	Pending  Status = "pending"  // an admin has yet to confirm where it leads
	Active   Status = "active"   //
	Paused   Status = "paused"   // nothing is queued for it, and what is queued is held
	Disabled Status = "disabled" // its receiver said that it is gone
)

// Mapping says what a receiver's fields are filled with: paths of ours, as package mapping knows them, by names of theirs.
type Mapping map[string]string

// Destination is a place that hears of changes.
type Destination struct {
	WorkspaceID string
	ID          string // UUIDv7
	Name        string // 1 to 100 characters, once in its workspace
	Kind        Kind   // never changes
	URL         string // https, without its query, which is kept as a secret; "" where the kind needs none
	Headers     []Header
	Options     map[string]string // public settings of the kind
	Mapping     map[filter.Kind]Mapping
	Sealed      map[string]Sealed // secrets by name: see secrets.go

	CreatedAt   time.Time
	CreatedBy   activity.Actor
	UpdatedAt   time.Time
	Revision    int64  // grows with each change
	ConfirmedBy string // who of the admins did; "" while nobody has
	Paused      bool
	Gone        bool      // its receiver said so
	RotatedAt   time.Time // when its signing secret was made; zero for none
}

// Status tells whether the destination is sent anything.
func (d Destination) Status() Status {
	switch {
	case d.ConfirmedBy == "":
		return Pending
	case d.Gone:
		return Disabled
	case d.Paused:
		return Paused
	}
	return Active
}

// sends reports whether changes are queued for it.
func (d Destination) sends() bool { return d.Status() == Active && d.Kind != CSV }

// Header is sent with each request.
type Header struct {
	Name   string `json:"name"`
	Value  string `json:"value,omitempty"` // "" of a secret one
	Secret bool   `json:"secret,omitempty"`
}

// Sealed is a secret that only its place and the keys of the server open.
type Sealed struct {
	Text  []byte
	Until time.Time // when it ends to count; zero for never
}

// Caller is who asks.
type Caller struct {
	WorkspaceID string
	Actor       activity.Actor
	Admin       bool // a signed-in admin, or the operator of the server: where they aim a destination needs no further confirmation
}
