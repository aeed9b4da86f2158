package destinations_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// moody is a receiver whose mood the test sets, and that notes what it took.
type moody struct {
	*inbox
	status int
}

// TestLawsOfDeliveries lets changes, moods of the receiver, pauses, re-aims by a key, confirmations, resends and time come in any order. A receiver is
// asked only while its destination is active; a change that happened meanwhile is queued once, with one id; and in the end each of these was taken.
func TestLawsOfDeliveries(t *testing.T) {
	d := newDepot(t, store.Config{DataDir: t.TempDir()})
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		host, ctx, box := fmt.Sprintf("h%d.example", round), context.Background(), moody{&inbox{}, 200}
		box.inbox.status = func(int) int { return box.status }
		d.net.Site(host, box)
		to, _ := d.hook(t, host)
		defer func() { _ = d.service.Delete(ctx, d.admin, to.ID) }() // a workspace has few
		a, ids := d.audience(t, 2, audiences.Attached{DestinationID: to.ID})
		eligible, waiting := map[string]bool{}, []queued(nil) // events by id; jobs that are put off
		status := func() string { return must(d.service.Get(ctx, d.ws, to.ID)).Status }
		work := func() {
			asked, before := len(box.all()), status()
			d.queue.jobs = append(d.queue.jobs, waiting...)
			waiting, _ = d.work(t)
			if before != "active" && len(box.all()) > asked {
				rt.Fatalf("a destination that is %s was sent something", before)
			}
		}
		save := func(by func() (wire.SaveDestination, bool)) {
			in, admin := by()
			in.ID = to.ID
			caller := d.key
			if admin {
				caller = d.admin
			}
			must(d.service.Save(ctx, caller, in))
		}
		yes := true
		rt.Repeat(map[string]func(*rapid.T){
			"change": func(rt *rapid.T) {
				e := d.events(a, rapid.SampledFrom([]audiences.Change{audiences.Added, audiences.Removed, audiences.Reranked}).Draw(rt, "change"), ids[rapid.IntRange(0, 1).Draw(rt, "record")])
				if status() == "active" {
					eligible[e[0].ID] = true
				}
				d.changed(t, e...)
			},
			"mood": func(rt *rapid.T) { box.status = rapid.SampledFrom([]int{200, 500, 503, 410, 302}).Draw(rt, "status") },
			"work": func(*rapid.T) { work() },
			"time": func(rt *rapid.T) {
				d.clock.pass(time.Duration(rapid.Int64Range(1, int64(3*time.Hour)).Draw(rt, "passes")))
			},
			"pause": func(*rapid.T) {
				save(func() (wire.SaveDestination, bool) { return wire.SaveDestination{Paused: &yes}, false })
			},
			"resume": func(*rapid.T) {
				save(func() (wire.SaveDestination, bool) { return wire.SaveDestination{Paused: new(bool)}, false })
			},
			"re-aim": func(*rapid.T) {
				save(func() (wire.SaveDestination, bool) {
					return wire.SaveDestination{URL: fmt.Sprintf("https://%s/%d", host, len(eligible))}, false
				})
			},
			"confirm": func(*rapid.T) { _, _, _ = d.service.Confirm(ctx, d.admin, to.ID) }, // refused where it is confirmed
		})
		box.status = 200
		_, _, _ = d.service.Confirm(ctx, d.admin, to.ID)
		save(func() (wire.SaveDestination, bool) { return wire.SaveDestination{Paused: new(bool)}, true })
		for range 3 {
			work()
			d.clock.pass(48 * time.Hour)
		}
		for _, one := range d.log(t, to.ID, "failed") {
			must(d.service.Resend(ctx, d.admin, one.ID))
		}
		work()
		log := d.log(t, to.ID, "")
		if len(log) != len(eligible) {
			rt.Fatalf("%d deliveries of %d changes", len(log), len(eligible))
		}
		took := map[string]bool{}
		for _, r := range box.all() {
			took[told(t, r).ID] = true
		}
		for _, one := range log {
			if one.State != "delivered" || !eligible[one.EventID] || !took[one.ID] {
				rt.Errorf("%+v", one)
			}
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
