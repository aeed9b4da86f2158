package audiences

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/unstuckengine/unstuck/internal/engagement"
	"github.com/unstuckengine/unstuck/internal/filter"
)

// turn is one transaction's work on a workspace. left tells that there was more to do than it did.
func (k *Keeper) turn(ctx context.Context, workspaceID string) (left bool, err error) {
	begun, place := time.Now(), k.place(workspaceID)
	next := place
	held, err := k.Store.KeepAudiences(ctx, workspaceID, func(ctx context.Context, now time.Time, b Book) error {
		begun = time.Now()
		return place.within(ctx, func(ctx context.Context) error {
			t, err := k.begin(ctx, workspaceID, now, b)
			if err == nil {
				err = t.work(ctx)
			}
			left, next.after = t.left, t.next
			return err
		})
	})
	switch {
	case errors.Is(err, errLong):
		place.batch = 1
		k.places.Store(workspaceID, place)
		return true, nil
	case err == nil && held:
		next.batch = k.fitting(place.batch, time.Since(begun))
		k.places.Store(workspaceID, next)
	case err == nil: // another process is at it
		rest(ctx, k.Pause/10)
	}
	return left || !held, err
}

// place is where a Keeper is in a workspace.
type place struct {
	after Stale // the last row of Written that it took in this round; the zero value before the first
	batch int   // how many records it takes
}

func (k *Keeper) place(workspaceID string) place {
	if p, ok := k.places.Load(workspaceID); ok {
		return p.(place)
	}
	return place{batch: min(firstBatch, k.Batch)}
}

const (
	turnTime   = 200 * time.Millisecond // how long a turn should take at most: others wait for it that write to the same file
	turnLimit  = time.Second            // after which a turn over several records is given up and done again over one
	firstBatch = 10                     // what a record costs is not known yet
)

var errLong = errors.New("audiences: a turn took too long")

// within runs fn with a context that ends after turnLimit, unless there is but one record to take; errLong when fn failed by that.
func (p place) within(ctx context.Context, fn func(ctx context.Context) error) error {
	if p.batch == 1 {
		return fn(ctx)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, turnLimit, errLong)
	defer cancel()
	err := fn(ctx)
	if err != nil && errors.Is(context.Cause(ctx), errLong) {
		return errLong
	}
	return err
}

// fitting returns how many records the next turn takes, since what one costs depends on how many others look at it. Few are soon more again: what a turn
// over them takes is mostly the turn itself.
func (k *Keeper) fitting(batch int, took time.Duration) int {
	switch {
	case took > turnTime:
		return max(batch/2, 1)
	case took < turnTime/4, batch < firstBatch:
		return min(batch*2, k.Batch)
	}
	return batch
}

// turn is one turn of a Keeper.
type turn struct {
	Book
	k           *Keeper
	workspaceID string
	at          time.Time // the time for which everything is worked out, later than that of any turn before
	model       engagement.Model
	clock       Clock
	audiences   []watched
	windows     map[filter.Kind][]int64 // days, of all audiences
	events      []Event
	place
	left bool
	next Stale // after which the next turn reads what was written
}

// watched is an audience with what it means now.
type watched struct {
	Scan
	reach
	node filter.Node
}

// begin reads what the work depends on. The time never goes back and never stands still, whatever the clock says.
func (k *Keeper) begin(ctx context.Context, workspaceID string, now time.Time, b Book) (t turn, err error) {
	t = turn{Book: b, k: k, workspaceID: workspaceID, place: k.place(workspaceID), windows: map[filter.Kind][]int64{}}
	if t.clock, err = b.Clock(ctx); err != nil {
		return t, err
	}
	if k.Now != nil {
		now = k.Now()
	}
	if t.at = now.Truncate(time.Microsecond); !t.at.After(t.clock.Latest) {
		t.at = t.clock.Latest.Add(time.Microsecond)
	}
	t.clock.Latest = t.at
	scans, err := b.Scans(ctx)
	for _, s := range scans {
		a := watched{Scan: s}
		if err == nil {
			a.reach, err = reachOf(s.Audience)
		}
		if err == nil {
			a.node, err = filter.Parse(s.Over, s.Filter, t.at)
		}
		for kind, days := range a.reach.windows {
			t.windows[kind] = slices.Compact(slices.Sorted(slices.Values(append(t.windows[kind], days...))))
		}
		t.audiences = append(t.audiences, a)
	}
	return t, err
}

// work does what one transaction is for, and keeps the clock.
func (t *turn) work(ctx context.Context) error {
	if err := t.weigh(ctx); err != nil {
		return err
	}
	written, err := t.written(ctx)
	if err != nil {
		return err
	}
	due, err := t.Due(ctx, t.at, t.batch)
	if err != nil {
		return err
	}
	t.left = t.left || len(due) == t.batch
	if err := t.look(ctx, append(written, due...)); err != nil {
		return err
	}
	if err := t.Drop(ctx, written); err != nil {
		return err
	}
	if !t.left {
		t.clock.AsOf = t.at
	}
	if err := t.scan(ctx); err != nil {
		return err
	}
	if err := t.tell(ctx); err != nil {
		return err
	}
	return t.SetClock(ctx, t.clock)
}

// written goes on where the turn before ended and, past the last one, from the first again, so that none waits for those before it to come to rest.
func (t *turn) written(ctx context.Context) (list []Stale, err error) {
	list, err = t.Written(ctx, t.after, t.batch)
	part := list
	if err == nil && t.after != (Stale{}) && records(list) < t.batch {
		part, err = t.Written(ctx, Stale{}, t.batch)
		list = append(list, part...)
	}
	if t.left = records(part) == t.batch; t.left {
		t.next = part[len(part)-1]
	}
	return list, err
}

// records counts the records that rows in order tell of.
func records(rows []Stale) (n int) {
	for i, s := range rows {
		if i == 0 || s.ID != rows[i-1].ID {
			n++
		}
	}
	return n
}

// weigh reads how signals count; when that differs from how it was, every record is looked at again.
func (t *turn) weigh(ctx context.Context) (err error) {
	if t.model, err = t.k.Model(ctx, t.workspaceID); err != nil {
		return err
	}
	raw, err := json.Marshal(t.model)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(raw)
	digest := hex.EncodeToString(sum[:16])
	if t.clock.Model != "" && t.clock.Model != digest {
		err = t.MarkAll(ctx)
	}
	t.clock.Model = digest
	return err
}

// tell keeps the events and lets the listener know.
func (t *turn) tell(ctx context.Context) error {
	if len(t.events) == 0 {
		return nil
	}
	if err := t.Tell(ctx, t.events); err != nil {
		return err
	}
	return t.k.Listener.Changed(ctx, t.workspaceID, t.events)
}
