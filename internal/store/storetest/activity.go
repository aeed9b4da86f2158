package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/store"
)

var activityCases = []Case{
	{"an entry comes back as it went in", activityRoundTrip},
	{"pages are newest first and stay put while rows arrive", activityPages},
	{"a filter narrows", activityFilter},
	{"an entry tells from where the change came", activitySource},
	{"entries of another workspace are never seen", activityIsolation},
	{"the database itself refuses to change an entry", activityTrigger},
}

func mustRecord(t testing.TB, db *store.DB, workspaceID string, at time.Time, actor activity.Actor, action activity.Action) activity.Entry {
	t.Helper()
	e := activity.New(workspaceID, at, actor, action, activity.ObjectKey, "x", map[string]string{"b": "ü", "a": `"`})
	wantCode(t, "record", db.Workspace(workspaceID).Record(context.Background(), e), "")
	return e
}

func activityRoundTrip(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	e := mustRecord(t, db, w.ID, Epoch.Add(time.Hour), activity.KeyActor("0000000a", "agent"), activity.SignalsPushed)
	got, err := db.ListActivity(context.Background(), w.ID, activity.Filter{Limit: 1})
	wantCode(t, "list", err, "")
	if d := cmp.Diff([]activity.Entry{e}, got); d != "" {
		t.Errorf("entry differs (-in +out):\n%s", d)
	}
}

func activityPages(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	var want []string
	for i := range 9 { // three share each time
		e := mustRecord(t, db, w.ID, Epoch.Add(time.Duration(1+i/3)*time.Second), activity.PersonActor("p"), activity.KeyCreated)
		want = append(want, e.ID)
	}
	slices.Reverse(want) // ids grow with time
	var got []string
	f := activity.Filter{Limit: 2, Action: activity.KeyCreated}
	for {
		page, err := db.ListActivity(ctx, w.ID, f)
		wantCode(t, "page", err, "")
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			got = append(got, e.ID)
		}
		f.Before = got[len(got)-1]
		mustRecord(t, db, w.ID, Epoch.Add(time.Hour), activity.PersonActor("p"), activity.KeyCreated)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("pages differ (-want +got):\n%s", d)
	}
	none, err := db.ListActivity(ctx, w.ID, activity.Filter{Before: "unknown"})
	if err != nil || len(none) != 0 {
		t.Errorf("before an unknown entry: %d rows, %v", len(none), err)
	}
}

func activityFilter(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	for i := range 4 {
		mustRecord(t, db, w.ID, Epoch.Add(time.Duration(i+1)*time.Second), activity.PersonActor(fmt.Sprintf("p%d", i%2)), activity.KeyRevoked)
	}
	for _, c := range []struct {
		name string
		f    activity.Filter
		want int
	}{
		{"none", activity.Filter{}, 5},
		{"actor", activity.Filter{Actor: "p1"}, 2},
		{"action", activity.Filter{Action: activity.WorkspaceCreated}, 1},
		{"group", activity.Filter{Action: "key.*"}, 4},
		{"kind", activity.Filter{Kind: activity.ByKey}, 0},
		{"object", activity.Filter{ObjectType: activity.ObjectKey, ObjectID: "x"}, 4},
		{"half-open window", activity.Filter{From: Epoch.Add(time.Second), To: Epoch.Add(3 * time.Second)}, 2},
		{"all at once", activity.Filter{Actor: "p0", Action: activity.KeyRevoked, From: Epoch.Add(2 * time.Second), Limit: 5}, 1},
	} {
		if got, err := db.ListActivity(ctx, w.ID, c.f); err != nil || len(got) != c.want {
			t.Errorf("%s: %d rows, %v; want %d", c.name, len(got), err, c.want)
		}
	}
}

func activitySource(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	there := activity.Source{Door: activity.DoorAPI, Address: "192.0.2.7"}
	own := activity.New(w.ID, Epoch.Add(time.Second), activity.PersonActor("p"), activity.KeyCreated, activity.ObjectKey, "x", map[string]string{})
	own.Source = activity.Source{Door: activity.DoorJob}
	ctx := activity.WithSource(context.Background(), there)
	wantCode(t, "record", db.Workspace(w.ID).Record(ctx, own), "")
	wantCode(t, "record", db.Workspace(w.ID).Record(ctx, activity.New(w.ID, Epoch.Add(2*time.Second), own.Actor, own.Action, own.ObjectType, "x", nil)), "")
	got, err := db.ListActivity(context.Background(), w.ID, activity.Filter{})
	wantCode(t, "list", err, "")
	if len(got) != 3 || got[0].Source != there || got[1].Source != own.Source || got[2].Source != (activity.Source{}) {
		t.Errorf("entries = %+v", got)
	}
}

func activityIsolation(t *testing.T, db *store.DB) {
	ctx, a, b := context.Background(), MustWorkspace(t, db, "a"), MustWorkspace(t, db, "b")
	e := mustRecord(t, db, a.ID, Epoch, activity.PersonActor("p"), activity.KeyCreated)
	if n := countActivity(t, db, b.ID); n != 1 { // its own creation
		t.Errorf("the other workspace sees %d entries, want 1", n)
	}
	got, err := db.ListActivity(ctx, b.ID, activity.Filter{Before: e.ID})
	if err != nil || len(got) != 0 {
		t.Errorf("paging by another workspace's entry: %v, %v", got, err)
	}
	e.ID += "x" // the handle decides where an entry goes, not the entry
	wantCode(t, "record", db.Workspace(b.ID).Record(ctx, e), "")
	if countActivity(t, db, a.ID) != 2 || countActivity(t, db, b.ID) != 2 {
		t.Error("an entry went to another workspace than the handle's")
	}
}

func activityTrigger(t *testing.T, db *store.DB) {
	MustWorkspace(t, db, "a")
	err := db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE activity SET action = 'x'")
		return err
	})
	wantCode(t, "update", err, fault.Internal)
}
