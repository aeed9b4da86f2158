package devicelogin_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/devicelogin"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

func TestAKeyIsHandedOverOnce(t *testing.T) {
	w := newWorld(t)
	b := w.begin()
	if !regexp.MustCompile(`^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$`).MatchString(b.UserCode) || len(b.DeviceCode) != 43 || b.Life != 15*time.Minute || b.Interval != 5*time.Second {
		t.Errorf("begun: %+v", b)
	}
	w.wantPoll(b, devicelogin.Pending)
	l, err := w.Find(t.Context(), w.admin, desk, strings.ToLower(strings.Replace(b.UserCode, "-", " ", 1)))
	if err != nil || l.Client != "unstuck-cli/1" || l.Host != "build-7" || l.Source != "192.0.2.7" || l.KeyName != "unstuck-cli/1 on build-7" || l.Expiry != keys.DefaultExpiry {
		t.Errorf("found: %+v, %v", l, err)
	}
	w.approve(b, devicelogin.Choice{Preset: scope.WriteSignals, KeyName: "ci", Expiry: keys.Expiry30})
	if n := len(w.keyRows()); n != 0 {
		t.Errorf("%d keys before the program asked", n)
	}
	g := w.wantPoll(b, "")
	k := w.keyRows()[0]
	if k.ID != g.Secret.ID() || k.Preset != scope.WriteSignals || k.Name != "ci" || k.Expiry != keys.Expiry30 || k.CreatedBy != "ann@example.com" {
		t.Errorf("the key: %+v", k)
	}
	if e := w.log(); e.Action != activity.KeyCreated || e.Actor != w.admin.Actor() || e.ObjectID != k.ID {
		t.Errorf("the log: %+v", e)
	}
	w.wantPoll(b, devicelogin.InvalidGrant)
	if _, err := w.Poll(t.Context(), "nobody's"); !errors.Is(err, devicelogin.InvalidGrant) {
		t.Errorf("an unknown code: %v", err)
	}
}

func TestWhoAsksTooSoonWaitsLonger(t *testing.T) {
	w := newWorld(t)
	b := w.begin()
	for i, step := range []struct {
		after time.Duration
		want  devicelogin.Refusal
	}{
		{0, devicelogin.Pending},
		{time.Second, devicelogin.SlowDown},     // from now on 10 s
		{5 * time.Second, devicelogin.SlowDown}, // 15 s
		{14 * time.Second, devicelogin.Pending}, // networks hurry
		{15 * time.Second, devicelogin.Pending},
	} {
		w.pass(step.after)
		t.Log("question", i)
		w.wantPoll(b, step.want)
	}
}

func TestWhatIsOverOrDeniedStaysSo(t *testing.T) {
	w := newWorld(t)
	old, denied := w.begin(), w.begin()
	w.must(w.Deny(t.Context(), w.admin, desk, denied.UserCode))
	w.wantPoll(denied, devicelogin.Denied)
	wantCode(t, "approving what was denied", w.Approve(t.Context(), w.admin, desk, denied.UserCode, full), fault.NotFound)
	approved := w.begin()
	w.approve(approved, full)
	w.pass(devicelogin.Life)
	w.wantPoll(old, devicelogin.Expired)
	w.wantPoll(approved, devicelogin.Expired)
	wantCode(t, "approving what is over", w.Approve(t.Context(), w.admin, desk, old.UserCode, full), fault.NotFound)
	if n := len(w.keyRows()); n != 0 {
		t.Errorf("%d keys", n)
	}
	w.pass(time.Hour)
	if n, err := w.Purge(t.Context()); n != 0 || err != nil {
		t.Errorf("purged %d, %v", n, err)
	}
	w.pass(time.Microsecond)
	if n, err := w.Purge(t.Context()); n != 3 || err != nil {
		t.Errorf("purged %d, %v", n, err)
	}
	w.wantPoll(old, devicelogin.InvalidGrant)
}

// TestWhoApprovedMustStillBeAllowedTo: between decision and question much can happen.
func TestWhoApprovedMustStillBeAllowedTo(t *testing.T) {
	for name, loses := range map[string]func(w *world){
		"plan": func(w *world) { w.setPlan(workspaces.Free) },
		"membership": func(w *world) {
			_, err := w.spaces.RemoveMember(w.Context(), root, w.w.ID, w.admin.MemberID)
			w.must(err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.member(w.w.ID, "bob@example.com", workspaces.Admin)
			b := w.begin()
			w.approve(b, full)
			loses(w)
			w.wantPoll(b, devicelogin.Denied)
			w.setPlan(workspaces.Team)
			w.wantPoll(b, devicelogin.Denied) // for good
			if n := len(w.keyRows()); n != 0 {
				t.Errorf("%d keys", n)
			}
		})
	}
}

func TestWhoMayDecide(t *testing.T) {
	w := newWorld(t)
	b := w.begin()
	elsewhere, err := w.spaces.Create(t.Context(), root, "Other", workspaces.Pro, "")
	w.must(err)
	stranger := w.member(elsewhere.ID, "eve@example.com", workspaces.Admin)
	stranger.WorkspaceID = w.w.ID // no member of this one
	people := []login.Person{stranger}
	for _, role := range []workspaces.Role{workspaces.Manager, workspaces.Operator, workspaces.Viewer} {
		people = append(people, w.member(w.w.ID, string(role)+"@example.com", role))
	}
	for _, p := range people {
		p.Role = workspaces.Admin // what a session says does not count
		if err := w.Approve(t.Context(), p, desk, b.UserCode, full); !errors.Is(err, devicelogin.ErrNotAdmin) {
			t.Errorf("%s approved: %v", p.Email, err)
		}
		if err := w.Deny(t.Context(), p, desk, b.UserCode); !errors.Is(err, devicelogin.ErrNotAdmin) {
			t.Errorf("%s denied: %v", p.Email, err)
		}
	}
	w.setPlan(workspaces.Free)
	wantCode(t, "without a plan", w.Approve(t.Context(), w.admin, desk, b.UserCode, full), fault.FeatureNotAllowed)
	w.setPlan(workspaces.Pro)
	w.approve(b, full)
}

