package storetest

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/devicelogin"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

var deviceLoginCases = []Case{
	{"a request comes back as it went in, by either code", deviceRoundTrip},
	{"a taken user code is a conflict and an unknown request not found", deviceConflicts},
	{"a change that fails leaves nothing, nor what was done along with it", deviceRollback},
	{"open requests are counted and ended ones purged", devicePurge},
	{"of 16 questions at once exactly one gets the key", devicePollRace},
	{"of two decisions at once exactly one counts", deviceDecideRace},
}

func newDeviceLogin(code string) devicelogin.Login {
	return devicelogin.Login{
		CodeHash: devicelogin.Hash(code), UserCode: code, Client: "unstuck-cli/1", Host: "build-7", Source: "192.0.2.7", Preset: scope.WriteSignals,
		KeyName: "ci", Expiry: keys.Expiry90, State: devicelogin.Open, CreatedAt: Epoch, ExpiresAt: Epoch.Add(devicelogin.Life), Interval: 5 * time.Second,
	}
}

func deviceRoundTrip(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	want := newDeviceLogin("BBBB-BBBB")
	wantCode(t, "insert", db.InsertDeviceLogin(ctx, want), "")
	same := func(when string) {
		t.Helper()
		byHash, err := db.DeviceLogin(ctx, want.CodeHash)
		wantCode(t, when, err, "")
		byCode, err := db.DeviceLoginByCode(ctx, want.UserCode)
		wantCode(t, when, err, "")
		if d := cmp.Diff(want, byHash) + cmp.Diff(want, byCode); d != "" {
			t.Errorf("%s it differs (-in +out):\n%s", when, d)
		}
	}
	same("at first")
	want.Preset, want.KeyName, want.Expiry, want.RevokeOld = scope.ReadOnly, "other", keys.ExpiryNever, true
	want.State, want.ExpiresAt, want.Interval, want.PolledAt = devicelogin.Used, Epoch.Add(time.Hour), 10*time.Second, Epoch.Add(time.Microsecond)
	want.WorkspaceID, want.MemberID, want.DecidedAt, want.KeyID = w.ID, "m", Epoch.Add(time.Second), "0000000a"
	wantCode(t, "change", db.ChangeDeviceLogin(ctx, want.CodeHash, func(_ context.Context, l *devicelogin.Login) error { *l = want; return nil }), "")
	same("changed")
}

func deviceConflicts(t *testing.T, db *store.DB) {
	ctx := context.Background()
	a := newDeviceLogin("BBBB-BBBB")
	wantCode(t, "insert", db.InsertDeviceLogin(ctx, a), "")
	a.CodeHash = devicelogin.Hash("other")
	wantCode(t, "same user code", db.InsertDeviceLogin(ctx, a), fault.Conflict)
	_, err := db.DeviceLogin(ctx, a.CodeHash)
	wantCode(t, "unknown hash", err, fault.NotFound)
	_, err = db.DeviceLoginByCode(ctx, "CCCC-CCCC")
	wantCode(t, "unknown code", err, fault.NotFound)
	err = db.ChangeDeviceLogin(ctx, a.CodeHash, func(context.Context, *devicelogin.Login) error { t.Error("called"); return nil })
	wantCode(t, "change of an unknown one", err, fault.NotFound)
}

func deviceRollback(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	l := newDeviceLogin("BBBB-BBBB")
	wantCode(t, "insert", db.InsertDeviceLogin(ctx, l), "")
	stop := errors.New("stop")
	err := db.ChangeDeviceLogin(ctx, l.CodeHash, func(ctx context.Context, l *devicelogin.Login) error {
		l.State = devicelogin.Used
		return errors.Join(db.InsertKey(ctx, newKey(w.ID, "0000000a"), entry(w.ID, activity.KeyCreated, "0000000a")), stop)
	})
	if !errors.Is(err, stop) {
		t.Fatalf("error = %v", err)
	}
	_, err = db.GetKey(ctx, w.ID, "0000000a")
	wantCode(t, "the key", err, fault.NotFound)
	if got, _ := db.DeviceLogin(ctx, l.CodeHash); got.State != devicelogin.Open {
		t.Errorf("state = %s", got.State)
	}
}

