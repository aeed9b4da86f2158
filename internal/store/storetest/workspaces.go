package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

var workspaceCases = []Case{
	{"a workspace comes back by id and by slug", workspaceFind},
	{"a taken slug or id is a conflict", workspaceConflict},
	{"a change touches only what it names", workspaceUpdate},
	{"short ids differ though made at once", workspaceShortIDs},
	{"members are per workspace, unique by email", memberCases},
}

func workspaceFind(t *testing.T, db *store.DB) {
	ctx := context.Background()
	a, b := MustWorkspace(t, db, "acme"), MustWorkspace(t, db, "beta")
	for _, ref := range []string{a.ID, a.Slug} {
		got, err := db.FindWorkspace(ctx, ref)
		wantCode(t, ref, err, "")
		if d := cmp.Diff(a, got); d != "" {
			t.Errorf("%s differs (-in +out):\n%s", ref, d)
		}
	}
	_, err := db.FindWorkspace(ctx, "ACME")
	wantCode(t, "another spelling", err, fault.NotFound)
	list, err := db.ListWorkspaces(ctx)
	wantCode(t, "list", err, "")
	if d := cmp.Diff([]workspaces.Workspace{a, b}, list); d != "" {
		t.Errorf("list differs:\n%s", d)
	}
}

func workspaceConflict(t *testing.T, db *store.DB) {
	ctx := context.Background()
	a := MustWorkspace(t, db, "acme")
	sameSlug, sameID := newWorkspace("acme"), newWorkspace("other")
	sameID.ID = a.ID
	wantCode(t, "slug", db.InsertWorkspace(ctx, sameSlug, entry(sameSlug.ID, activity.WorkspaceCreated, "")), fault.Conflict)
	wantCode(t, "id", db.InsertWorkspace(ctx, sameID, entry(a.ID, activity.WorkspaceCreated, "")), fault.Conflict)
	if list, _ := db.ListWorkspaces(ctx); len(list) != 1 {
		t.Errorf("workspaces = %d, want 1", len(list))
	}
}

func workspaceUpdate(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "acme")
	plan, burst, credits := workspaces.Team, 0, int64(0)
	got, err := db.UpdateWorkspace(ctx, w.ID, workspaces.Change{Plan: &plan, Burst: &burst, Credits: &credits}, entry(w.ID, activity.WorkspaceUpdated, w.ID))
	wantCode(t, "update", err, "")
	w.Plan, w.Limits.Burst, w.Credits.Balance = plan, 0, 0
	if d := cmp.Diff(w, got); d != "" {
		t.Errorf("answer differs:\n%s", d)
	}
	if again, _ := db.FindWorkspace(ctx, w.ID); cmp.Diff(w, again) != "" {
		t.Errorf("row differs:\n%s", cmp.Diff(w, again))
	}
	_, err = db.UpdateWorkspace(ctx, "nobody", workspaces.Change{Plan: &plan}, entry("nobody", activity.WorkspaceUpdated, ""))
	wantCode(t, "unknown workspace", err, fault.NotFound)
}

func workspaceShortIDs(t *testing.T, db *store.DB) {
	const n = 8
	ctx := context.Background()
	ids, errs := make([]string, n), make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		w := newWorkspace(fmt.Sprintf("w%d", i))
		ids[i] = w.ID
		wg.Go(func() { errs[i] = db.InsertWorkspace(ctx, w, entry(w.ID, activity.WorkspaceCreated, w.ID)) })
	}
	wg.Wait()
	wantCode(t, "inserts", errors.Join(errs...), "")
	seen := map[int64]bool{}
	for _, id := range ids {
		short, err := db.Workspace(id).ShortID(ctx)
		wantCode(t, "short id", err, "")
		if short < 1 || short > n || seen[short] {
			t.Errorf("short id %d is out of 1..%d or used twice", short, n)
		}
		seen[short] = true
	}
}

func memberCases(t *testing.T, db *store.DB) {
	ctx, a, b := context.Background(), MustWorkspace(t, db, "a"), MustWorkspace(t, db, "b")
	m := workspaces.Member{ID: uuid.NewString(), WorkspaceID: a.ID, Email: "ann@example.com", Role: workspaces.Admin, CreatedAt: Epoch, SetupTokenHash: [32]byte{3}}
	second := workspaces.Member{ID: uuid.NewString(), WorkspaceID: a.ID, Email: "bob@example.com", Role: workspaces.Viewer, CreatedAt: Epoch.Add(time.Second)}
	for _, x := range []workspaces.Member{second, m} {
		wantCode(t, "insert", db.InsertMember(ctx, x, entry(a.ID, activity.MemberAdded, x.ID)), "")
	}
	twin := m
	twin.ID = uuid.NewString()
	wantCode(t, "same email", db.InsertMember(ctx, twin, entry(a.ID, activity.MemberAdded, twin.ID)), fault.Conflict)
	twin.WorkspaceID, twin.SetupTokenHash = b.ID, [32]byte{4} // tokens are nobody else's
	wantCode(t, "same email elsewhere", db.InsertMember(ctx, twin, entry(b.ID, activity.MemberAdded, twin.ID)), "")
	list, err := db.ListMembers(ctx, a.ID)
	wantCode(t, "list", err, "")
	if d := cmp.Diff([]workspaces.Member{m, second}, list); d != "" {
		t.Errorf("members differ:\n%s", d)
	}
	wantCode(t, "remove from another", db.RemoveMember(ctx, b.ID, m.ID, entry(b.ID, activity.MemberRemoved, m.ID)), fault.NotFound)
	wantCode(t, "remove", db.RemoveMember(ctx, a.ID, m.ID, entry(a.ID, activity.MemberRemoved, m.ID)), "")
	if list, _ = db.ListMembers(ctx, a.ID); len(list) != 1 || list[0].ID != second.ID {
		t.Errorf("members left = %+v", list)
	}
}