func TestAnAdminGrantsNoMoreThanWasAskedFor(t *testing.T) {
	w := newWorld(t)
	want := map[scope.Preset][]scope.Preset{
		scope.ReadOnly: {scope.ReadOnly}, scope.WriteEnrichment: {scope.ReadOnly, scope.WriteEnrichment},
		scope.WriteSignals: {scope.ReadOnly, scope.WriteSignals}, scope.Full: scope.Presets(),
	}
	for _, p := range scope.Presets() {
		if d := cmp.Diff(want[p], devicelogin.Narrower(p)); d != "" {
			t.Errorf("narrower than %s: %s", p, d)
		}
	}
	b := w.ask(devicelogin.Asked{Client: "c", Preset: scope.WriteSignals, Source: "192.0.2.7"})
	for name, c := range map[string]devicelogin.Choice{
		"more": full, "another": {Preset: scope.WriteEnrichment, KeyName: "n", Expiry: keys.Expiry30}, "custom": {Preset: scope.Custom, KeyName: "n", Expiry: keys.Expiry30},
		"no name": {Preset: scope.ReadOnly, Expiry: keys.Expiry30}, "a lifetime of its own": {Preset: scope.ReadOnly, KeyName: "n", Expiry: keys.ExpiryExact},
	} {
		wantCode(t, name, w.Approve(t.Context(), w.admin, desk, b.UserCode, c), fault.ValidationFailed)
	}
	w.wantPoll(b, devicelogin.Pending)
}

func TestWhatMayBeAsked(t *testing.T) {
	w := newWorld(t)
	for name, a := range map[string]devicelogin.Asked{
		"preset": {Preset: scope.Custom}, "lifetime": {Expiry: keys.ExpiryExact}, "name": {KeyName: strings.Repeat("x", 101)}, "key": {Replaces: "../a1b2"},
	} {
		_, err := w.Begin(t.Context(), a)
		wantCode(t, name, err, fault.ValidationFailed)
	}
	b := w.ask(devicelogin.Asked{Client: "\x1b[31mred\u202e" + strings.Repeat("é", 200), Host: " \n", Source: "192.0.2.7"})
	l, err := w.Find(t.Context(), w.admin, desk, b.UserCode)
	if err != nil || strings.ContainsAny(l.Client, "\x1b\u202e") || len([]rune(l.Client)) != 80 || l.Host != "an unnamed machine" || l.Preset != scope.ReadOnly {
		t.Errorf("%+v, %v", l, err)
	}
}

func TestCodesCannotBeGuessed(t *testing.T) {
	w := newWorld(t)
	b := w.begin()
	for i := range 20 {
		_, err := w.Find(t.Context(), w.admin, desk, "BBBB-BBBB")
		wantCode(t, "guess "+string(rune('a'+i)), err, fault.NotFound)
	}
	_, err := w.Find(t.Context(), w.admin, "192.0.2.99", b.UserCode) // the right one, from elsewhere
	wantCode(t, "beyond the limit", err, fault.RateLimited)
	other := w.member(w.w.ID, "bob@example.com", workspaces.Admin)
	if _, err := w.Find(t.Context(), other, desk, b.UserCode); err != nil {
		t.Errorf("another person: %v", err)
	}
	for range 3 { // what cannot be a code costs nothing
		_, err = w.Find(t.Context(), other, desk, "AAAA-AAAA")
		wantCode(t, "no code", err, fault.NotFound)
	}
	w.pass(time.Minute)
	if _, err := w.Find(t.Context(), w.admin, desk, b.UserCode); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}

func TestOneSourceCannotFloodOthers(t *testing.T) {
	w := newWorld(t)
	for range 12 {
		w.ask(devicelogin.Asked{Source: "2001:db8::1"})
	}
	_, err := w.Begin(t.Context(), devicelogin.Asked{Source: "2001:db8::ffff:2"}) // the same network
	wantCode(t, "beyond the limit", err, fault.RateLimited)
	w.ask(devicelogin.Asked{Source: "2001:db8:0:1::1"})
	w.ask(devicelogin.Asked{Source: "192.0.2.1"})
}

func TestParseUserCode(t *testing.T) {
	for typed, want := range map[string]string{
		"BCDF-GHJK": "BCDF-GHJK", "bcdfghjk": "BCDF-GHJK", " bcdf - ghjk ": "BCDF-GHJK",
		"BCDF-GHJ": "", "BCDF-GHJKL": "", "BCDA-GHJK": "", "": "", "BCDF_GHJK": "", "BCDF-GHJ\x00": "",
	} {
		if got, ok := devicelogin.ParseUserCode(typed); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %t", typed, got, ok)
		}
	}
}

// TestAStoreThatFailsMintsNothing: the request stays as it was, and the next question gets the key.
func TestAStoreThatFailsMintsNothing(t *testing.T) {
	w := newWorld(t)
	b := w.begin()
	w.approve(b, full)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := w.Poll(ctx, b.DeviceCode)
	wantCode(t, "cancelled", err, fault.StoreUnavailable)
	w.wantPoll(b, "")
}
