package storetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/store"
)

var keyCases = []Case{
	{"a key comes back as it went in", keyRoundTrip},
	{"a taken id is a conflict and an unknown workspace not found", keyConflicts},
	{"another id can be tried in the transaction that met a taken one", keyConflictWithin},
	{"what a key did is told newest first", keyDid},
	{"a form makes one key however often it is sent", keyForm},
	{"authentication reads key, plan, limits and clock", keyForAuth},
	{"revoking is final and recorded once", keyRevoke},
	{"another workspace's key is not found", keyIsolation},
	{"a list is newest first and ties go by id", keyList},
	{"the last use never moves back", keyTouch},
	{"a reseal applies only to the expected pepper", keyReseal},
	{"of two goroutines adding one id exactly one wins", keyRace},
	{"a failed activity row leaves no key", keyRollback},
	{"the database itself refuses what must never change", keyTriggers},
}

func keyRoundTrip(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	k := newKey(w.ID, "0000000a")
	k.Preset, k.Permissions = scope.Custom, scope.Of(scope.RecordsRead, scope.SettingsWrite)
	k.Expiry, k.ExpiresAt = keys.Expiry30, Epoch.AddDate(0, 0, 30).Add(time.Microsecond)
	k.SpendLimit = new(int64) // 0 is a limit too
	k.Replaces = "0000000b"
	wantCode(t, "insert", db.InsertKey(ctx, k, entry(w.ID, activity.KeyCreated, k.ID)), "")
	got, err := db.GetKey(ctx, w.ID, k.ID)
	wantCode(t, "get", err, "")
	if d := cmp.Diff(k, got); d != "" {
		t.Errorf("key differs (-in +out):\n%s", d)
	}
}

func keyConflicts(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	k := MustKey(t, db, w.ID, "0000000a")
	before := countActivity(t, db, w.ID)
	wantCode(t, "same id", db.InsertKey(ctx, k, entry(w.ID, activity.KeyCreated, k.ID)), fault.Conflict)
	other := newKey("no-such-workspace", "0000000b")
	wantCode(t, "no workspace", db.InsertKey(ctx, other, entry(other.WorkspaceID, activity.KeyCreated, other.ID)), fault.NotFound)
	if n := countActivity(t, db, w.ID); n != before {
		t.Errorf("activity rows = %d, want %d", n, before)
	}
}

func keyConflictWithin(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	MustKey(t, db, w.ID, "0000000a")
	err := db.Tx(ctx, func(ctx context.Context, _ *store.Tx) error {
		wantCode(t, "taken", db.InsertKey(ctx, newKey(w.ID, "0000000a"), entry(w.ID, activity.KeyCreated, "0000000a")), fault.Conflict)
		return db.InsertKey(ctx, newKey(w.ID, "0000000b"), entry(w.ID, activity.KeyCreated, "0000000b"))
	})
	wantCode(t, "the transaction", err, "")
	if list, err := db.ListKeys(ctx, w.ID); err != nil || len(list) != 2 {
		t.Errorf("%d keys, %v; want 2", len(list), err)
	}
}

func keyForm(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	var wg sync.WaitGroup
	ids, first := make([]string, 8), make([]bool, 8)
	for i := range ids {
		wg.Go(func() {
			id, again, err := db.FormOnce(ctx, w.ID, "nonce", func(ctx context.Context) (string, error) {
				k := newKey(w.ID, fmt.Sprintf("%08x", i+1))
				return k.ID, db.InsertKey(ctx, k, entry(w.ID, activity.KeyCreated, k.ID))
			})
			wantCode(t, "form", err, "")
			ids[i], first[i] = id, !again
		})
	}
	wg.Wait()
	list, err := db.ListKeys(ctx, w.ID)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d keys, %v; want 1", len(list), err)
	}
	made := 0
	for i, id := range ids {
		if id != list[0].ID {
			t.Errorf("a form told of key %q, want %q", id, list[0].ID)
		}
		if first[i] {
			made++
		}
	}
	if made != 1 {
		t.Errorf("%d forms were told that they made the key", made)
	}
	_, _, err = db.FormOnce(ctx, w.ID, "other", func(context.Context) (string, error) { return "", fault.New(fault.NotFound, "") })
	wantCode(t, "a form that fails", err, fault.NotFound)
	id, again, err := db.FormOnce(ctx, w.ID, "other", func(context.Context) (string, error) { return "x", nil })
	if id != "x" || again || err != nil {
		t.Errorf("the same form after a failure: %q, %v, %v", id, again, err)
	}
}

