package chain_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/activity/chain"
	"github.com/unstuckengine/unstuck/internal/store"
)

// TestRewritingNeedsTheKey: whoever writes the database anew, hashes included, is found by the seals.
func TestRewritingNeedsTheKey(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.open()
		id := b.filled(5)
		b.exec(`UPDATE activity SET actor_name = 'mallory@example.com' WHERE workspace_id = $1 AND object_id = '00000002'`, id)
		for _, table := range []string{"activity_chain", "activity_heads"} {
			b.exec(`DELETE FROM `+table+` WHERE workspace_id = $1`, id)
		}
		b.exec(`INSERT INTO activity_pending (workspace_id, id) SELECT workspace_id, id FROM activity WHERE workspace_id = $1`, id)
		if err := b.service(b.db, ring(t, 2)).Seal(background, id); err != nil { // by whoever has the database and this program, but not our pepper
			t.Fatal(err)
		}
		if r := b.verify(id); r.Intact || r.Broken.Fault != chain.UnknownKey || r.Broken.Seq != 1 {
			t.Errorf("%+v, %+v", r, r.Broken)
		}
		b.exec(`UPDATE activity_chain SET seal = `+map[string]string{"postgres": `'\x00000001'::bytea || substr(seal, 5)`, "sqlite": `CAST(x'00000001' || substr(seal, 5) AS BLOB)`}[b.db.Engine()]+` WHERE workspace_id = $1`, id)
		if r := b.verify(id); r.Intact || r.Broken.Fault != chain.Forged || r.Broken.Seq != 1 {
			t.Errorf("%+v, %+v", r, r.Broken)
		}
	})
}

func TestPeppersCanBeRotated(t *testing.T) {
	b := newBench(t, store.Config{DataDir: t.TempDir()})
	id := b.filled(3)
	b.revoke(id, 3)
	next := b.service(b.db, ring(t, 2, 1))
	if r, err := next.Verify(background, id); err != nil || !r.Intact || r.Entries != 4 {
		t.Errorf("with both: %+v, %v", r, err)
	}
	if r := b.verify(id); r.Intact || r.Broken.Fault != chain.UnknownKey || r.Broken.Seq != 4 || r.Entries != 3 {
		t.Errorf("with the older alone: %+v, %+v", r, r.Broken)
	}
}

// crashing is a store whose process dies right after or before the n-th extension.
type crashing struct {
	chain.Store
	in    int
	after bool
}

var errCrash = errors.New("crashed")

func (c *crashing) Extend(ctx context.Context, id string, most int, link func(chain.Head, []activity.Entry) ([]chain.Link, error)) (int, error) {
	if c.in--; c.in > 0 {
		return c.Store.Extend(ctx, id, most, link)
	}
	if c.after {
		if _, err := c.Store.Extend(ctx, id, most, link); err != nil {
			return 0, err
		}
		return 0, errCrash
	}
	return c.Store.Extend(ctx, id, most, func(h chain.Head, e []activity.Entry) ([]chain.Link, error) {
		if _, err := link(h, e); err != nil {
			return nil, err
		}
		return nil, errCrash
	})
}

func TestACrashLeavesNoTrace(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		id := b.workspace()
		for i := range 1100 { // three batches
			b.revoke(id, i)
		}
		for _, c := range []*crashing{{b.db, 1, false}, {b.db, 1, true}, {b.db, 1, false}, {b.db, 2, false}} {
			if err := b.service(c, ring(t, 1)).Seal(background, id); !errors.Is(err, errCrash) {
				t.Fatalf("error = %v", err)
			}
		}
		if r := b.verify(id); !r.Intact || r.Entries != 1101 || r.Waiting != 0 {
			t.Errorf("%+v, %+v", r, r.Broken)
		}
	})
}

// TestSealersAndWritersAtOnce: several processes make one intact chain.
func TestSealersAndWritersAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		ids := []string{b.workspace(), b.workspace()}
		var writing, running sync.WaitGroup
		ctx, stop := context.WithCancel(background)
		for range 2 {
			s := b.service(b.db, ring(t, 1))
			running.Go(func() {
				for ctx.Err() == nil {
					if err := s.SealAll(background); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for w := range 4 {
			writing.Go(func() {
				for i := range 25 {
					b.revoke(ids[(w+i)%2], w*100+i)
				}
			})
		}
		writing.Wait()
		stop()
		running.Wait()
		for _, id := range ids {
			if r := b.verify(id); !r.Intact || r.Entries != 51 {
				t.Errorf("%+v, %+v", r, r.Broken)
			}
		}
	})
}

func TestRunSealsAndReportsFailures(t *testing.T) {
	b := newBench(t, store.Config{DataDir: t.TempDir()})
	good, bad := b.workspace(), b.workspace()
	ctx, stop := context.WithCancel(background)
	defer stop()
	failures := make(chan error, 100)
	over := make(chan struct{})
	go func() {
		defer close(over)
		b.service(failing{b.db, bad}, ring(t, 1)).Run(ctx, func(err error) { failures <- err })
	}()
	if err := <-failures; !strings.Contains(err.Error(), bad) || strings.Contains(err.Error(), good) {
		t.Errorf("error = %v", err)
	}
	stop()
	<-over
	if left, err := b.db.Unsealed(background); err != nil || len(left) != 1 || left[0] != bad {
		t.Errorf("left = %v, %v", left, err)
	}
}

// failing cannot extend the chain of one workspace.
type failing struct {
	chain.Store
	id string
}

func (f failing) Extend(ctx context.Context, id string, most int, link func(chain.Head, []activity.Entry) ([]chain.Link, error)) (int, error) {
	if id == f.id {
		return 0, errCrash
	}
	return f.Store.Extend(ctx, id, most, link)
}

// TestTheFormStays: exports that people keep must be provable by every later program.
func TestTheFormStays(t *testing.T) {
	e := activity.Entry{
		ID: "0196b3a0-0000-7000-8000-000000000001", WorkspaceID: "0196b3a0-0000-7000-8000-00000000000a", At: start,
		Actor: activity.KeyActor("a1b2c3d4", "Nächtlich"), Source: activity.Source{Door: "mcp", Address: "192.0.2.7"},
		Action: activity.SignalsPushed, ObjectType: "signals", ObjectID: "", Detail: map[string]string{"created": "2", "b": "", "a": "x"},
	}
	const want = "a47bfa01d30487c2436f3f52a92e4cbcf3327312853c063b86fbce7671a19f76" // by a program of another language
	if got := fmt.Sprintf("%x", chain.HashOf(chain.Hash{31: 1}, 7, e)); got != want {
		t.Errorf("hash = %s, want %s", got, want)
	}
	e.Detail, e.At = nil, time.UnixMicro(-1)
	a := chain.HashOf(chain.Hash{}, 1, e)
	e.Detail = map[string]string{}
	if a != chain.HashOf(chain.Hash{}, 1, e) {
		t.Error("no detail and an empty one differ")
	}
}
