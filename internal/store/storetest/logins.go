package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

var loginCases = []Case{
	{"sessions are found until their time is over", sessionCases},
	{"a setup token sets a password once", setupOnce},
	{"of two who use one setup token at once one does", setupRace},
	{"a password is changed from the one it was, and ends other logins", passwordCases},
	{"an email is looked up over all workspaces", accountsByEmail},
	{"a login comes back with its member as it is now", loginFind},
	{"logins are the member's alone", loginIsolation},
	{"a removed member's logins and passkeys end", loginCascade},
	{"the last use never moves back", loginTouch},
	{"passkeys are the member's alone", passkeyCases},
	{"what is over is purged", purgeCases},
}

// mustInvite adds a member who was invited with the hash.
func mustInvite(t testing.TB, db *store.DB, workspaceID, email string, hash [32]byte) workspaces.Member {
	t.Helper()
	m := workspaces.Member{
		ID: uuid.Must(uuid.NewV7()).String(), WorkspaceID: workspaceID, Email: email, Role: workspaces.Admin, CreatedAt: Epoch,
		SetupTokenHash: hash, SetupExpiresAt: Epoch.Add(time.Hour),
	}
	if err := db.InsertMember(context.Background(), m, entry(workspaceID, activity.MemberAdded, m.ID)); err != nil {
		t.Fatal(err)
	}
	return m
}

func newLogin(m workspaces.Member, at time.Time) login.Login {
	return login.Login{ID: uuid.Must(uuid.NewV7()).String(), WorkspaceID: m.WorkspaceID, MemberID: m.ID, Method: login.ByPassword,
		Device: "Firefox on Linux", Address: "192.0.2.1", CreatedAt: at, LastSeenAt: at, ExpiresAt: at.Add(login.Life)}
}

func mustLogin(t testing.TB, db *store.DB, m workspaces.Member, at time.Time) login.Login {
	t.Helper()
	l := newLogin(m, at)
	if err := db.InsertLogin(context.Background(), l, entry(m.WorkspaceID, activity.MemberSignedIn, l.ID)); err != nil {
		t.Fatal(err)
	}
	return l
}

func sessionCases(t *testing.T, db *store.DB) {
	ctx := context.Background()
	us, err := db.Now(ctx)
	wantCode(t, "now", err, "")
	now := time.UnixMicro(us)
	for _, data := range []string{"one", "two \x00\xff"} { // the second replaces the first
		wantCode(t, "keep", db.KeepSession(ctx, "a", []byte(data), now.Add(time.Hour)), "")
		if got, found, err := db.FindSession(ctx, "a"); string(got) != data || !found || err != nil {
			t.Errorf("found %q %t %v", got, found, err)
		}
	}
	wantCode(t, "keep one that is over", db.KeepSession(ctx, "b", []byte("x"), now), "")
	wantCode(t, "drop", db.DropSession(ctx, "a"), "")
	wantCode(t, "drop an unknown one", db.DropSession(ctx, "c"), "")
	for _, token := range []string{"a", "b", "c"} {
		if got, found, err := db.FindSession(ctx, token); got != nil || found || err != nil {
			t.Errorf("%s: found %q %t %v", token, got, found, err)
		}
	}
}

