package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"
	"github.com/rs/zerolog"

	"github.com/unstuckengine/unstuck/internal/destinations"
)

// jobs is the queue of an engine: River over the engine's own connections.
type jobs interface {
	insert(ctx context.Context, tx *Tx, kind string, args [][]byte) error
	begun(ctx context.Context, kind string) ([]*rivertype.JobRow, error)
	start(ctx context.Context) error
	stop(ctx context.Context) error
}

// Enqueue adds a job of the kind for each of args, a JSON object, within the transaction that ctx carries where there is one: no job is seen before
// it is committed, and none is left of one that is rolled back. Any process that runs the kind may take it; it may run more than once.
func (db *DB) Enqueue(ctx context.Context, kind string, args ...[]byte) error {
	q, err := db.enqueuer()
	if err != nil || len(args) == 0 {
		return err
	}
	return db.Tx(ctx, func(ctx context.Context, tx *Tx) error {
		return op(classify(ctx, q.insert(ctx, tx, kind, args)), "enqueue %d jobs %s", len(args), kind)
	})
}

// maxBegun bounds what Begun returns; more than that are not running at once.
const maxBegun = 10_000

// Begun returns the args of the jobs of the kind that a process took before the time and has not ended since. Those of a process that died are
// among them, until they run again by themselves, which takes longer than jobTimeout.
func (db *DB) Begun(ctx context.Context, kind string, before time.Time) (args [][]byte, err error) {
	q, err := db.enqueuer()
	if err != nil {
		return nil, err
	}
	rows, err := q.begun(ctx, kind)
	for _, row := range rows {
		if row.AttemptedAt != nil && row.AttemptedAt.Before(before) {
			args = append(args, row.EncodedArgs)
		}
	}
	return args, op(classify(ctx, err), "list the begun jobs %s", kind)
}

// openJobs returns the queue of the store's engine. A configuration without queues can only insert.
func (db *DB) openJobs(c *river.Config) (jobs, error) {
	c.Logger = slog.New(zerolog.NewSlogHandler(db.log.Level(max(zerolog.WarnLevel, db.log.GetLevel())))) // what it tells below that is for its own debugging
	c.PollOnly = true
	if e, ok := db.engine.(*sqliteEngine); ok {
		return openRiver(riversqlite.New(e.write), c, func(t txn) *sql.Tx { return t.(*liteTx).tx })
	}
	return openRiver(riverpgxv5.New(db.engine.(*postgresEngine).main), c, func(t txn) pgx.Tx { return t.(pgTx).tx })
}

// riverOn is River on the connections of one engine.
type riverOn[T any] struct {
	client *river.Client[T]
	raw    func(txn) T
}

func openRiver[T any](d riverdriver.Driver[T], c *river.Config, raw func(txn) T) (jobs, error) {
	client, err := river.NewClient(d, c)
	if err != nil {
		return nil, op(err, "open the job queue")
	}
	return riverOn[T]{client, raw}, nil
}

func (r riverOn[T]) insert(ctx context.Context, tx *Tx, kind string, args [][]byte) error {
	many, opts := make([]river.InsertManyParams, len(args)), &river.InsertOpts{Queue: lane(kind)}
	for i, a := range args {
		many[i] = river.InsertManyParams{Args: jobArgs{kind, a}, InsertOpts: opts}
	}
	_, err := r.client.InsertManyTx(ctx, r.raw(tx.txn), many)
	return err
}

// deliveryLane is the queue of what waits for servers of others.
const deliveryLane = "deliveries"

// lane returns the queue of a kind.
func lane(kind string) string {
	if kind == destinations.DeliveryKind {
		return deliveryLane
	}
	return river.QueueDefault
}

func (r riverOn[T]) begun(ctx context.Context, kind string) ([]*rivertype.JobRow, error) {
	list, err := r.client.JobList(ctx, river.NewJobListParams().Kinds(kind).States(rivertype.JobStateRunning).First(maxBegun))
	if err != nil {
		return nil, err
	}
	return list.Jobs, nil
}

func (r riverOn[T]) start(ctx context.Context) error { return r.client.Start(ctx) }
func (r riverOn[T]) stop(ctx context.Context) error  { return r.client.Stop(ctx) }

// jobArgs are the args of a job of any kind, as they are.
type jobArgs struct {
	kind string
	body []byte
}

// Kind implements river.JobArgs.
func (a jobArgs) Kind() string { return a.kind }

// MarshalJSON implements json.Marshaler.
func (a jobArgs) MarshalJSON() ([]byte, error) { return a.body, nil }

// UnmarshalJSON implements json.Unmarshaler.
func (a *jobArgs) UnmarshalJSON(b []byte) error {
	a.body = bytes.Clone(b)
	return nil
}

var _ json.Marshaler = jobArgs{}
