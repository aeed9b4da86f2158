package enrich

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Job is a bulk job as it is kept. Its records stand in an order that never changes; chunk n has those from n x ChunkSize on.
type Job struct {
	WorkspaceID string
	ID          string
	KeyID       string // on whose behalf it works
	Kind        wire.Kind
	Channels    []wire.Channel
	Refresh     bool
	MaxCredits  *int64
	RetryOf     string // the job whose records it does again; "" for none
	Total       int64
	ChunkSize   int64
	CreatedAt   time.Time

	State      wire.JobState
	Stop       wire.JobState // what it becomes when the records that were begun are done; "" while it goes on
	StopReason string
	FinishedAt time.Time // zero until State is final

	Enriched, Missed, Failed int64
	CreditsUsed              int64
}

// Chunks is how many chunks the job has.
func (j Job) Chunks() int64 { return (j.Total + j.ChunkSize - 1) / j.ChunkSize }

// JobFilter narrows a list of jobs; zero fields do not narrow.
type JobFilter struct {
	State   wire.JobState
	RetryOf string
	Before  string // id of the last job already seen: only older ones follow
	Limit   int    // at most this many; 0 means all
}

// JobRecord is one record of a job.
type JobRecord struct {
	Place       int64 // from 0
	RecordID    string
	Outcome     string // pending, enriched, missed or failed
	CreditsUsed int64
	Code        fault.Code // of what failed
}

// Chunk names some records of a job, for one worker to enrich. Run grows each time that the chunk is given to another worker; an older one has no say.
type Chunk struct {
	WorkspaceID string `json:"workspace"`
	JobID       string `json:"job"`
	Number      int64  `json:"chunk"`
	Run         int64  `json:"run"`
}

// Taken is what became of a try to take a chunk.
type Taken struct {
	Mine    bool
	Busy    time.Duration // when it is another worker's: how long that may be silent before it counts as dead; 0 when there is nothing to do
	Job     Job
	Records []JobRecord // those of the chunk that are pending
}

// JobStore keeps bulk jobs. Each method joins the transaction that its context carries, and takes the time of the transaction. One that changes
// nothing because the chunk is not the holder's (any more), or the job is final, returns false.
type JobStore interface {
	InTx(ctx context.Context, fn func(ctx context.Context, now time.Time) error) error
	RecordActivity(ctx context.Context, e activity.Entry) error

	// AddJob keeps a job over the records. Its first chunks, as many as are said, count as queued, the others wait until one of those ended.
	AddJob(ctx context.Context, j Job, recordIDs []string, queued int64) error
	// FindJob returns a job; fault.NotFound when the workspace has none of the id.
	FindJob(ctx context.Context, workspaceID, id string) (Job, error)
	// ListJobs returns jobs that pass the filter, the newest first.
	ListJobs(ctx context.Context, workspaceID string, f JobFilter) ([]Job, error)
	// LockJob keeps other transactions from locking or changing the job until this one ends.
	LockJob(ctx context.Context, workspaceID, id string) error
	// JobRecords returns up to limit records of a job from a place on, with the outcome unless it is "".
	JobRecords(ctx context.Context, workspaceID, jobID, outcome string, from int64, limit int) ([]JobRecord, error)
	// StopJob lets the job end: no record is begun any more, and it takes the state when those that were begun are done. false when it ends already.
	StopJob(ctx context.Context, workspaceID, jobID string, state wire.JobState, reason string) (bool, error)

	// TakeChunk makes the chunk the holder's for the lease.
	TakeChunk(ctx context.Context, c Chunk, holder string, lease time.Duration) (Taken, error)
	// KeepChunk prolongs the lease.
	KeepChunk(ctx context.Context, c Chunk, holder string, lease time.Duration) (bool, error)
	// Reserve sets aside what a record may cost, for the job's own bound; false when that would be passed.
	Reserve(ctx context.Context, c Chunk, place, amount int64) (bool, error)
	// Keep stores what became of a pending record, and counts it.
	Keep(ctx context.Context, c Chunk, r JobRecord) (bool, error)
	// EndChunk ends the holder's chunk, and with the last one the job. further is a chunk that waited for it and is queued now.
	EndChunk(ctx context.Context, c Chunk, holder string, lanes int64) (further *Chunk, err error)
	// RequeueChunk takes the chunk from its holder and returns it as it must be queued again. With the holder "" that is done only if nobody holds it
	// or its holder has been silent for longer than its lease.
	RequeueChunk(ctx context.Context, c Chunk, holder string) (*Chunk, error)
}

// Queue is where chunks wait for a worker of any process.
type Queue interface {
	// Enqueue adds args within the transaction that ctx carries.
	Enqueue(ctx context.Context, kind string, args ...[]byte) error
	// Begun returns the args that a worker took before the time and has not done with, those of dead processes among them.
	Begun(ctx context.Context, kind string, before time.Time) ([][]byte, error)
}