func setupOnce(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	m := mustInvite(t, db, w.ID, "ann@example.com", [32]byte{1})
	if any, err := db.AnyoneSetUp(ctx); any || err != nil {
		t.Errorf("set up before the first use: %t %v", any, err)
	}
	mustLogin(t, db, m, Epoch)
	stranger := login.Passkey{ID: "k", WorkspaceID: w.ID, MemberID: m.ID, Name: "phone", Credential: []byte("{}"), CreatedAt: Epoch}
	wantCode(t, "passkey", db.InsertPasskey(ctx, stranger, entry(w.ID, activity.PasskeyAdded, stranger.ID)), "")
	a, err := db.AccountBySetup(ctx, [32]byte{1})
	wantCode(t, "find", err, "")
	if d := cmp.Diff(login.Account{Member: m, Workspace: "a"}, a); d != "" {
		t.Errorf("account differs:\n%s", d)
	}
	use := func(hash byte, at time.Time) error {
		return db.UseSetup(ctx, [32]byte{hash}, at, "$hash", entry(w.ID, activity.PasswordSet, m.ID))
	}
	wantCode(t, "another token", use(2, Epoch), fault.NotFound)
	wantCode(t, "too late", use(1, m.SetupExpiresAt), fault.NotFound)
	before := countActivity(t, db, w.ID)
	wantCode(t, "use", use(1, Epoch), "")
	wantCode(t, "use again", use(1, Epoch), fault.NotFound)
	if n := countActivity(t, db, w.ID); n != before+1 {
		t.Errorf("%d entries, want 1", n-before)
	}
	_, err = db.AccountBySetup(ctx, [32]byte{1})
	wantCode(t, "find when used", err, fault.NotFound)
	list, err := db.ListMembers(ctx, w.ID)
	if err != nil || !list[0].SetUp || list[0].SetupTokenHash != [32]byte{} || !list[0].SetupExpiresAt.IsZero() {
		t.Errorf("member = %+v, %v", list, err)
	}
	if any, err := db.AnyoneSetUp(ctx); !any || err != nil {
		t.Errorf("set up: %t %v", any, err)
	}
	if left, err := db.ListLogins(ctx, w.ID, m.ID); len(left) != 0 || err != nil {
		t.Errorf("logins left: %v %v", left, err)
	}
	if left, err := db.ListPasskeys(ctx, w.ID, m.ID); len(left) != 0 || err != nil {
		t.Errorf("passkeys left: %v %v", left, err)
	}
}

func setupRace(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	m := mustInvite(t, db, w.ID, "ann@example.com", [32]byte{1})
	errs := make([]error, 4)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			errs[i] = db.UseSetup(ctx, [32]byte{1}, Epoch, "$hash", entry(w.ID, activity.PasswordSet, m.ID))
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			wantCode(t, "loser", err, fault.NotFound)
		}
	}
	if won != 1 {
		t.Errorf("%d won: %v", won, errors.Join(errs...))
	}
}

func passwordCases(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	m, other := mustInvite(t, db, w.ID, "ann@example.com", [32]byte{1}), mustInvite(t, db, w.ID, "bob@example.com", [32]byte{2})
	here, _, theirs := mustLogin(t, db, m, Epoch), mustLogin(t, db, m, Epoch), mustLogin(t, db, other, Epoch)
	set := func(old, hash string) error {
		return db.SetPassword(ctx, w.ID, m.ID, old, hash, here.ID, entry(w.ID, activity.PasswordSet, m.ID))
	}
	wantCode(t, "first", set("", "one"), "")
	wantCode(t, "from another", set("", "two"), fault.Conflict)
	wantCode(t, "second", set("one", "two"), "")
	a, err := db.FindAccount(ctx, w.ID, m.ID)
	if err != nil || a.PasswordHash != "two" || !a.SetUp {
		t.Errorf("account = %+v, %v", a, err)
	}
	if left, err := db.ListLogins(ctx, w.ID, m.ID); err != nil || len(left) != 1 || left[0].ID != here.ID {
		t.Errorf("logins left: %v %v", left, err)
	}
	if left, err := db.ListLogins(ctx, w.ID, other.ID); err != nil || len(left) != 1 || left[0].ID != theirs.ID {
		t.Errorf("another's logins: %v %v", left, err)
	}
}

func accountsByEmail(t *testing.T, db *store.DB) {
	ctx, a, b := context.Background(), MustWorkspace(t, db, "a"), MustWorkspace(t, db, "b")
	first, second := mustInvite(t, db, a.ID, "ann@example.com", [32]byte{1}), mustInvite(t, db, b.ID, "ann@example.com", [32]byte{2})
	mustInvite(t, db, b.ID, "bob@example.com", [32]byte{3})
	wantCode(t, "set", db.SetPassword(ctx, b.ID, second.ID, "", "hash", "", entry(b.ID, activity.PasswordSet, second.ID)), "")
	list, err := db.AccountsByEmail(ctx, "ann@example.com", 5)
	second.SetUp = true
	if d := cmp.Diff([]login.Account{{Member: first, Workspace: "a"}, {Member: second, Workspace: "b", PasswordHash: "hash"}}, list); d != "" || err != nil {
		t.Errorf("%v:\n%s", err, d)
	}
	if list, err := db.AccountsByEmail(ctx, "ann@example.com", 1); len(list) != 1 || err != nil {
		t.Errorf("limited: %v %v", list, err)
	}
	if list, err := db.AccountsByEmail(ctx, "eve@example.com", 5); len(list) != 0 || err != nil {
		t.Errorf("nobody's: %v %v", list, err)
	}
	_, err = db.FindAccount(ctx, a.ID, second.ID)
	wantCode(t, "a member through another workspace", err, fault.NotFound)
}

