package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/providers/reference"
	"github.com/unstuckengine/unstuck/internal/store"
)

var referenceCases = []Case{
	{"a file is replaced as a whole", referenceReplaced},
	{"a file is removed with its rows, and none is seen from another workspace", referenceRemoved},
	{"a file without its entry in the log is not kept", referenceAllOrNothing},
}

// industries is a file whose rows say the industry of the domains d0.com, d1.com and so on.
func industries(name, industry string, n int) (reference.File, []reference.Row) {
	f := reference.File{Name: name, Key: reference.Domain, Fields: []enrich.Field{enrich.Industry, enrich.HQCity}, Rows: n, Confidence: 0.85, Cost: 3, StoredAt: Epoch}
	var rows []reference.Row
	for i := range n {
		rows = append(rows, reference.Row{Key: fmt.Sprintf("d%d.com", i), Values: map[enrich.Field]json.RawMessage{enrich.Industry: json.RawMessage(`"` + industry + `"`)}})
	}
	return f, rows
}

func industryOf(t testing.TB, db *store.DB, workspaceID, file, domain string) string {
	t.Helper()
	row, err := db.ReferenceRow(context.Background(), workspaceID, file, domain)
	if err != nil {
		t.Fatalf("ReferenceRow: %v", err)
	}
	return string(row[enrich.Industry])
}

func mustPut(t testing.TB, db *store.DB, workspaceID string, f reference.File, rows []reference.Row) {
	t.Helper()
	if err := db.PutReference(context.Background(), workspaceID, f, rows, entry(workspaceID, activity.ReferenceStored, f.Name)); err != nil {
		t.Fatalf("PutReference: %v", err)
	}
}

func referenceReplaced(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	f, rows := industries("firms", "Anvils", 5001) // more than one statement takes
	mustPut(t, db, w.ID, f, rows)
	if got := industryOf(t, db, w.ID, "firms", "d5000.com"); got != `"Anvils"` {
		t.Errorf("the last row says %s", got)
	}
	f, rows = industries("firms", "Boats", 2)
	mustPut(t, db, w.ID, f, rows)
	other, otherRows := industries("a-file", "Cars", 1)
	mustPut(t, db, w.ID, other, otherRows)
	if a, b, c := industryOf(t, db, w.ID, "firms", "d1.com"), industryOf(t, db, w.ID, "firms", "d2.com"), industryOf(t, db, w.ID, "a-file", "d0.com"); a != `"Boats"` || b != "" || c != `"Cars"` {
		t.Errorf("rows say %s, %s, %s", a, b, c)
	}
	list, err := db.References(context.Background(), w.ID)
	if d := cmp.Diff([]reference.File{other, f}, list); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
}

func referenceRemoved(t *testing.T, db *store.DB) {
	w, other := MustWorkspace(t, db, "a"), MustWorkspace(t, db, "b")
	f, rows := industries("firms", "Anvils", 2)
	mustPut(t, db, w.ID, f, rows)
	if got := industryOf(t, db, other.ID, "firms", "d0.com"); got != "" {
		t.Errorf("another workspace sees %s", got)
	}
	ctx := context.Background()
	if err := db.RemoveReference(ctx, other.ID, "firms", entry(other.ID, activity.ReferenceRemoved, "firms")); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("removed from another workspace: %v", err)
	}
	if err := db.RemoveReference(ctx, w.ID, "firms", entry(w.ID, activity.ReferenceRemoved, "firms")); err != nil {
		t.Fatal(err)
	}
	list, err := db.References(ctx, w.ID)
	if err != nil || len(list) != 0 || industryOf(t, db, w.ID, "firms", "d0.com") != "" {
		t.Errorf("after removal: %v, %v", list, err)
	}
	log, err := db.ListActivity(ctx, other.ID, activity.Filter{Action: activity.ReferenceRemoved})
	if err != nil || len(log) != 0 {
		t.Errorf("a removal that did nothing was logged: %v, %v", log, err)
	}
}

func referenceAllOrNothing(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	f, rows := industries("firms", "Anvils", 2)
	e := entry(w.ID, activity.ReferenceStored, "firms")
	if err := db.PutReference(context.Background(), w.ID, f, rows, e); err != nil {
		t.Fatal(err)
	}
	f, rows = industries("firms", "Boats", 2)
	if err := db.PutReference(context.Background(), w.ID, f, rows, e); fault.CodeOf(err) != fault.Conflict {
		t.Fatalf("the same entry twice: %v", err)
	}
	if got := industryOf(t, db, w.ID, "firms", "d0.com"); got != `"Anvils"` {
		t.Errorf("the file was replaced by %s without a word in the log", got)
	}
}
