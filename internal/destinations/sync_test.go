package destinations_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// TestSyncSendsEveryMemberOnce queues an audience of more members than one step takes, and runs a step twice, as a worker does that was taken for dead.
func TestSyncSendsEveryMemberOnce(t *testing.T) {
	engines(t, func(t *testing.T, c store.Config) {
		const members = 510
		ctx, d, box := context.Background(), newDepot(t, c), &inbox{}
		d.net.Site("hooks.example", box)
		to, _ := d.hook(t, "hooks.example")
		d.net.Site("other.example", box)
		other, _ := d.hook(t, "other.example") // attached to nothing
		a, ids := d.audience(t, members, audiences.Attached{DestinationID: to.ID})
		out, err := d.service.Sync(ctx, d.key, wire.SyncAudience{ID: a.ID})
		if diff := cmp.Diff(wire.AudienceSync{AudienceID: a.ID, Destinations: []string{to.ID}, Members: members}, out); diff != "" || err != nil {
			t.Fatal(diff, err)
		}
		d.queue.jobs = append(d.queue.jobs, d.queue.jobs...)
		for list := d.queue.take(); len(list) > 0; list = d.queue.take() { // without sending anything yet
			for _, j := range list {
				if j.kind == destinations.SyncKind {
					if err := d.service.WorkSync(ctx, nil, j.args); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		var got []string
		for _, one := range d.log(t, to.ID, "queued") {
			got = append(got, one.RecordID)
			if one.EventID != "" || one.Type != "audience.member_added" || one.AudienceID != a.ID {
				t.Fatalf("%+v", one)
			}
		}
		slices.Sort(got)
		slices.Sort(ids)
		if diff := cmp.Diff(ids, got); diff != "" {
			t.Error(diff)
		}
		if _, err := d.service.Sync(ctx, d.key, wire.SyncAudience{ID: a.ID, DestinationID: other.ID}); fault.CodeOf(err) != fault.ValidationFailed {
			t.Error(err)
		}
		if _, err := d.service.Sync(ctx, d.key, wire.SyncAudience{ID: "none"}); fault.CodeOf(err) != fault.NotFound {
			t.Error(err)
		}
	})
}

// TestFetchedFile reads the members as rows of the mapping, and notes that the file was fetched.
func TestFetchedFile(t *testing.T) {
	engines(t, func(t *testing.T, c store.Config) {
		ctx, d := context.Background(), newDepot(t, c)
		to := d.save(t, wire.SaveDestination{Name: "File", Kind: "csv", Mapping: &wire.DestinationMapping{Leads: map[string]string{"Mail": "work_email", "Title": "title", "Seen": "last_signal.occurred_at"}}})
		a, ids := d.audience(t, 510, audiences.Attached{DestinationID: to.ID})
		stranger, _ := d.audience(t, 1)
		f, err := d.service.Fetch(ctx, d.ws, wire.DestinationFile{ID: to.ID, AudienceID: a.ID})
		if err != nil {
			t.Fatal(err)
		}
		rows := 0
		for part, err := range f.Rows {
			if err != nil {
				t.Fatal(err)
			}
			for _, raw := range part {
				var row map[string]any
				if err := json.Unmarshal(raw, &row); err != nil || row["Title"] != "=cmd|calc" || row["Mail"] == nil || row["Seen"] != nil {
					t.Fatalf("%s, %v", raw, err)
				}
				rows++
			}
		}
		log := d.log(t, to.ID, "")
		if !slices.Equal(f.Columns, []string{"Mail", "Seen", "Title"}) || rows != len(ids) || f.Members != 510 || len(log) != 1 || log[0].Type != "file" || log[0].State != "delivered" {
			t.Errorf("%v, %d rows, %+v", f.Columns, rows, log)
		}
		if _, err := d.service.Fetch(ctx, d.ws, wire.DestinationFile{ID: to.ID, AudienceID: stranger.ID}); fault.CodeOf(err) != fault.ValidationFailed {
			t.Error(err)
		}
		if _, err := d.service.Test(ctx, d.admin, to.ID); fault.CodeOf(err) != fault.Conflict {
			t.Error(err)
		}
		pending, err := d.service.Save(ctx, d.key, wire.SaveDestination{Name: "Other", Kind: "csv"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.service.Fetch(ctx, d.ws, wire.DestinationFile{ID: pending.Destination.ID, AudienceID: a.ID}); fault.CodeOf(err) != fault.Conflict {
			t.Error(err)
		}
	})
}

// TestAFileIsInTheOrderOfTheRanking reads members ranked by first name, from the highest: in that order, with their places, under the audience's name.
func TestAFileIsInTheOrderOfTheRanking(t *testing.T) {
	engines(t, func(t *testing.T, c store.Config) {
		ctx, d := context.Background(), newDepot(t, c)
		to := d.save(t, wire.SaveDestination{Name: "File", Kind: "csv", Mapping: &wire.DestinationMapping{Leads: map[string]string{"Place": "audience.position", "Name": "first_name"}}})
		a, ids := d.audience(t, 510, audiences.Attached{DestinationID: to.ID})
		a.Name, a.Ranking, a.Revision = "Größte Käufer / 2026", []wire.Sort{{Field: "first_name", Dir: wire.Descending}}, a.Revision+1
		if err := d.db.ChangeAudience(ctx, d.ws, a, false); err != nil {
			t.Fatal(err)
		}
		f, err := d.service.Fetch(ctx, d.ws, wire.DestinationFile{ID: to.ID, AudienceID: a.ID})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for part, err := range f.Rows {
			if err != nil {
				t.Fatal(err)
			}
			for _, raw := range part {
				var row struct {
					Place int
					Name  string
				}
				if err := json.Unmarshal(raw, &row); err != nil || row.Place != len(names)+1 {
					t.Fatalf("%s in place %d, %v", raw, len(names)+1, err)
				}
				names = append(names, row.Name)
			}
		}
		if len(names) != len(ids) || !slices.IsSortedFunc(names, func(a, b string) int { return strings.Compare(b, a) }) || f.Name != "grosste-kaufer-2026" {
			t.Errorf("%s: %v", f.Name, names)
		}
		all, err := d.db.RankedMembers(ctx, d.ws, a, nil, 1000)
		for after, got := []any(nil), 0; err == nil && got < len(all); {
			var part []search.Hit
			if part, err = d.db.RankedMembers(ctx, d.ws, a, after, 100); err == nil && (len(part) == 0 || !cmp.Equal(all[got:got+len(part)], part)) {
				t.Fatal("the parts are not the whole")
			}
			after, got = part[len(part)-1].Position, got+len(part)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
}

// TestOnlyAFileKnowsPlaces: a webhook is told of one member at a time.
func TestOnlyAFileKnowsPlaces(t *testing.T) {
	d := newDepot(t, store.Config{DataDir: t.TempDir()})
	d.net.Site("hooks.example", &inbox{})
	_, err := d.service.Save(context.Background(), d.admin, wire.SaveDestination{Name: "Hook", Kind: "webhook", URL: "https://hooks.example/in",
		Mapping: &wire.DestinationMapping{Leads: map[string]string{"place": "audience.position"}}})
	if fault.CodeOf(err) != fault.ValidationFailed {
		t.Error(err)
	}
}