func loginFind(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	m := mustInvite(t, db, w.ID, "ann@example.com", [32]byte{1})
	l := mustLogin(t, db, m, Epoch)
	got, who, now, err := db.FindLogin(ctx, l.ID)
	wantCode(t, "find", err, "")
	if d := cmp.Diff(l, got); d != "" || who.ID != m.ID || who.WorkspaceID != w.ID || who.Email != m.Email || who.Role != workspaces.Admin || now.Before(Epoch) {
		t.Errorf("%+v at %v:\n%s", who, now, d)
	}
	_, _, _, err = db.FindLogin(ctx, "nobody's")
	wantCode(t, "unknown", err, fault.NotFound)
	foreign := newLogin(m, Epoch)
	foreign.WorkspaceID = MustWorkspace(t, db, "b").ID
	wantCode(t, "in another workspace", db.InsertLogin(ctx, foreign, entry(foreign.WorkspaceID, activity.MemberSignedIn, foreign.ID)), fault.NotFound)
}

func loginIsolation(t *testing.T, db *store.DB) {
	ctx, a, b := context.Background(), MustWorkspace(t, db, "a"), MustWorkspace(t, db, "b")
	ann, twin := mustInvite(t, db, a.ID, "ann@example.com", [32]byte{1}), mustInvite(t, db, b.ID, "ann@example.com", [32]byte{2})
	first, second, other := mustLogin(t, db, ann, Epoch), mustLogin(t, db, ann, Epoch.Add(time.Second)), mustLogin(t, db, twin, Epoch)
	list, err := db.ListLogins(ctx, a.ID, ann.ID)
	if d := cmp.Diff([]login.Login{second, first}, list); d != "" || err != nil {
		t.Errorf("%v:\n%s", err, d)
	}
	end := func(w workspaces.Workspace, m workspaces.Member, id string) error {
		return db.EndLogin(ctx, w.ID, m.ID, id, entry(w.ID, activity.LoginRevoked, id))
	}
	wantCode(t, "another's", end(a, ann, other.ID), fault.NotFound)
	wantCode(t, "through another workspace", end(b, ann, first.ID), fault.NotFound)
	wantCode(t, "one's own", end(a, ann, first.ID), "")
	wantCode(t, "again", end(a, ann, first.ID), fault.NotFound)
	before := countActivity(t, db, b.ID)
	n, err := db.EndOtherLogins(ctx, b.ID, twin.ID, other.ID, entry(b.ID, activity.LoginRevoked, twin.ID))
	if n != 0 || err != nil || countActivity(t, db, b.ID) != before {
		t.Errorf("nothing to end: %d %v", n, err)
	}
	if n, err := db.EndOtherLogins(ctx, a.ID, ann.ID, "", entry(a.ID, activity.LoginRevoked, ann.ID)); n != 1 || err != nil {
		t.Errorf("ended %d, %v", n, err)
	}
	_, _, _, err = db.FindLogin(ctx, other.ID)
	wantCode(t, "the twin's is left", err, "")
}

func loginCascade(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	m := mustInvite(t, db, w.ID, "ann@example.com", [32]byte{1})
	l := mustLogin(t, db, m, Epoch)
	k := login.Passkey{ID: "k", WorkspaceID: w.ID, MemberID: m.ID, Name: "phone", Credential: []byte("{}"), CreatedAt: Epoch}
	wantCode(t, "passkey", db.InsertPasskey(ctx, k, entry(w.ID, activity.PasskeyAdded, k.ID)), "")
	wantCode(t, "remove", db.RemoveMember(ctx, w.ID, m.ID, entry(w.ID, activity.MemberRemoved, m.ID)), "")
	_, _, _, err := db.FindLogin(ctx, l.ID)
	wantCode(t, "login", err, fault.NotFound)
	if left, err := db.ListPasskeys(ctx, w.ID, m.ID); len(left) != 0 || err != nil {
		t.Errorf("passkeys left: %v %v", left, err)
	}
	wantCode(t, "a login of nobody", db.InsertLogin(ctx, newLogin(m, Epoch), entry(w.ID, activity.MemberSignedIn, "x")), fault.NotFound)
	wantCode(t, "a passkey of nobody", db.InsertPasskey(ctx, k, entry(w.ID, activity.PasskeyAdded, k.ID)), fault.NotFound)
}

