package devicelogin_test

import (
	"errors"
	"testing"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/devicelogin"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// oldKey makes a key of permissions of its own, which only a rotation can repeat.
func (w *world) oldKey() keys.Key {
	w.Helper()
	c, err := w.keys.Create(w.Context(), w.admin.Actor(), keys.CreateRequest{WorkspaceID: w.w.ID, Name: "nightly", Permissions: []string{"signals:write"}, Expiry: keys.Expiry90})
	w.must(err)
	return c.Key
}

func (w *world) rotate(old keys.Key, revoke bool) (devicelogin.Begun, devicelogin.Granted) {
	w.Helper()
	b := w.ask(devicelogin.Asked{Client: "c", Host: "h", Source: "192.0.2.7", Replaces: old.ID, Preset: scope.Full})
	w.approve(b, devicelogin.Choice{Preset: scope.Full, RevokeOld: revoke})
	return b, w.wantPoll(b, "")
}

func (w *world) status(id string) keys.Status {
	w.Helper()
	k, err := w.db.GetKey(w.Context(), w.w.ID, id)
	w.must(err)
	return k.Status(w.clock())
}

func TestRotationStandsBesideTheOldAndRevokesItOnceProved(t *testing.T) {
	w := newWorld(t)
	old := w.oldKey()
	b, g := w.rotate(old, true)
	if k := g.Key; k.Name != "nightly" || k.Permissions != old.Permissions || k.Expiry != keys.Expiry90 || !g.RevokeOld || w.status(old.ID) != keys.Active {
		t.Errorf("the new key: %+v", g.Key)
	}
	for name, proof := range map[string][2]string{"the old key": {w.w.ID, old.ID}, "another workspace": {"other", g.Key.ID}} {
		if err := w.Done(t.Context(), b.DeviceCode, proof[0], proof[1]); !errors.Is(err, devicelogin.InvalidGrant) || w.status(old.ID) != keys.Active {
			t.Errorf("proved by %s: %v", name, err)
		}
	}
	for range 2 { // the second changes nothing
		w.must(w.Done(t.Context(), b.DeviceCode, w.w.ID, g.Key.ID))
	}
	if e := w.log(); w.status(old.ID) != keys.Revoked || e.Action != activity.KeyRevoked || e.Actor != w.admin.Actor() || e.ObjectID != old.ID {
		t.Errorf("after the proof: %s, %+v", w.status(old.ID), e)
	}
	w.wantPoll(b, devicelogin.InvalidGrant)
}

func TestNoKeyRevokesWithoutAnAdmin(t *testing.T) {
	w := newWorld(t)
	w.member(w.w.ID, "bob@example.com", workspaces.Admin)
	old := w.oldKey()
	kept, g := w.rotate(old, false)
	if err := w.Done(t.Context(), kept.DeviceCode, w.w.ID, g.Key.ID); !errors.Is(err, devicelogin.Denied) {
		t.Errorf("nobody wanted it: %v", err)
	}
	late, g := w.rotate(old, true)
	w.pass(devicelogin.Life)
	if err := w.Done(t.Context(), late.DeviceCode, w.w.ID, g.Key.ID); !errors.Is(err, devicelogin.Expired) {
		t.Errorf("too late: %v", err)
	}
	gone, g := w.rotate(old, true)
	_, err := w.spaces.RemoveMember(t.Context(), root, w.w.ID, w.admin.MemberID)
	w.must(err)
	if err := w.Done(t.Context(), gone.DeviceCode, w.w.ID, g.Key.ID); !errors.Is(err, devicelogin.Denied) {
		t.Errorf("who approved is gone: %v", err)
	}
	if got := w.status(old.ID); got != keys.Active {
		t.Errorf("the old key is %s", got)
	}
	plain := w.begin()
	w.admin = w.member(w.w.ID, "ann@example.com", workspaces.Admin)
	w.approve(plain, devicelogin.Choice{Preset: scope.Full, KeyName: "n", Expiry: keys.Expiry30, RevokeOld: true})
	if err := w.Done(t.Context(), plain.DeviceCode, w.w.ID, w.wantPoll(plain, "").Key.ID); !errors.Is(err, devicelogin.Denied) {
		t.Errorf("there is no old key: %v", err)
	}
}

func TestOnlyAKeyOfTheWorkspaceThatLivesIsReplaced(t *testing.T) {
	w := newWorld(t)
	elsewhere, err := w.spaces.Create(t.Context(), root, "Other", workspaces.Pro, "")
	w.must(err)
	foreign, err := w.keys.Create(t.Context(), root, keys.CreateRequest{WorkspaceID: elsewhere.ID, Name: "n", Preset: scope.Full})
	w.must(err)
	old := w.oldKey()
	revoked := w.oldKey()
	_, err = w.keys.Revoke(t.Context(), root, w.w.ID, revoked.ID)
	w.must(err)
	for id, want := range map[string]fault.Code{foreign.Key.ID: fault.NotFound, "ffffffff": fault.NotFound, revoked.ID: fault.AlreadyRevoked} {
		b := w.ask(devicelogin.Asked{Source: "192.0.2.7", Replaces: id})
		wantCode(t, id, w.Approve(t.Context(), w.admin, desk, b.UserCode, devicelogin.Choice{}), want)
	}
	b := w.ask(devicelogin.Asked{Source: "192.0.2.7", Replaces: old.ID})
	w.approve(b, devicelogin.Choice{RevokeOld: true})
	_, err = w.keys.Revoke(t.Context(), root, w.w.ID, old.ID)
	w.must(err)
	w.wantPoll(b, devicelogin.Denied)
	second := w.oldKey()
	b, g := w.rotate(second, true)
	_, err = w.keys.Revoke(t.Context(), root, w.w.ID, second.ID) // somebody is quicker than the proof
	w.must(err)
	w.must(w.Done(t.Context(), b.DeviceCode, w.w.ID, g.Key.ID))
}
