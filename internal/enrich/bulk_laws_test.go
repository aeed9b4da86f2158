package enrich_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

const (
	lawLanes = 2
	lawChunk = 2
	alive    = time.Hour
	dead     = 0 // the lease of a worker that dies at once
)

// TestLawsOfJobs lets workers take, lose, give back and end chunks in any order, while the job may be stopped and workers die, and holds the store to
// what must always be so. In the end workers that live do what is queued: then the job is final, and no record was left out.
func TestLawsOfJobs(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		workspace := storetest.MustWorkspace(t, db, "w").ID
		rapid.Check(t, func(r *rapid.T) { newJobLaw(r, db, workspace).run() })
	})
}

// lawChunkModel is a chunk as the model has it.
type lawChunkModel struct {
	run    int64
	state  string // waiting, queued, running, done
	holder string
	alive  bool
}

// jobLaw is one job under test.
type jobLaw struct {
	*rapid.T
	db     *store.DB
	job    enrich.Job
	chunks []lawChunkModel
	queue  []enrich.Chunk // what was put into the queue and not taken out for good
	kept   map[int64]enrich.JobRecord
	bound  int64
	parts  map[int64]int64 // reservations of pending records
	last   *enrich.Job     // as it was when it became final
}

func newJobLaw(r *rapid.T, db *store.DB, workspace string) *jobLaw {
	l := &jobLaw{T: r, db: db, kept: map[int64]enrich.JobRecord{}, parts: map[int64]int64{}, bound: 20}
	total := rapid.Int64Range(1, 9).Draw(r, "records")
	l.job = enrich.Job{WorkspaceID: workspace, ID: uuid.NewString(), KeyID: bulkKey, Kind: wire.KindLead, MaxCredits: &l.bound, Total: total, ChunkSize: lawChunk,
		State: wire.JobPending, CreatedAt: time.Now()}
	ids := make([]string, total)
	for i := range ids {
		ids[i] = fmt.Sprint("record ", i)
	}
	if err := db.AddJob(context.Background(), l.job, ids, min(lawLanes, l.job.Chunks())); err != nil {
		r.Fatal(err)
	}
	for n := range l.job.Chunks() {
		c := lawChunkModel{state: "waiting"}
		if n < lawLanes {
			c.state = "queued"
			l.queue = append(l.queue, l.at(n, 0))
		}
		l.chunks = append(l.chunks, c)
	}
	return l
}

func (l *jobLaw) at(n, run int64) enrich.Chunk {
	return enrich.Chunk{WorkspaceID: l.job.WorkspaceID, JobID: l.job.ID, Number: n, Run: run}
}

func (l *jobLaw) run() {
	l.Repeat(map[string]func(*rapid.T){
		"take": func(*rapid.T) { l.take(l.any(), l.holder(), rapid.Bool().Draw(l.T, "lives")) },
		"beat": func(*rapid.T) { l.beat(l.any(), l.holder()) },
		"reserve": func(*rapid.T) {
			l.reserve(rapid.Int64Range(0, l.job.Total-1).Draw(l.T, "place"), rapid.Int64Range(0, 9).Draw(l.T, "amount"))
		},
		"keep":    func(*rapid.T) { l.keep(rapid.Int64Range(0, l.job.Total-1).Draw(l.T, "place")) },
		"end":     func(*rapid.T) { l.end(l.any(), l.holder()) },
		"requeue": func(*rapid.T) { l.requeue(l.any(), rapid.SampledFrom([]string{"", "a", "b"}).Draw(l.T, "by")) },
		"stop":    func(*rapid.T) { l.stop() },
		"":        func(*rapid.T) { l.check() },
	})
	l.drain()
}

// any is a chunk of any number and run that there may be.
func (l *jobLaw) any() enrich.Chunk {
	n := rapid.IntRange(0, len(l.chunks)-1).Draw(l.T, "chunk")
	return l.at(int64(n), max(0, l.chunks[n].run-rapid.Int64Range(0, 1).Draw(l.T, "older")))
}

func (l *jobLaw) holder() string { return rapid.SampledFrom([]string{"a", "b"}).Draw(l.T, "holder") }

func (l *jobLaw) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

