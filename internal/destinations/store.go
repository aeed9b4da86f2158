package destinations

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Store keeps destinations. Each method joins the transaction that its context carries.
type Store interface {
	// InTx runs fn in one transaction, whose time it gives, and runs it again after a serialisation failure.
	InTx(ctx context.Context, fn func(ctx context.Context, now time.Time) error) error
	// RecordActivity adds an entry to the activity log.
	RecordActivity(ctx context.Context, e activity.Entry) error
	// Destinations returns those of a workspace, by name.
	Destinations(ctx context.Context, workspaceID string) ([]Destination, error)
	// Destination returns one; fault.NotFound when the workspace has none of the id.
	Destination(ctx context.Context, workspaceID, id string) (Destination, error)
	// SaveDestination keeps d, its secrets included, if the revision that is kept is the one before d's; a new one has revision 1. It returns
	// fault.Conflict when it is not.
	SaveDestination(ctx context.Context, d Destination) error
	// DeleteDestination removes one, with its secrets, deliveries and syncs, and from the audiences that it is attached to. fault.NotFound for none.
	DeleteDestination(ctx context.Context, workspaceID, id string) error

	DeliveryStore
	AudienceStore
}

// DeliveryStore keeps deliveries, on the same terms.
type DeliveryStore interface {
	AddDeliveries(ctx context.Context, workspaceID string, list []Delivery) error
	// TakeDelivery makes a delivery the worker's for the lease and counts an attempt. One whose destination takes nothing becomes held; one whose
	// destination is gone is removed.
	TakeDelivery(ctx context.Context, j Job, lease time.Duration) (Taken, error)
	// EndAttempt keeps the outcome, State to FinishedAt, of an attempt of the run; false when it is another worker's by now.
	EndAttempt(ctx context.Context, j Job, d Delivery) (bool, error)
	// RescueDelivery returns the job to queue for a delivery whose worker has been silent for longer than its lease, and takes back the attempt; nil
	// when it is not so.
	RescueDelivery(ctx context.Context, j Job) (*Job, error)
	// RequeueDelivery lets a delivery that is held or finished begin anew. fault.NotFound for none, fault.Conflict for one that is queued.
	RequeueDelivery(ctx context.Context, workspaceID, id string) (Delivery, error)
	// RequeueHeld does so for up to limit of the held ones of a destination, and returns the jobs to queue.
	RequeueHeld(ctx context.Context, workspaceID, destinationID string, limit int) ([]Job, error)
	// ListDeliveries returns the newest first.
	ListDeliveries(ctx context.Context, workspaceID string, f DeliveryFilter) ([]Delivery, int, error)
	// AddSync keeps the wish for all members of an audience.
	AddSync(ctx context.Context, workspaceID string, s Sync) error
	// StepSync does one step of a sync, at most once: it returns up to limit record ids that follow the last ones. nil when the step was done.
	StepSync(ctx context.Context, workspaceID, id string, step int64, limit int) (*Sync, error)
}

// AudienceStore reads what is sent.
type AudienceStore interface {
	// FindAudience returns an audience; fault.NotFound when the workspace has none of the id.
	FindAudience(ctx context.Context, workspaceID, id string) (audiences.Audience, error)
	// Attached returns by audience which destinations hear of it.
	Attached(ctx context.Context, workspaceID string, audienceIDs []string) (map[string][]audiences.Attached, error)
	// RankedMembers returns up to limit members of an audience in the order of its ranking: the first, or those after the position of one.
	RankedMembers(ctx context.Context, workspaceID string, a audiences.Audience, after []any, limit int) ([]search.Hit, error)
	// Parts returns what is known of the records of the ids; those that are gone are left out. Newest signals are those that occurred by the time.
	Parts(ctx context.Context, workspaceID string, kind filter.Kind, ids []string, signals bool, now time.Time) (map[string]Parts, error)
}

// Parts are what is known of a record; exactly one of Account and Lead is set.
type Parts struct {
	Account    *wire.Account
	Lead       *wire.Lead
	LastSignal *wire.Signal
}

// Sync is a wish that all members of an audience be sent to a destination.
type Sync struct {
	ID            string
	DestinationID string
	AudienceID    string
	CreatedAt     time.Time

	Records []string // of the step
	More    bool     // steps follow
}

// Queue is where jobs wait for a worker of any process.
type Queue interface {
	// Enqueue adds args within the transaction that ctx carries.
	Enqueue(ctx context.Context, kind string, args ...[]byte) error
	// Begun returns the args that a worker took before the time and has not done with, those of dead processes among them.
	Begun(ctx context.Context, kind string, before time.Time) ([][]byte, error)
}
