package destinations

import (
	"encoding/json"
	"time"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/filter"
)

// State is how far a delivery has come.
type State string

// The states.
const (
	Queued    State = "queued"
	Held      State = "held" // its destination takes nothing for now
	Delivered State = "delivered"
	Failed    State = "failed"  // no attempt is left
	Skipped   State = "skipped" // it is nothing for the receiver
)

// Delivery is one message to one destination, without its content, which is made when it is sent.
type Delivery struct {
	ID            string // UUIDv7, of the message too
	DestinationID string
	AudienceID    string      // "" in a ping
	EventID       string      // "" where somebody asked for it
	Kind          filter.Kind // "" in a ping
	RecordID      string
	Type          Type
	At            time.Time // of the change
	CreatedAt     time.Time

	State      State
	Run        int64 // grows whenever it is given to another worker
	Attempts   int64
	NextAt     time.Time // of the next attempt, while it is queued
	Status     int64     // HTTP, of the last attempt
	Duration   time.Duration
	Class      Class // why the last attempt failed
	Field      string
	FinishedAt time.Time
}

// DeliveryFilter narrows a list of deliveries; zero fields do not narrow.
type DeliveryFilter struct {
	DestinationID string
	State         State
	Before        string // id of the last one already seen: only older ones follow
	Limit         int
}

// Job names a delivery for a worker. One with an older run than the delivery's has no say.
type Job struct {
	WorkspaceID   string `json:"workspace"`
	DestinationID string `json:"destination"`
	DeliveryID    string `json:"delivery"`
	Run           int64  `json:"run"`
}

// Taken is what became of a try to take a delivery.
type Taken struct {
	Mine        bool
	Later       time.Duration // when it is not due, or another worker's: how long to wait; 0 when there is nothing to do
	Now         time.Time
	Delivery    Delivery
	Destination Destination
}

// The kinds of job in the queue. The deliveries have workers of their own, so that a slow receiver keeps no other work waiting.
const (
	DeliveryKind = "delivery"
	SyncKind     = "destination_sync"
	ResumeKind   = "destination_resume"
)

// typeOf is the type of the message that tells of a change.
func typeOf(c audiences.Change) Type {
	switch c {
	case audiences.Removed:
		return MemberRemoved
	case audiences.Reranked:
		return MemberReranked
	}
	return MemberAdded
}

// change is the change that a message of the type tells of.
func (t Type) change() audiences.Change {
	switch t {
	case MemberRemoved:
		return audiences.Removed
	case MemberReranked:
		return audiences.Reranked
	case Ping:
		return ""
	}
	return audiences.Added
}

// encoded returns the args of a job; they consist of texts and numbers.
func encoded(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// step is one of the many steps of a sync.
type step struct {
	WorkspaceID string `json:"workspace"`
	SyncID      string `json:"sync"`
	Number      int64  `json:"step"`
}

// resume names a destination that takes up again.
type resume struct {
	WorkspaceID   string `json:"workspace"`
	DestinationID string `json:"destination"`
}