func devicePurge(t *testing.T, db *store.DB) {
	ctx := context.Background()
	for i, code := range []string{"BBBB-BBBB", "CCCC-CCCC", "DDDD-DDDD", "FFFF-FFFF"} {
		l := newDeviceLogin(code)
		l.ExpiresAt = Epoch.Add(time.Duration(i) * time.Minute)
		wantCode(t, "insert", db.InsertDeviceLogin(ctx, l), "")
	}
	refuse := func(_ context.Context, l *devicelogin.Login) error { l.State = devicelogin.Refused; return nil }
	wantCode(t, "refuse", db.ChangeDeviceLogin(ctx, devicelogin.Hash("FFFF-FFFF"), refuse), "")
	count := func(at time.Time, want int) {
		t.Helper()
		if n, err := db.CountDeviceLogins(ctx, at); err != nil || n != want {
			t.Errorf("open at %v = %d, %v; want %d", at, n, err, want)
		}
	}
	count(Epoch, 2) // the first has just ended, the last is decided
	n, err := db.PurgeDeviceLogins(ctx, Epoch.Add(time.Minute))
	if err != nil || n != 1 {
		t.Errorf("purged %d, %v", n, err)
	}
	count(Epoch.Add(-time.Minute), 2)
}

// deviceWorld is a service over the store with an admin and a request that was begun.
func deviceWorld(t *testing.T, db *store.DB) (*devicelogin.Service, login.Person, devicelogin.Begun) {
	t.Helper()
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	m := workspaces.Member{ID: uuid.NewString(), WorkspaceID: w.ID, Email: "ann@example.com", Role: workspaces.Admin, CreatedAt: Epoch}
	wantCode(t, "member", db.InsertMember(ctx, m, entry(w.ID, activity.MemberAdded, m.ID)), "")
	ring, err := keys.NewKeyring(keys.Pepper{KID: 1, Secret: bytes.Repeat([]byte{7}, keys.MinPepper)})
	wantCode(t, "ring", err, "")
	now := func(ctx context.Context) (time.Time, error) {
		us, err := db.Now(ctx)
		return time.UnixMicro(us), err
	}
	s := devicelogin.New(devicelogin.Config{
		Store: db, Workspaces: db, Now: now, Keys: keys.NewService(keys.ServiceConfig{Store: db, Workspaces: db, Ring: ring, Now: now}),
		Take: func(ctx context.Context, name string, perMinute, burst int) (time.Duration, error) {
			d, err := db.Take(ctx, name, perMinute, burst)
			return d.RetryAfter, err
		},
	})
	b, err := s.Begin(ctx, devicelogin.Asked{Client: "c", Host: "h", Source: "192.0.2.7"})
	wantCode(t, "begin", err, "")
	return s, login.Person{MemberID: m.ID, WorkspaceID: w.ID, Email: m.Email, Role: m.Role}, b
}

var readOnlyChoice = devicelogin.Choice{Preset: scope.ReadOnly, KeyName: "n", Expiry: keys.Expiry30}

func devicePollRace(t *testing.T, db *store.DB) {
	ctx := context.Background()
	s, p, b := deviceWorld(t, db)
	wantCode(t, "approve", s.Approve(ctx, p, "192.0.2.8", b.UserCode, readOnlyChoice), "")
	before := countActivity(t, db, p.WorkspaceID)
	errs := make([]error, 16)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { _, errs[i] = s.Poll(ctx, b.DeviceCode) })
	}
	wg.Wait()
	got := 0
	for _, err := range errs {
		if err == nil {
			got++
		} else if !errors.Is(err, devicelogin.InvalidGrant) {
			t.Errorf("a late question: %v", err)
		}
	}
	list, err := db.ListKeys(ctx, p.WorkspaceID)
	if got != 1 || len(list) != 1 || err != nil || countActivity(t, db, p.WorkspaceID) != before+1 {
		t.Errorf("%d got a key, %d keys are there, %v", got, len(list), err)
	}
}

func deviceDecideRace(t *testing.T, db *store.DB) {
	ctx := context.Background()
	s, p, b := deviceWorld(t, db)
	var approved, denied error
	var wg sync.WaitGroup
	wg.Go(func() { approved = s.Approve(ctx, p, "192.0.2.8", b.UserCode, readOnlyChoice) })
	wg.Go(func() { denied = s.Deny(ctx, p, "192.0.2.8", b.UserCode) })
	wg.Wait()
	l, err := db.DeviceLoginByCode(ctx, b.UserCode)
	wantCode(t, "read", err, "")
	if (approved == nil) == (denied == nil) || (approved == nil) != (l.State == devicelogin.Approved) {
		t.Errorf("approved: %v, denied: %v, state %s", approved, denied, l.State)
	}
}
