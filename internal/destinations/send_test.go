package destinations_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// told reads the body of a message.
func told(t testing.TB, r received) (m struct {
	ID, Type  string
	CreatedAt time.Time `json:"created_at"`
	Data      struct {
		Audience   struct{ ID, Name string }
		Change     string
		EventID    string         `json:"event_id"`
		RecordType string         `json:"record_type"`
		RecordID   string         `json:"record_id"`
		Record     map[string]any `json:"record"`
		Fields     map[string]any `json:"fields"`
	}
}) {
	t.Helper()
	if err := json.Unmarshal(r.body, &m); err != nil {
		t.Fatalf("%s: %v", r.body, err)
	}
	return m
}

// TestChangesAreSent follows each sort of change from the audience to the receiver.
func TestChangesAreSent(t *testing.T) {
	engines(t, func(t *testing.T, c store.Config) {
		d, box := newDepot(t, c), &inbox{}
		d.net.Site("hooks.example", box)
		to, secret := d.hook(t, "hooks.example")
		a, ids := d.audience(t, 2, audiences.Attached{DestinationID: to.ID})
		events := append(d.events(a, audiences.Added, ids...), d.events(a, audiences.Reranked, ids[0])...)
		gone := d.events(a, audiences.Removed, "019a0000-0000-7000-8000-000000000000")
		d.changed(t, append(events, gone...)...)
		if again, _ := d.work(t); len(again) != 0 {
			t.Fatalf("%d deliveries are to be tried again", len(again))
		}
		types := map[string]int{}
		for _, r := range box.all() {
			if err := verify(secret, r.header, r.body, time.Now()); err != nil || r.uri != "/in?token=q" || r.header.Get("Content-Type") != "application/json" {
				t.Errorf("%v: %v, %s", r.header, err, r.uri)
			}
			m := told(t, r)
			types[m.Type]++
			if m.ID != r.header.Get("Webhook-Id") || m.Data.Audience.Name != a.Name || m.Data.RecordType != "lead" || m.Data.EventID == "" {
				t.Errorf("%s", r.body)
			}
			if erased := m.Data.RecordID == gone[0].RecordID; erased != (m.Data.Record == nil) {
				t.Errorf("of a record that is gone the id alone is told: %s", r.body)
			}
		}
		if d := cmp.Diff(map[string]int{"audience.member_added": 2, "audience.member_reranked": 1, "audience.member_removed": 1}, types); d != "" {
			t.Error(d)
		}
		for _, one := range d.log(t, to.ID, "delivered") {
			if one.Status != 204 || one.Attempts != 1 || one.FinishedAt == nil || one.NextAttemptAt != nil {
				t.Errorf("%+v", one)
			}
		}
	})
}

// TestSchedule lets every attempt fail: each follows after its time, under one id, and the tenth is the last. It can be sent again by hand.
func TestSchedule(t *testing.T) {
	d, box := newDepot(t, store.Config{DataDir: t.TempDir()}), &inbox{status: func(int) int { return 503 }}
	d.net.Site("hooks.example", box)
	to, _ := d.hook(t, "hooks.example")
	a, ids := d.audience(t, 1, audiences.Attached{DestinationID: to.ID})
	d.changed(t, d.events(a, audiences.Added, ids...)...)
	want := []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour}
	for n := 0; ; n++ {
		again, after := d.work(t)
		if n == len(want) {
			if len(again) != 0 {
				t.Fatalf("attempt %d is not the last", n+1)
			}
			break
		}
		if len(again) != 1 || after[0] < want[n] || after[0] > want[n]*11/10 {
			t.Fatalf("attempt %d is followed after %v, want %v", n+1, after, want[n])
		}
		d.queue.jobs = again
		d.clock.pass(after[0] - time.Second)
		if again, after = d.work(t); len(again) != 1 || after[0] <= 0 || after[0] > time.Second || len(box.all()) != n+1 {
			t.Fatalf("attempt %d was made too early: %v, %d requests", n+2, after, len(box.all()))
		}
		d.queue.jobs = again
		d.clock.pass(time.Second)
	}
	one := d.log(t, to.ID, "failed")
	if len(one) != 1 || one[0].Attempts != 10 || one[0].Status != 503 || one[0].Error != "status" || len(box.all()) != 10 {
		t.Fatalf("%+v, %d requests", one, len(box.all()))
	}
	for _, r := range box.all() {
		if told(t, r).ID != one[0].ID {
			t.Errorf("an attempt has the id %s, the first had %s", told(t, r).ID, one[0].ID)
		}
	}
	box.status = nil
	if _, err := d.service.Resend(context.Background(), d.admin, one[0].ID); err != nil {
		t.Fatal(err)
	}
	d.work(t)
	if list := d.log(t, to.ID, "delivered"); len(list) != 1 || list[0].ID != one[0].ID {
		t.Errorf("%+v", list)
	}
	if _, err := d.service.Resend(context.Background(), d.admin, "nothing"); fault.CodeOf(err) != fault.NotFound {
		t.Error(err)
	}
}

