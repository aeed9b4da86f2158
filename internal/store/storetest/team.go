package storetest

import (
	"context"
	"errors"
	"slices"
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

var teamCases = []Case{
	{"of two admins who remove or demote each other at once one stays an admin", teamLastAdmin},
	{"a change of a member writes role, token and entry together", teamChange},
	{"a change that is refused leaves nothing", teamRefused},
	{"a member leaves in the transaction of their keys", teamLeaves},
}

// mustMember adds a member.
func mustMember(t testing.TB, db *store.DB, workspaceID, email string, role workspaces.Role) workspaces.Member {
	t.Helper()
	m := workspaces.Member{ID: uuid.Must(uuid.NewV7()).String(), WorkspaceID: workspaceID, Email: email, Role: role, CreatedAt: Epoch}
	wantCode(t, "insert "+email, db.InsertMember(context.Background(), m, entry(workspaceID, activity.MemberAdded, m.ID)), "")
	return m
}

func teamService(db *store.DB) *workspaces.Service {
	return workspaces.NewService(db, func(context.Context) (time.Time, error) { return Epoch, nil })
}

func teamLastAdmin(t *testing.T, db *store.DB) {
	ctx, s := context.Background(), teamService(db)
	for range 5 {
		w := MustWorkspace(t, db, "w-"+uuid.NewString())
		ann, bob := mustMember(t, db, w.ID, "ann@example.com", workspaces.Admin), mustMember(t, db, w.ID, "bob@example.com", workspaces.Admin)
		before := countActivity(t, db, w.ID)
		var errs [2]error
		var both sync.WaitGroup
		both.Go(func() { _, errs[0] = s.Dismiss(ctx, activity.PersonActor(ann.Email), w.ID, bob.ID) })
		both.Go(func() {
			_, errs[1] = s.SetRole(ctx, activity.PersonActor(bob.Email), w.ID, ann.ID, workspaces.Viewer)
		})
		both.Wait()
		if (errs[0] == nil) == (errs[1] == nil) { // whoever came second was no admin any more
			t.Errorf("errors %v and %v, want exactly one", errs[0], errs[1])
		}
		wantCode(t, "the second", errors.Join(errs[:]...), fault.InsufficientScope)
		list, err := db.ListMembers(ctx, w.ID)
		wantCode(t, "list", err, "")
		if !slices.ContainsFunc(list, func(m workspaces.Member) bool { return m.Role == workspaces.Admin }) {
			t.Errorf("no admin is left: %+v", list)
		}
		if n := countActivity(t, db, w.ID) - before; n != 1 {
			t.Errorf("%d entries, want 1", n)
		}
	}
}

func teamChange(t *testing.T, db *store.DB) {
	ctx, s, w := context.Background(), teamService(db), MustWorkspace(t, db, "acme")
	ann, bob := mustMember(t, db, w.ID, "ann@example.com", workspaces.Admin), mustMember(t, db, w.ID, "bob@example.com", workspaces.Viewer)
	m, err := s.SetRole(ctx, activity.PersonActor(ann.Email), w.ID, bob.ID, workspaces.Manager)
	wantCode(t, "role", err, "")
	if m.Role != workspaces.Manager {
		t.Errorf("answer = %+v", m)
	}
	_, url, err := s.Reinvite(ctx, activity.PersonActor(ann.Email), w.ID, bob.ID, "https://unstuck.example/")
	wantCode(t, "link", err, "")
	setup := url[len("https://unstuck.example"+workspaces.SetupPath):]
	list, err := db.ListMembers(ctx, w.ID)
	wantCode(t, "list", err, "")
	i := slices.IndexFunc(list, func(m workspaces.Member) bool { return m.ID == bob.ID })
	if got := list[i]; got.Role != workspaces.Manager || got.SetupTokenHash != workspaces.HashSetupToken(setup) || !got.SetupExpiresAt.After(time.Now()) || got.Email != bob.Email {
		t.Errorf("row = %+v", got)
	}
	log, err := db.ListActivity(ctx, w.ID, activity.Filter{Action: activity.MemberUpdated})
	wantCode(t, "log", err, "")
	want := map[string]string{"email": "bob@example.com", "role": "manager", "role_before": "viewer"}
	if len(log) != 1 || log[0].ObjectID != bob.ID || cmp.Diff(want, log[0].Detail) != "" {
		t.Errorf("log = %+v", log)
	}
}

func teamRefused(t *testing.T, db *store.DB) {
	ctx, s, w, other := context.Background(), teamService(db), MustWorkspace(t, db, "acme"), MustWorkspace(t, db, "other")
	ann, bob := mustMember(t, db, w.ID, "ann@example.com", workspaces.Admin), mustMember(t, db, w.ID, "bob@example.com", workspaces.Manager)
	mustMember(t, db, other.ID, "eve@example.com", workspaces.Admin)
	before := countActivity(t, db, w.ID)
	for _, c := range []struct {
		by, member string
		role       workspaces.Role // "" to remove
		want       fault.Code
	}{
		{ann.Email, ann.ID, workspaces.Viewer, fault.Conflict}, {ann.Email, ann.ID, "", fault.Conflict},
		{bob.Email, ann.ID, workspaces.Viewer, fault.InsufficientScope}, {bob.Email, ann.ID, "", fault.InsufficientScope}, {bob.Email, bob.ID, workspaces.Admin, fault.InsufficientScope},
		{"eve@example.com", bob.ID, workspaces.Viewer, fault.InsufficientScope}, {ann.Email, "nobody", workspaces.Viewer, fault.NotFound}, {ann.Email, bob.ID, "owner", fault.ValidationFailed},
		{ann.Email, bob.ID, workspaces.Manager, ""}, // the same role
	} {
		var err error
		if c.role == "" {
			_, err = s.Dismiss(ctx, activity.PersonActor(c.by), w.ID, c.member)
		} else {
			_, err = s.SetRole(ctx, activity.PersonActor(c.by), w.ID, c.member, c.role)
		}
		wantCode(t, c.by+" changes "+c.member+" to "+string(c.role), err, c.want)
	}
	_, err := s.Dismiss(ctx, activity.PersonActor("eve@example.com"), other.ID, bob.ID)
	wantCode(t, "of another workspace", err, fault.NotFound)
	_, err = s.SetRole(ctx, activity.PersonActor(ann.Email), "nobody", bob.ID, workspaces.Viewer)
	wantCode(t, "of no workspace", err, fault.NotFound)
	list, _ := db.ListMembers(ctx, w.ID)
	if len(list) != 2 || list[0].Role != workspaces.Admin || list[1].Role != workspaces.Manager || countActivity(t, db, w.ID) != before {
		t.Errorf("members = %+v, %d entries, want %d", list, countActivity(t, db, w.ID), before)
	}
}

func teamLeaves(t *testing.T, db *store.DB) {
	ctx, s, w := context.Background(), teamService(db), MustWorkspace(t, db, "acme")
	ann, bob := mustMember(t, db, w.ID, "ann@example.com", workspaces.Admin), mustMember(t, db, w.ID, "bob@example.com", workspaces.Admin)
	k := MustKey(t, db, w.ID, "a1b2c3d4")
	leave := func(fail error) error {
		return db.InTx(ctx, func(ctx context.Context, now time.Time) error {
			if _, err := s.Dismiss(ctx, activity.PersonActor(ann.Email), w.ID, bob.ID); err != nil {
				return err
			}
			if _, err := db.RevokeKey(ctx, w.ID, k.ID, ann.Email, now, entry(w.ID, activity.KeyRevoked, k.ID)); err != nil {
				return err
			}
			return fail
		})
	}
	before := countActivity(t, db, w.ID)
	wantCode(t, "a failure after both", leave(fault.New(fault.StoreUnavailable, "")), fault.StoreUnavailable)
	got, err := db.GetKey(ctx, w.ID, k.ID)
	wantCode(t, "key", err, "")
	if list, _ := db.ListMembers(ctx, w.ID); len(list) != 2 || !got.RevokedAt.IsZero() || countActivity(t, db, w.ID) != before {
		t.Errorf("something was kept: %d members, key %+v", len(list), got)
	}
	wantCode(t, "both", leave(nil), "")
	got, err = db.GetKey(ctx, w.ID, k.ID)
	wantCode(t, "key", err, "")
	if list, _ := db.ListMembers(ctx, w.ID); len(list) != 1 || got.RevokedAt.IsZero() || countActivity(t, db, w.ID) != before+2 {
		t.Errorf("something was lost: %d members, key %+v", len(list), got)
	}
}
