package audiences

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/unstuckengine/unstuck/internal/engagement"
)

// Listener hears of changes.
type Listener interface {
	// Changed is told of events in the transaction that keeps them, which ends when it returns an error.
	Changed(ctx context.Context, workspaceID string, events []Event) error
}

// KeeperConfig says what a Keeper works with. Store, Model and Listener must be set.
type KeeperConfig struct {
	Store    KeeperStore
	Model    func(ctx context.Context, workspaceID string) (engagement.Model, error) // by which engagement is worked out now
	Listener Listener
	Now      func() time.Time // nil is the store's clock
	Batch    int              // records looked at in a transaction, at most; 200 when 0
	Pause    time.Duration    // after nothing was left to do; 250 ms when 0
	Failed   func(err error)  // is told of what did not work and is tried again; may be nil
}

// Keeper keeps engagement and the members of audiences true, behind whatever writes records. Any number of them may run side by side, in any number of
// processes: one at a time works on a workspace. What it does, it does in transactions that leave nothing half done.
type Keeper struct {
	KeeperConfig
	places sync.Map // by workspace, its place
}

// NewKeeper returns a Keeper; it panics when a part is missing.
func NewKeeper(c KeeperConfig) *Keeper {
	if c.Store == nil || c.Model == nil || c.Listener == nil {
		panic(errors.New("audiences: a part of the KeeperConfig is missing"))
	}
	if c.Batch == 0 {
		c.Batch = 200
	}
	if c.Pause == 0 {
		c.Pause = 250 * time.Millisecond
	}
	return &Keeper{KeeperConfig: c}
}

// Run keeps all workspaces until ctx ends.
func (k *Keeper) Run(ctx context.Context) {
	for ctx.Err() == nil {
		begun := time.Now()
		left, err := k.round(ctx)
		if err != nil && ctx.Err() == nil && k.Failed != nil {
			k.Failed(err)
		}
		switch {
		case err != nil:
			rest(ctx, 10*k.Pause)
		case left: // a gap in which other processes come to write: SQLite has no queue for them
			rest(ctx, min(k.Pause, time.Since(begun)/4))
		default:
			rest(ctx, k.Pause)
		}
	}
}

// round gives each workspace that waits one turn, so that a busy one does not hold up the others.
func (k *Keeper) round(ctx context.Context) (left bool, err error) {
	waiting, err := k.Store.AudiencesWaiting(ctx, k.now())
	for _, id := range waiting {
		more, failed := k.turn(ctx, id)
		left, err = left || more, errors.Join(err, failed)
	}
	return left, err
}

// Settle works on one workspace until nothing that is there now waits any more.
func (k *Keeper) Settle(ctx context.Context, workspaceID string) error {
	for {
		left, err := k.turn(ctx, workspaceID)
		if err != nil || !left {
			return err
		}
	}
}

// now is the time by which records are due; the zero time lets the store say.
func (k *Keeper) now() time.Time {
	if k.Now == nil {
		return time.Time{}
	}
	return k.Now()
}

func rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