// TestRetryAfter gives a receiver the time that it asks for, within a day.
func TestRetryAfter(t *testing.T) {
	for asked, most := range map[string]time.Duration{"60": 66 * time.Second, "1": 6 * time.Second, "99999999": 24 * time.Hour * 11 / 10, "soon": 6 * time.Second} {
		d, box := newDepot(t, store.Config{DataDir: t.TempDir()}), &inbox{status: func(int) int { return 429 }, header: http.Header{"Retry-After": {asked}}}
		d.net.Site("hooks.example", box)
		to, _ := d.hook(t, "hooks.example")
		a, ids := d.audience(t, 1, audiences.Attached{DestinationID: to.ID})
		d.changed(t, d.events(a, audiences.Added, ids...)...)
		if _, after := d.work(t); len(after) != 1 || after[0] > most || after[0] < most*9/10-time.Second {
			t.Errorf("Retry-After: %s gives %v, want about %v", asked, after, most)
		}
		if list := d.log(t, to.ID, "queued"); len(list) != 1 || list[0].Error != "rate_limited" || list[0].NextAttemptAt == nil {
			t.Errorf("%+v", list)
		}
	}
}

// TestGone lets a receiver say 410: it is sent nothing more, what was queued is held, and goes out when somebody takes it up again.
func TestGone(t *testing.T) {
	d, box := newDepot(t, store.Config{DataDir: t.TempDir()}), &inbox{status: func(n int) int { return map[bool]int{true: 410, false: 200}[n == 0] }}
	d.net.Site("hooks.example", box)
	to, _ := d.hook(t, "hooks.example")
	a, ids := d.audience(t, 3, audiences.Attached{DestinationID: to.ID})
	d.changed(t, d.events(a, audiences.Added, ids...)...)
	d.work(t)
	d.changed(t, d.events(a, audiences.Reranked, ids...)...)
	d.work(t)
	now, err := d.service.Get(context.Background(), d.ws, to.ID)
	if err != nil || now.Status != "disabled" || len(box.all()) != 1 || len(d.log(t, to.ID, "held")) != 2 || len(d.log(t, to.ID, "")) != 3 {
		t.Fatalf("%+v, %v, %d requests, %+v", now, err, len(box.all()), d.log(t, to.ID, ""))
	}
	if gone := d.log(t, to.ID, "failed"); len(gone) != 1 || gone[0].Error != "gone" || gone[0].Attempts != 1 {
		t.Errorf("%+v", gone)
	}
	d.save(t, wire.SaveDestination{ID: to.ID, Paused: new(bool)})
	d.work(t)
	if len(d.log(t, to.ID, "delivered")) != 2 {
		t.Errorf("%+v", d.log(t, to.ID, ""))
	}
}

func (d *depot) save(t testing.TB, in wire.SaveDestination) wire.Destination {
	t.Helper()
	saved, err := d.service.Save(context.Background(), d.admin, in)
	if err != nil {
		t.Fatal(err)
	}
	return saved.Destination
}