// want fails unless the store did what the model says.
func (l *jobLaw) want(what string, got, want bool) {
	l.Helper()
	if got != want {
		l.Fatalf("%s: %t, want %t; the chunks are %+v", what, got, want, l.chunks)
	}
}

func (l *jobLaw) open() bool { return l.job.Stop == "" && !l.job.State.Final() }

// take is also what the queue lets a worker do: a chunk that is waiting is in no queue.
func (l *jobLaw) take(c enrich.Chunk, holder string, lives bool) {
	m := &l.chunks[c.Number]
	lease := time.Duration(dead)
	if lives {
		lease = alive
	}
	got, err := l.db.TakeChunk(context.Background(), c, holder, lease)
	l.must(err)
	free := m.run == c.Run && (m.state == "queued" || m.state == "running" && !m.alive)
	l.want("take", got.Mine, free && l.open())
	l.want("take is put off", got.Busy > 0, l.open() && m.run == c.Run && m.state == "running" && m.alive)
	if l.open() { // a worker looked
		l.job.State = wire.JobRunning
	}
	switch {
	case got.Mine:
		*m = lawChunkModel{m.run, "running", holder, lives}
		for _, r := range got.Records {
			if _, done := l.kept[r.Place]; done || r.Place/lawChunk != c.Number {
				l.Fatalf("took the record %+v of chunk %d", r, c.Number)
			}
		}
	case free:
		*m = lawChunkModel{m.run, "done", "", false}
	}
	if !l.open() {
		l.finish()
	}
}

func (l *jobLaw) beat(c enrich.Chunk, holder string) {
	m := &l.chunks[c.Number]
	mine, err := l.db.KeepChunk(context.Background(), c, holder, alive)
	l.must(err)
	l.want("beat", mine, m.state == "running" && m.run == c.Run && m.holder == holder)
	m.alive = m.alive || mine
}

func (l *jobLaw) reserve(place, amount int64) {
	if _, done := l.kept[place]; done {
		return
	}
	sum := l.used() + amount - l.parts[place]
	for _, part := range l.parts {
		sum += part
	}
	ok, err := l.db.Reserve(context.Background(), l.at(place/lawChunk, 0), place, amount)
	l.must(err)
	if l.want("reserve", ok, sum <= l.bound); ok { // a final job too: nobody asks for it
		l.parts[place] = amount
	}
}

func (l *jobLaw) used() (n int64) {
	for _, r := range l.kept {
		n += r.CreditsUsed
	}
	return n
}

// keep is done by the worker that runs the chunk.
func (l *jobLaw) keep(place int64) {
	m := l.chunks[place/lawChunk]
	if m.state != "running" {
		return
	}
	r := enrich.JobRecord{Place: place, RecordID: fmt.Sprint("record ", place), CreditsUsed: rapid.Int64Range(0, l.parts[place]).Draw(l.T, "used")}
	if r.Outcome = rapid.SampledFrom([]string{enrich.Enriched, enrich.Missed, enrich.Failed}).Draw(l.T, "outcome"); r.Outcome == enrich.Failed {
		r.Code = fault.NotFound
	}
	_, done := l.kept[place]
	kept, err := l.db.Keep(context.Background(), l.at(place/lawChunk, m.run), r)
	l.must(err)
	if l.want("keep", kept, !done); kept {
		l.kept[place] = r
		delete(l.parts, place)
	}
}

func (l *jobLaw) end(c enrich.Chunk, holder string) {
	m := &l.chunks[c.Number]
	mine := m.state == "running" && m.run == c.Run && m.holder == holder
	if mine && l.open() && l.pending(c.Number) { // a worker ends what it has done
		return
	}
	further, err := l.db.EndChunk(context.Background(), c, holder, lawLanes)
	l.must(err)
	next := c.Number + lawLanes
	l.want("a further chunk", further != nil, mine && l.open() && next < int64(len(l.chunks)))
	if !mine {
		return
	}
	*m = lawChunkModel{m.run, "done", "", false}
	if further != nil {
		l.chunks[next].state = "queued"
		l.queue = append(l.queue, *further)
	}
	l.finish()
}