func keyDid(t *testing.T, db *store.DB) {
	ctx, w, other := context.Background(), MustWorkspace(t, db, "a"), MustWorkspace(t, db, "b")
	var want []activity.Entry
	for i := range 3 {
		at := Epoch.Add(time.Duration(i) * time.Second)
		want = append([]activity.Entry{mustRecord(t, db, w.ID, at, activity.KeyActor("0000000a", "agent"), activity.SignalsPushed)}, want...)
		mustRecord(t, db, w.ID, at, activity.KeyActor("0000000b", "agent"), activity.SignalsPushed)
		mustRecord(t, db, w.ID, at, activity.PersonActor("agent"), activity.KeyCreated)
		mustRecord(t, db, other.ID, at, activity.KeyActor("0000000a", "agent"), activity.SignalsPushed)
	}
	got, err := db.Workspace(w.ID).KeyActivity(ctx, "0000000a", 2)
	if d := cmp.Diff(want[:2], got); d != "" || err != nil {
		t.Errorf("%v, (-want +got):\n%s", err, d)
	}
	for _, id := range []string{"", "ffffffff"} {
		if got, err := db.Workspace(w.ID).KeyActivity(ctx, id, 2); err != nil || len(got) != 0 {
			t.Errorf("key %q did %d things, %v", id, len(got), err)
		}
	}
}

func keyForAuth(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	a, b := MustKey(t, db, w.ID, "0000000a"), MustKey(t, db, w.ID, "0000000b")
	_, err := db.KeyForAuth(ctx, "ffffffff")
	wantCode(t, "unknown id", err, fault.NotFound)
	row, err := db.KeyForAuth(ctx, a.ID)
	wantCode(t, "known id", err, "")
	if row.Plan != w.Plan || row.Limits != w.Limits || cmp.Diff(a, row.Key) != "" {
		t.Errorf("auth row = %+v", row)
	}
	now, err := db.Now(ctx)
	wantCode(t, "clock", err, "")
	if d := now - row.Now.UnixMicro(); d < 0 {
		t.Errorf("the clock went back by %d microseconds", -d)
	}
	many, err := db.KeysForAuth(ctx, []string{a.ID, "ffffffff", b.ID})
	wantCode(t, "many", err, "")
	if len(many) != 2 || many[a.ID].Key.ID != a.ID || many[b.ID].Plan != w.Plan || many[b.ID].Now.IsZero() {
		t.Errorf("KeysForAuth = %+v", many)
	}
	none, err := db.KeysForAuth(ctx, nil)
	if err != nil || len(none) != 0 {
		t.Errorf("KeysForAuth of nothing = %v, %v", none, err)
	}
}

func keyRevoke(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	k := MustKey(t, db, w.ID, "0000000a")
	at := Epoch.Add(time.Hour)
	got, err := db.RevokeKey(ctx, w.ID, k.ID, "bob@example.com", at, entry(w.ID, activity.KeyRevoked, k.ID))
	wantCode(t, "first revoke", err, "")
	if !got.RevokedAt.Equal(at) || got.RevokedBy != "bob@example.com" {
		t.Errorf("revoked at %v by %q", got.RevokedAt, got.RevokedBy)
	}
	before := countActivity(t, db, w.ID)
	again, err := db.RevokeKey(ctx, w.ID, k.ID, "eve@example.com", at.Add(1), entry(w.ID, activity.KeyRevoked, k.ID))
	wantCode(t, "second revoke", err, fault.AlreadyRevoked)
	if again.RevokedBy != "bob@example.com" || countActivity(t, db, w.ID) != before {
		t.Errorf("the second revoke changed something: by %q", again.RevokedBy)
	}
	_, err = db.RevokeKey(ctx, w.ID, "ffffffff", "bob", at, entry(w.ID, activity.KeyRevoked, "ffffffff"))
	wantCode(t, "unknown key", err, fault.NotFound)
}

func keyIsolation(t *testing.T, db *store.DB) {
	ctx, a, b := context.Background(), MustWorkspace(t, db, "a"), MustWorkspace(t, db, "b")
	k := MustKey(t, db, a.ID, "0000000a")
	_, err := db.GetKey(ctx, b.ID, k.ID)
	wantCode(t, "get", err, fault.NotFound)
	_, err = db.RevokeKey(ctx, b.ID, k.ID, "b", Epoch, entry(b.ID, activity.KeyRevoked, k.ID))
	wantCode(t, "revoke", err, fault.NotFound)
	list, err := db.ListKeys(ctx, b.ID)
	if err != nil || list == nil || len(list) != 0 {
		t.Errorf("ListKeys of the other = %v, %v; want empty, not nil", list, err)
	}
	if row, _ := db.KeyForAuth(ctx, k.ID); !row.Key.RevokedAt.IsZero() {
		t.Error("the other workspace revoked the key")
	}
}

func keyList(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	for i, id := range []string{"0000000c", "0000000a", "0000000b", "0000000d"} {
		k := newKey(w.ID, id)
		k.CreatedAt = Epoch.Add(time.Duration(i/3) * time.Microsecond)
		wantCode(t, "insert", db.InsertKey(ctx, k, entry(w.ID, activity.KeyCreated, id)), "")
	}
	list, err := db.ListKeys(ctx, w.ID)
	wantCode(t, "list", err, "")
	var got []string
	for _, k := range list {
		got = append(got, k.ID[7:])
	}
	if want := []string{"d", "a", "b", "c"}; !slices.Equal(got, want) {
		t.Errorf("order = %v, want %v", got, want)
	}
}