// TestPause holds what is queued, queues nothing more, and goes on later.
func TestPause(t *testing.T) {
	engines(t, func(t *testing.T, c store.Config) {
		d, box, yes := newDepot(t, c), &inbox{}, true
		d.net.Site("hooks.example", box)
		to, _ := d.hook(t, "hooks.example")
		a, ids := d.audience(t, 3, audiences.Attached{DestinationID: to.ID})
		d.changed(t, d.events(a, audiences.Added, ids...)...)
		d.save(t, wire.SaveDestination{ID: to.ID, Paused: &yes})
		d.work(t)
		d.changed(t, d.events(a, audiences.Reranked, ids...)...)
		if n := len(box.all()); n != 0 || len(d.log(t, to.ID, "held")) != 3 || len(d.log(t, to.ID, "")) != 3 {
			t.Fatalf("%d requests, %+v", n, d.log(t, to.ID, ""))
		}
		if out, err := d.service.Test(context.Background(), d.key, to.ID); err != nil || out.State != "delivered" {
			t.Errorf("a paused one can be tested: %+v, %v", out, err)
		}
		d.save(t, wire.SaveDestination{ID: to.ID, Paused: new(bool)})
		d.work(t)
		if len(d.log(t, to.ID, "delivered")) != 4 || len(box.all()) != 4 {
			t.Errorf("%d requests, %+v", len(box.all()), d.log(t, to.ID, ""))
		}
	})
}

// TestDelete drops what is queued, and the audience forgets the destination.
func TestDelete(t *testing.T) {
	engines(t, func(t *testing.T, c store.Config) {
		d, box := newDepot(t, c), &inbox{}
		d.net.Site("hooks.example", box)
		to, _ := d.hook(t, "hooks.example")
		a, ids := d.audience(t, 2, audiences.Attached{DestinationID: to.ID})
		d.changed(t, d.events(a, audiences.Added, ids...)...)
		if err := d.service.Delete(context.Background(), d.key, to.ID); err != nil {
			t.Fatal(err)
		}
		d.work(t)
		d.changed(t, d.events(a, audiences.Reranked, ids...)...)
		d.work(t)
		left, err := d.db.FindAudience(context.Background(), d.ws, a.ID)
		if err != nil || len(left.Destinations) != 0 || len(box.all()) != 0 {
			t.Errorf("%+v, %v, %d requests", left, err, len(box.all()))
		}
		if err := d.service.Delete(context.Background(), d.key, to.ID); fault.CodeOf(err) != fault.NotFound {
			t.Error(err)
		}
	})
}

// TestMappingChoosesWhatIsSent sends the fields of the audience's mapping, else those of the destination's, else the whole record.
func TestMappingChoosesWhatIsSent(t *testing.T) {
	d, box := newDepot(t, store.Config{DataDir: t.TempDir()}), &inbox{}
	d.net.Site("hooks.example", box)
	to, _ := d.hook(t, "hooks.example")
	d.save(t, wire.SaveDestination{ID: to.ID, Mapping: &wire.DestinationMapping{Leads: map[string]string{"mail": "work_email"}}})
	own, ids := d.audience(t, 1, audiences.Attached{DestinationID: to.ID, Mapping: map[string]string{"First name": "first_name", "list": "audience.name"}})
	other, others := d.audience(t, 1, audiences.Attached{DestinationID: to.ID})
	d.changed(t, append(d.events(own, audiences.Added, ids...), d.events(other, audiences.Added, others...)...)...)
	d.work(t)
	for _, r := range box.all() {
		m := told(t, r)
		want := map[string]any{"mail": "p0@" + other.ID + ".example"}
		if m.Data.Audience.ID == own.ID {
			want = map[string]any{"First name": "P0", "list": own.Name}
		}
		if diff := cmp.Diff(want, m.Data.Fields); diff != "" || m.Data.Record != nil {
			t.Errorf("%s: %s", r.body, diff)
		}
	}
	if len(box.all()) != 2 || strings.Contains(string(box.all()[0].body), "calc") {
		t.Error("more was sent than was mapped")
	}
}
