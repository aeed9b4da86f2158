package store

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

const (
	jobTimeout = 15 * time.Minute         // after which a job's context ends
	jobRescue  = jobTimeout + time.Minute // after which a job of a dead process runs again; who cannot wait looks at Begun
	// jobAttempts is as good as endless: jobs fail because the store cannot be reached, and must run when it can be again.
	jobAttempts = 30_000
	jobPoll     = 500 * time.Millisecond // the longest a job waits for an idle worker; nothing listens, so that any pooler will do
	jobCooldown = 20 * time.Millisecond
)

// JobHandler works one job. Its context ends when the process stops at once; before that stopping is closed, for it to come to an end soon. An
// error lets the job run again after a while, one with a method RunAfter() time.Duration after that time.
type JobHandler = func(ctx context.Context, stopping <-chan struct{}, args []byte) error

// JobsConfig says what a process works on.
type JobsConfig struct {
	Handlers map[string]JobHandler // by kind; at least one
	Workers  int                   // most jobs at once in this process, 1 to 1,000
	Senders  int                   // most deliveries at once, beside them; 0 = none are worked on here
	Drain    time.Duration         // how long a stop waits for running jobs before it ends their contexts
}

// Jobs are the running workers of a process.
type Jobs struct {
	queue    jobs
	stopping chan struct{}
	once     sync.Once
}

// RunJobs starts to work on jobs until Stop is called. Errors: fault.StoreUnavailable, or a wrong configuration.
func (db *DB) RunJobs(ctx context.Context, c JobsConfig) (*Jobs, error) {
	j := &Jobs{stopping: make(chan struct{})}
	workers := river.NewWorkers()
	for kind, h := range c.Handlers {
		river.AddWorkerArgs(workers, jobArgs{kind: kind}, &jobWorker{handle: h, stopping: j.stopping})
	}
	queues := map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: c.Workers}}
	if c.Senders > 0 {
		queues[deliveryLane] = river.QueueConfig{MaxWorkers: c.Senders}
	}
	var err error
	j.queue, err = db.openJobs(&river.Config{
		Workers: workers, Queues: queues,
		JobTimeout: jobTimeout, RescueStuckJobsAfter: jobRescue, SoftStopTimeout: c.Drain,
		FetchPollInterval: jobPoll, FetchCooldown: jobCooldown, MaxAttempts: jobAttempts, RetryPolicy: soonAgain{},
	})
	if err != nil {
		return nil, err
	}
	return j, op(classify(ctx, j.queue.start(context.WithoutCancel(ctx))), "start to work on jobs")
}

// Stop takes no more jobs, tells the running ones to come to an end, and returns when they have or ctx ends. It may be called again.
func (j *Jobs) Stop(ctx context.Context) error {
	j.once.Do(func() { close(j.stopping) })
	return op(j.queue.stop(ctx), "stop working on jobs")
}

// jobWorker is a JobHandler as River wants it.
type jobWorker struct {
	river.WorkerDefaults[jobArgs]
	handle   JobHandler
	stopping <-chan struct{}
}

// Work implements river.Worker.
func (w *jobWorker) Work(ctx context.Context, job *river.Job[jobArgs]) error {
	err := w.handle(ctx, w.stopping, job.Args.body)
	var later interface{ RunAfter() time.Duration }
	if errors.As(err, &later) {
		return river.JobSnooze(later.RunAfter())
	}
	return err
}

// soonAgain waits longer with each attempt, but never long: see jobAttempts.
type soonAgain struct{}

// NextRetry implements river.ClientRetryPolicy.
func (soonAgain) NextRetry(job *rivertype.JobRow) time.Time {
	return time.Now().Add(time.Duration(min(max(job.Attempt, 1), 30)) * time.Second)
}
