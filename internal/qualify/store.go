package qualify

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
)

// Store keeps what became of records. Each method joins the transaction that its context carries.
type Store interface {
	// InTx runs fn in one transaction, whose time it gives, and runs it again after a serialisation failure or an error with a method RunTxAgain().
	InTx(ctx context.Context, fn func(ctx context.Context, now time.Time) error) error
	// Read runs fn over the transaction that ctx carries, or over a snapshot.
	Read(ctx context.Context, workspaceID string, fn func(ctx context.Context, r search.Reader) error) error
	// LockRecords keeps other transactions from changing or qualifying records of the workspace until the running one ends.
	LockRecords(ctx context.Context, workspaceID string) error
	// Now returns the time in microseconds, which goes on within a transaction.
	Now(ctx context.Context) (int64, error)
	// Held tells of each record which of the conditions hold, in their order; unknown ids are left out.
	Held(ctx context.Context, workspaceID string, kind filter.Kind, conditions []filter.Node, ids []string) (map[string][]bool, error)
	// KeepQualifications replaces what is known of the records, which are of one kind. What follows from those that changed is looked at again.
	KeepQualifications(ctx context.Context, workspaceID string, kind filter.Kind, list []Result) error
	// RecordActivity appends to the activity log.
	RecordActivity(ctx context.Context, e activity.Entry) error

	JobStore
}

// JobStore keeps the jobs that qualify many records. Each method joins the transaction that its context carries.
type JobStore interface {
	// AddQualificationJob keeps a new job and fills in its Total and how far it goes. One of the cause BySettings replaces those that are not over.
	AddQualificationJob(ctx context.Context, j Job) (Job, error)
	// QualificationJob returns a job; not_found when there is none.
	QualificationJob(ctx context.Context, workspaceID, id string) (Job, error)
	// TakeQualificationJob returns a job that is not over, which no other transaction has until the running one ends; nil when it is over or gone.
	TakeQualificationJob(ctx context.Context, workspaceID, id string) (*Job, error)
	// AdvanceQualificationJob keeps where the job stands and what it has counted.
	AdvanceQualificationJob(ctx context.Context, j Job) error
	// NextRecords returns up to limit ids of records of the kind that follow after, up to and with until, in order.
	NextRecords(ctx context.Context, workspaceID string, kind filter.Kind, after, until string, limit int) ([]string, error)
	// ReclaimQualificationJob reports whether a job is not over and nobody has worked on it for so long, and notes that somebody does now.
	ReclaimQualificationJob(ctx context.Context, r JobRef, silent time.Duration) (bool, error)
	// Begun returns the args of the jobs of the queue that a process took before the time and has not ended since.
	Begun(ctx context.Context, kind string, before time.Time) ([][]byte, error)
	// Enqueue adds jobs to the queue.
	Enqueue(ctx context.Context, kind string, args ...[]byte) error
}