func loginTouch(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	m := mustInvite(t, db, w.ID, "ann@example.com", [32]byte{1})
	l := mustLogin(t, db, m, Epoch)
	for _, at := range []time.Duration{time.Minute, time.Hour, time.Second} {
		wantCode(t, "touch", db.TouchLogin(ctx, l.ID, Epoch.Add(at)), "")
	}
	got, _, _, err := db.FindLogin(ctx, l.ID)
	list, bad := db.ListMembers(ctx, w.ID)
	if want := Epoch.Add(time.Hour); err != nil || bad != nil || !got.LastSeenAt.Equal(want) || !list[0].LastSeenAt.Equal(want) {
		t.Errorf("seen %v and %v, want %v (%v %v)", got.LastSeenAt, list, want, err, bad)
	}
	wantCode(t, "touch an unknown one", db.TouchLogin(ctx, "x", Epoch), "")
}

func passkeyCases(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	m, other := mustInvite(t, db, w.ID, "ann@example.com", [32]byte{1}), mustInvite(t, db, w.ID, "bob@example.com", [32]byte{2})
	k := login.Passkey{ID: "k", WorkspaceID: w.ID, MemberID: m.ID, Name: "phone", Credential: []byte(`{"n":1}`), CreatedAt: Epoch}
	e := entry(w.ID, activity.PasskeyAdded, k.ID)
	wantCode(t, "insert", db.InsertPasskey(ctx, k, e), "")
	wantCode(t, "twice", db.InsertPasskey(ctx, k, entry(w.ID, activity.PasskeyAdded, k.ID)), fault.Conflict)
	old := k.Credential
	k.Credential, k.LastUsedAt = []byte(`{"n":2}`), Epoch.Add(time.Second)
	wantCode(t, "use", db.UsePasskey(ctx, k, old), "")
	wantCode(t, "use from the old state", db.UsePasskey(ctx, k, old), fault.Conflict)
	list, err := db.ListPasskeys(ctx, w.ID, m.ID)
	if d := cmp.Diff([]login.Passkey{k}, list); d != "" || err != nil {
		t.Errorf("%v:\n%s", err, d)
	}
	remove := func(member string) error {
		return db.RemovePasskey(ctx, w.ID, member, k.ID, entry(w.ID, activity.PasskeyRemoved, k.ID))
	}
	wantCode(t, "another's", remove(other.ID), fault.NotFound)
	wantCode(t, "remove", remove(m.ID), "")
	wantCode(t, "again", remove(m.ID), fault.NotFound)
}

func purgeCases(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	us, err := db.Now(ctx)
	wantCode(t, "now", err, "")
	now := time.UnixMicro(us).UTC()
	m := mustInvite(t, db, w.ID, "ann@example.com", [32]byte{1}) // whose invitation is over
	live, over := mustLogin(t, db, m, now), mustLogin(t, db, m, now.Add(-login.Life))
	wantCode(t, "keep", db.KeepSession(ctx, "live", []byte("x"), now.Add(time.Hour)), "")
	wantCode(t, "keep", db.KeepSession(ctx, "over", []byte("x"), now), "")
	_, err = db.Take(ctx, "busy", 1, 1)
	wantCode(t, "take", err, "")
	wantCode(t, "purge", db.PurgeSessions(ctx), "")
	if _, found, _ := db.FindSession(ctx, "live"); !found {
		t.Error("a live session is gone")
	}
	_, _, _, err = db.FindLogin(ctx, live.ID)
	wantCode(t, "live", err, "")
	_, _, _, err = db.FindLogin(ctx, over.ID)
	wantCode(t, "over", err, fault.NotFound)
	_, err = db.AccountBySetup(ctx, [32]byte{1})
	wantCode(t, "invitation", err, fault.NotFound)
	if d, err := db.Take(ctx, "busy", 1, 1); d.Allowed || err != nil {
		t.Errorf("the limiter forgot whom it holds back: %+v %v", d, err)
	}
}