func keyTouch(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	k := MustKey(t, db, w.ID, "0000000a")
	for _, c := range []struct{ at, want time.Time }{
		{Epoch.Add(time.Second), Epoch.Add(time.Second)},
		{Epoch, Epoch.Add(time.Second)},
		{Epoch.Add(time.Second + time.Microsecond), Epoch.Add(time.Second + time.Microsecond)},
	} {
		wantCode(t, "touch", db.TouchKeys(ctx, []keys.Touch{{ID: "ffffffff", UsedAt: c.at}, {ID: k.ID, UsedAt: c.at}}), "")
		if got, _ := db.GetKey(ctx, w.ID, k.ID); !got.LastUsedAt.Equal(c.want) {
			t.Errorf("after a use at %v last used = %v, want %v", c.at, got.LastUsedAt, c.want)
		}
	}
}

func keyReseal(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	k := MustKey(t, db, w.ID, "0000000a")
	mac := [32]byte{5}
	for _, c := range []struct {
		from, wantKID int
		want          [32]byte
	}{{9, 1, k.MAC}, {1, 2, mac}} {
		err := db.TouchKeys(ctx, []keys.Touch{{ID: k.ID, UsedAt: Epoch, Reseal: &keys.Reseal{FromKID: c.from, KID: 2, MAC: mac, RowTag: mac}}})
		wantCode(t, "reseal", err, "")
		got, _ := db.GetKey(ctx, w.ID, k.ID)
		if got.MACKID != c.wantKID || got.MAC != c.want {
			t.Errorf("reseal from %d: kid %d, mac %x", c.from, got.MACKID, got.MAC)
		}
	}
}

func keyRace(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	for round := range 10 {
		k := newKey(w.ID, fmt.Sprintf("%08x", round))
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { errs[i] = db.InsertKey(ctx, k, entry(w.ID, activity.KeyCreated, k.ID)) })
		}
		wg.Wait()
		codes := []string{string(fault.CodeOf(errs[0])), string(fault.CodeOf(errs[1]))}
		slices.Sort(codes)
		if !slices.Equal(codes, []string{"", string(fault.Conflict)}) {
			t.Fatalf("codes = %q, want one success and one conflict", codes)
		}
	}
	if list, _ := db.ListKeys(ctx, w.ID); len(list) != 10 {
		t.Errorf("keys = %d, want 10", len(list))
	}
}

func keyRollback(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	e := entry(w.ID, activity.KeyCreated, "0000000a")
	wantCode(t, "first", db.InsertKey(ctx, newKey(w.ID, "0000000a"), e), "")
	wantCode(t, "same entry", db.InsertKey(ctx, newKey(w.ID, "0000000b"), e), fault.Conflict)
	_, err := db.GetKey(ctx, w.ID, "0000000b")
	wantCode(t, "the key without a row in the log", err, fault.NotFound)
	_, err = db.RevokeKey(ctx, w.ID, "0000000a", "b", Epoch, e)
	wantCode(t, "revoke with a used entry", err, fault.Conflict)
	if k, _ := db.GetKey(ctx, w.ID, "0000000a"); !k.RevokedAt.IsZero() {
		t.Error("the key was revoked without a row in the log")
	}
}

func keyTriggers(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	k := MustKey(t, db, w.ID, "0000000a")
	_, err := db.RevokeKey(ctx, w.ID, k.ID, "b", Epoch, entry(w.ID, activity.KeyRevoked, k.ID))
	wantCode(t, "revoke", err, "")
	want, _ := db.GetKey(ctx, w.ID, k.ID)
	for _, change := range []string{
		"UPDATE keys SET revoked_at = NULL", "UPDATE keys SET revoked_at = revoked_at + 1", "UPDATE keys SET revoked_by = 'x'",
		"UPDATE keys SET permissions = 'settings:write'", "UPDATE keys SET preset = 'full'", "UPDATE keys SET expiry = '30'",
		"UPDATE keys SET expires_at = 1", "UPDATE keys SET name = 'x'", "UPDATE keys SET spend_limit = 5", "UPDATE keys SET replaces = 'ffffffff'", "DELETE FROM keys",
	} {
		err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, change)
			return err
		})
		if fault.CodeOf(err) != fault.Internal {
			t.Errorf("%s: %v, want a refusal", change, err)
		}
	}
	if got, _ := db.GetKey(ctx, w.ID, k.ID); cmp.Diff(want, got) != "" {
		t.Errorf("the key changed:\n%s", cmp.Diff(want, got))
	}
}