func (l *jobLaw) pending(chunk int64) bool {
	for p := chunk * lawChunk; p < min(l.job.Total, (chunk+1)*lawChunk); p++ {
		if _, done := l.kept[p]; !done {
			return true
		}
	}
	return false
}

func (l *jobLaw) requeue(c enrich.Chunk, by string) {
	m := &l.chunks[c.Number]
	again, err := l.db.RequeueChunk(context.Background(), c, by)
	l.must(err)
	lost := by == "" && (m.state == "queued" || m.state == "running" && !m.alive)
	l.want("requeue", again != nil, m.run == c.Run && (lost || by != "" && m.state == "running" && m.holder == by))
	if again != nil {
		*m = lawChunkModel{m.run + 1, "queued", "", false}
		l.queue = append(l.queue, *again)
	}
}

func (l *jobLaw) stop() {
	stopped, err := l.db.StopJob(context.Background(), l.job.WorkspaceID, l.job.ID, wire.JobCanceled, "canceled")
	l.must(err)
	if l.want("stop", stopped, l.open()); stopped {
		l.job.Stop = wire.JobCanceled
		l.finish()
	}
}

// finish lets the model's job become final when its time has come.
func (l *jobLaw) finish() {
	has := func(states ...string) bool {
		return slices.ContainsFunc(l.chunks, func(m lawChunkModel) bool { return slices.Contains(states, m.state) })
	}
	switch {
	case l.job.State.Final() || has("running"):
	case l.job.Stop != "":
		l.job.State = l.job.Stop
	case !has("waiting", "queued"):
		l.job.State = wire.JobDone
	}
}

// check compares the job with the model, and its counts with its records.
func (l *jobLaw) check() {
	ctx := context.Background()
	j, err := l.db.FindJob(ctx, l.job.WorkspaceID, l.job.ID)
	l.must(err)
	records, err := l.db.JobRecords(ctx, l.job.WorkspaceID, l.job.ID, "", 0, 100)
	l.must(err)
	counts, used := map[string]int64{}, int64(0)
	for _, r := range records {
		counts[r.Outcome]++
		used += r.CreditsUsed
	}
	if j.State != l.job.State || j.Stop != l.job.Stop || j.FinishedAt.IsZero() == j.State.Final() {
		l.Fatalf("the job is %+v, want state %s and stop %q", j, l.job.State, l.job.Stop)
	}
	if j.Enriched != counts[enrich.Enriched] || j.Missed != counts[enrich.Missed] || j.Failed != counts[enrich.Failed] || j.CreditsUsed != used ||
		int64(len(records)) != j.Total || j.CreditsUsed > l.bound || j.CreditsUsed != l.used() {
		l.Fatalf("the job counts %+v, its records %v and %d credits", j, counts, used)
	}
	if j.State.Final() {
		if l.last == nil {
			l.last = &j
		}
		if l.last.Enriched != j.Enriched || l.last.State != j.State || !l.last.FinishedAt.Equal(j.FinishedAt) {
			l.Fatalf("the final job changed from %+v to %+v", *l.last, j)
		}
	}
}

// drain is what workers do that live: each takes what is queued, does it and ends it. Dead ones are replaced by whoever looks after them.
func (l *jobLaw) drain() {
	for n, m := range l.chunks {
		if m.state == "running" {
			l.chunks[n].alive = false
			_, err := l.db.KeepChunk(context.Background(), l.at(int64(n), m.run), m.holder, dead)
			l.must(err)
			l.requeue(l.at(int64(n), m.run), "")
		}
	}
	for len(l.queue) > 0 {
		c := l.queue[0]
		l.queue = l.queue[1:]
		if l.take(c, "last", true); l.chunks[c.Number].holder != "last" {
			continue
		}
		for p := c.Number * lawChunk; p < min(l.job.Total, (c.Number+1)*lawChunk); p++ {
			if _, done := l.kept[p]; !done {
				l.keep(p)
			}
		}
		l.end(c, "last")
		l.check()
	}
	if !l.job.State.Final() || l.job.Stop == "" && int64(len(l.kept)) != l.job.Total {
		l.Fatalf("nothing is queued, and the job is %+v with %d records done; the chunks are %+v", l.job, len(l.kept), l.chunks)
	}
}
