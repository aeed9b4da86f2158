package keys_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// countingStore counts the queries, and fails or waits before them when told to.
type countingStore struct {
	keys.AuthStore
	mu      sync.Mutex
	queries int
	err     error
	before  func()
	change  func(*keys.AuthRow)
}

func (s *countingStore) KeyForAuth(ctx context.Context, id string) (keys.AuthRow, error) {
	s.mu.Lock()
	s.queries++
	err := s.err
	s.mu.Unlock()
	if s.before != nil {
		s.before()
	}
	if err != nil {
		return keys.AuthRow{}, err
	}
	row, err := s.AuthStore.KeyForAuth(ctx, id)
	if s.change != nil {
		s.change(&row)
	}
	return row, err
}

func TestVerifyTellsWhoItIs(t *testing.T) {
	b := newBench(t)
	c := b.create(keys.CreateRequest{Name: "bot", Preset: scope.WriteSignals, Expiry: keys.Expiry30})
	for _, header := range []string{"Bearer ", "bearer ", "BEARER   ", "  Bearer "} {
		p, err := b.verifier.Verify(context.Background(), header+c.Secret.Reveal()+" ", source)
		wantCode(t, header, err, "")
		want := keys.Principal{
			KeyID: c.Key.ID, Name: "bot", WorkspaceID: b.w.ID, Preset: scope.WriteSignals, Permissions: c.Key.Permissions,
			Expiry: keys.Expiry30, ExpiresAt: c.Key.ExpiresAt, Plan: workspaces.Pro, Limits: b.w.Limits, Now: start,
		}
		if p != want {
			t.Errorf("%q: principal = %+v", header, p)
		}
		if p.Actor() != activity.KeyActor(c.Key.ID, "bot") {
			t.Errorf("actor = %+v", p.Actor())
		}
	}
}

func TestVerifyRefusesWithoutQuery(t *testing.T) {
	b := newBench(t)
	counting := &countingStore{AuthStore: b.db}
	v := b.newVerifier(keys.VerifierConfig{Store: counting, FailuresPerMinute: 1})
	text := b.create(keys.CreateRequest{}).Secret.Reveal()
	for header, want := range map[string]fault.Code{
		"":                       fault.MissingAPIKey,
		"Bearer":                 fault.MissingAPIKey,
		"Bearer  ":               fault.MissingAPIKey,
		"Basic dTpw":             fault.MissingAPIKey,
		text:                     fault.MissingAPIKey,
		"Bearer x":               fault.InvalidAPIKey,
		"Bearer " + text[:65]:    fault.InvalidAPIKey,
		"Bearer " + text + "0":   fault.InvalidAPIKey,
		"Bearer " + text + " x":  fault.InvalidAPIKey,
		"Bearer " + vector + "5": fault.InvalidAPIKey,
		"Bearer " + vector[:50] + "00" + vector[52:]: fault.InvalidAPIKey,
	} {
		for range 3 { // more often than the throttle would let pass
			_, err := v.Verify(context.Background(), header, source)
			wantCode(t, header, err, want)
			if err != nil && strings.Contains(err.Error(), text[8:50]) {
				t.Error("the refusal holds the key")
			}
		}
	}
	if counting.queries != 0 {
		t.Errorf("queries = %d, want 0", counting.queries)
	}
}

func TestUnknownAndWrongAreOneRefusal(t *testing.T) {
	b := newBench(t)
	real := b.create(keys.CreateRequest{}).Secret
	_, unknown := b.verify(mustParse(t, vector))
	_, wrong := b.verify(forge(t, real))
	_, malformed := b.verifier.Verify(context.Background(), "Bearer x", source)
	wantCode(t, "unknown id", unknown, fault.InvalidAPIKey)
	for _, err := range []error{wrong, malformed} {
		a, z := fault.From(unknown).Problem("r"), fault.From(err).Problem("r")
		if fmt.Sprint(a) != fmt.Sprint(z) || errors.Unwrap(err) != nil {
			t.Errorf("the refusals differ: %v, %v", a, z)
		}
	}
}

func TestRevokedBeatsExpiredAndOnlyTheHolderLearnsIt(t *testing.T) {
	b := newBench(t)
	ctx := context.Background()
	gone, both := b.create(keys.CreateRequest{ExpiresAt: start.Add(time.Hour)}), b.create(keys.CreateRequest{Expiry: keys.Expiry30})
	if _, err := b.service.Revoke(ctx, ann, b.w.ID, both.Key.ID); err != nil {
		t.Fatal(err)
	}
	_, err := b.verify(both.Secret)
	wantCode(t, "revoked", err, fault.KeyRevoked)
	b.clock.Add(time.Hour - time.Microsecond)
	_, err = b.verify(gone.Secret)
	wantCode(t, "a microsecond before the end", err, "")
	b.clock.Add(time.Microsecond)
	_, err = b.verify(gone.Secret)
	wantCode(t, "at the end", err, fault.KeyExpired)
	b.clock.Add(31 * 24 * time.Hour)
	_, err = b.verify(both.Secret)
	wantCode(t, "revoked and expired", err, fault.KeyRevoked)
	for _, s := range []token.Secret{gone.Secret, both.Secret} {
		_, err := b.verify(forge(t, s))
		wantCode(t, "wrong secret of a dead key", err, fault.InvalidAPIKey)
	}
}

func TestRevocationBindsOnTheNextRequest(t *testing.T) {
	b := newBench(t)
	for i := range 20 {
		c := b.create(keys.CreateRequest{})
		other := b.newVerifier(keys.VerifierConfig{}) // another replica
		for _, v := range []*keys.Verifier{b.verifier, other} {
			_, err := v.Verify(context.Background(), "Bearer "+c.Secret.Reveal(), source)
			wantCode(t, "before", err, "")
		}
		if _, err := b.service.Revoke(context.Background(), ann, b.w.ID, c.Key.ID); err != nil {
			t.Fatal(i, err)
		}
		for _, v := range []*keys.Verifier{b.verifier, other} {
			_, err := v.Verify(context.Background(), "Bearer "+c.Secret.Reveal(), source)
			wantCode(t, "after", err, fault.KeyRevoked)
		}
	}
}

func TestNegativeCache(t *testing.T) {
	b := newBench(t)
	counting := &countingStore{AuthStore: b.db}
	v := b.newVerifier(keys.VerifierConfig{Store: counting})
	real := b.create(keys.CreateRequest{}).Secret
	check := func(what string, s token.Secret, want fault.Code, queries int) {
		t.Helper()
		counting.queries = 0
		_, err := v.Verify(context.Background(), "Bearer "+s.Reveal(), source)
		wantCode(t, what, err, want)
		if counting.queries != queries {
			t.Errorf("%s: %d queries, want %d", what, counting.queries, queries)
		}
	}
	unknown, wrong := mustParse(t, vector), forge(t, real)
	check("unknown", unknown, fault.InvalidAPIKey, 1)
	check("unknown again", unknown, fault.InvalidAPIKey, 0)
	check("wrong", wrong, fault.InvalidAPIKey, 1)
	check("wrong again", wrong, fault.InvalidAPIKey, 0)
	check("the real key of that id", real, "", 1)
	check("the real key again", real, "", 1)
	b.clock.Add(time.Minute - time.Nanosecond)
	check("unknown within the minute", unknown, fault.InvalidAPIKey, 0)
	b.clock.Add(time.Nanosecond)
	check("unknown after it", unknown, fault.InvalidAPIKey, 1)
}

func TestNothingButUnknownKeysIsRemembered(t *testing.T) {
	b := newBench(t)
	counting := &countingStore{AuthStore: b.db}
	v := b.newVerifier(keys.VerifierConfig{Store: counting})
	c := b.create(keys.CreateRequest{ExpiresAt: start.Add(time.Hour)})
	verify := func() error {
		_, err := v.Verify(context.Background(), "Bearer "+c.Secret.Reveal(), source)
		return err
	}
	for _, broken := range []error{errors.New("driver"), fault.Wrap(fault.StoreUnavailable, errors.New("cut")), context.DeadlineExceeded, fault.New(fault.Conflict, "")} {
		counting.err = fmt.Errorf("read key: %w", broken)
		err := verify()
		wantCode(t, "while the store fails", err, fault.StoreUnavailable)
		if fault.From(err).RetrySeconds() < 1 {
			t.Error("no Retry-After")
		}
		counting.err = nil
		wantCode(t, "once it is back", verify(), "")
	}
	counting.change = func(row *keys.AuthRow) { row.Key.RevokedAt = start }
	wantCode(t, "revoked", verify(), fault.KeyRevoked)
	counting.change = func(row *keys.AuthRow) { row.Now = start.Add(2 * time.Hour) }
	wantCode(t, "expired", verify(), fault.KeyExpired)
	counting.change = func(row *keys.AuthRow) { row.Key.Permissions = scope.Of(scope.SettingsWrite) }
	wantCode(t, "tampered", verify(), fault.StoreUnavailable)
	counting.change = nil
	wantCode(t, "at last", verify(), "")
}

func TestTamperingIsAnAlarm(t *testing.T) {
	b := newBench(t)
	counting := &countingStore{AuthStore: b.db}
	v := b.newVerifier(keys.VerifierConfig{Store: counting})
	s := b.create(keys.CreateRequest{}).Secret
	for name, c := range map[string]struct {
		change func(*keys.AuthRow)
		cause  error
	}{
		"more permissions": {func(r *keys.AuthRow) { r.Key.Permissions, _ = scope.Full.Set() }, keys.ErrRowTag},
		"no expiry":        {func(r *keys.AuthRow) { r.Key.ExpiresAt = time.Time{} }, keys.ErrRowTag},
		"spend limit":      {func(r *keys.AuthRow) { r.Key.SpendLimit = new(int64) }, keys.ErrRowTag},
		"other workspace":  {func(r *keys.AuthRow) { r.Key.WorkspaceID = "w" }, keys.ErrRowTag},
		"unknown pepper":   {func(r *keys.AuthRow) { r.Key.MACKID = 9 }, keys.ErrUnknownPepper},
	} {
		counting.change = c.change
		_, err := v.Verify(context.Background(), "Bearer "+s.Reveal(), source)
		wantCode(t, name, err, fault.StoreUnavailable)
		if !errors.Is(err, c.cause) || strings.Contains(err.Error(), s.ID()) {
			t.Errorf("%s: %v with cause %v", name, err, errors.Unwrap(err))
		}
	}
}

func TestThrottle(t *testing.T) {
	b := newBench(t)
	v := b.newVerifier(keys.VerifierConfig{FailuresPerMinute: 3})
	c := b.create(keys.CreateRequest{})
	dead := b.create(keys.CreateRequest{})
	if _, err := b.service.Revoke(context.Background(), ann, b.w.ID, dead.Key.ID); err != nil {
		t.Fatal(err)
	}
	check := func(what string, s token.Secret, from string, want fault.Code) *fault.Error {
		t.Helper()
		_, err := v.Verify(context.Background(), "Bearer "+s.Reveal(), netip.MustParseAddr(from))
		wantCode(t, what, err, want)
		return fault.From(err)
	}
	bad, wrong := mustParse(t, vector), forge(t, c.Secret)
	for range 5 {
		check("revoked keys do not count", dead.Secret, "192.0.2.1", fault.KeyRevoked)
	}
	check("first", bad, "192.0.2.1", fault.InvalidAPIKey)
	check("second", wrong, "192.0.2.1", fault.InvalidAPIKey)
	check("third, from the address in IPv6", bad, "::ffff:192.0.2.1", fault.InvalidAPIKey)
	refused := check("fourth", wrong, "192.0.2.1", fault.AuthThrottled)
	if refused.RetryAfter != 20*time.Second {
		t.Errorf("RetryAfter = %v, want 20 s", refused.RetryAfter)
	}
	check("a valid key", c.Secret, "192.0.2.1", "")
	check("a revoked key", dead.Secret, "192.0.2.1", fault.KeyRevoked)
	check("another source", bad, "192.0.2.2", fault.InvalidAPIKey)
	b.clock.Add(20*time.Second - time.Nanosecond)
	check("just too early", bad, "192.0.2.1", fault.AuthThrottled)
	b.clock.Add(time.Nanosecond)
	check("one won back", bad, "192.0.2.1", fault.InvalidAPIKey)
	check("but one", bad, "192.0.2.1", fault.AuthThrottled)
	for i := range 3 {
		check("one /64", bad, fmt.Sprintf("2001:db8:0:1::%d", i+1), fault.InvalidAPIKey)
	}
	check("one /64 used up", bad, "2001:db8:0:1:ffff::1", fault.AuthThrottled)
	check("the next /64", bad, "2001:db8:0:2::1", fault.InvalidAPIKey)
}

func TestThrottleOff(t *testing.T) {
	b := newBench(t)
	for range 100 {
		_, err := b.verifier.Verify(context.Background(), "Bearer "+vector, netip.Addr{})
		wantCode(t, "off", err, fault.InvalidAPIKey)
	}
}

func TestTooManyChecksAtOnce(t *testing.T) {
	b := newBench(t)
	inside, leave := make(chan struct{}), make(chan struct{})
	slow := &countingStore{AuthStore: b.db, before: func() { inside <- struct{}{}; <-leave }}
	v := b.newVerifier(keys.VerifierConfig{Store: slow, MaxConcurrent: 1})
	s := b.create(keys.CreateRequest{}).Secret
	done := make(chan error)
	verify := func() error {
		_, err := v.Verify(context.Background(), "Bearer "+s.Reveal(), source)
		return err
	}
	go func() { done <- verify() }()
	<-inside
	wantCode(t, "the second", verify(), fault.StoreUnavailable)
	close(leave)
	wantCode(t, "the first", <-done, "")
	go func() { done <- verify() }()
	<-inside
	wantCode(t, "the third, when the first is gone", <-done, "")
}

func TestPepperRotationResealsOnUse(t *testing.T) {
	b := newBench(t)
	ctx := context.Background()
	c := b.create(keys.CreateRequest{})
	both := mustRing(t, pepper(2), pepper(1))
	used := keys.NewLastUsed(b.db, 0, nil)
	v := b.newVerifier(keys.VerifierConfig{Ring: both, Touch: used.Note})
	header := "Bearer " + c.Secret.Reveal()
	for range 2 {
		_, err := v.Verify(ctx, header, source)
		wantCode(t, "under the old pepper", err, "")
	}
	if err := used.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	k, _, err := b.service.Get(ctx, b.w.ID, c.Key.ID)
	if err != nil || k.MACKID != 2 || k.MAC == c.Key.MAC || k.RowTag == c.Key.RowTag {
		t.Fatalf("after the flush: pepper %d, %v", k.MACKID, err)
	}
	onlyNew := b.newVerifier(keys.VerifierConfig{Ring: mustRing(t, pepper(2))})
	_, err = onlyNew.Verify(ctx, header, source)
	wantCode(t, "under the new pepper alone", err, "")
	_, err = b.verify(c.Secret)
	wantCode(t, "a process without the new pepper", err, fault.StoreUnavailable)
}

func TestGates(t *testing.T) {
	read := keys.Principal{Permissions: scope.Of(scope.RecordsRead), Plan: workspaces.Pro}
	for _, c := range []struct {
		need  scope.Permission
		want  fault.Code
		scope string
	}{
		{scope.RecordsRead, "", ""}, {scope.AnyKey, "", ""},
		{scope.SignalsWrite, fault.InsufficientScope, "signals:write"}, {"", fault.InsufficientScope, ""}, {"keys:write", fault.InsufficientScope, "keys:write"},
	} {
		err := keys.Require(read, c.need)
		wantCode(t, string(c.need), err, c.want)
		if err != nil && fault.From(err).RequiredScope != c.scope {
			t.Errorf("%s: RequiredScope = %q", c.need, fault.From(err).RequiredScope)
		}
	}
	for plan, want := range map[workspaces.Plan]fault.Code{workspaces.Free: fault.FeatureNotAllowed, "": fault.FeatureNotAllowed, workspaces.Pro: "", workspaces.Team: ""} {
		wantCode(t, string(plan), keys.PlanGate(keys.Principal{Plan: plan}), want)
	}
}

func TestState(t *testing.T) {
	past, future := start.Add(-1), start.Add(1)
	for _, c := range []struct {
		name string
		key  keys.Key
		plan workspaces.Plan
		want fault.Code
	}{
		{"live", keys.Key{ExpiresAt: future}, workspaces.Team, ""},
		{"never expires", keys.Key{}, workspaces.Pro, ""},
		{"expired", keys.Key{ExpiresAt: start}, workspaces.Pro, fault.KeyExpired},
		{"revoked", keys.Key{RevokedAt: past}, workspaces.Pro, fault.KeyRevoked},
		{"all three", keys.Key{RevokedAt: past, ExpiresAt: past}, workspaces.Free, fault.KeyRevoked},
		{"expired on Free", keys.Key{ExpiresAt: past}, workspaces.Free, fault.KeyExpired},
		{"Free", keys.Key{}, workspaces.Free, fault.FeatureNotAllowed},
	} {
		wantCode(t, c.name, keys.State(keys.AuthRow{Key: c.key, Plan: c.plan, Now: start}), c.want)
	}
}

func TestPlanLossAndReturn(t *testing.T) {
	b := newBench(t)
	s := b.create(keys.CreateRequest{}).Secret
	for _, c := range []struct {
		plan workspaces.Plan
		want fault.Code
	}{{workspaces.Free, fault.FeatureNotAllowed}, {workspaces.Team, ""}} {
		b.setPlan(c.plan)
		p, err := b.verify(s)
		wantCode(t, "verify on "+string(c.plan), err, "")
		wantCode(t, "plan gate on "+string(c.plan), keys.PlanGate(p), c.want)
	}
}

func BenchmarkVerify(b *testing.B) {
	ring := mustRing(b, pepper(1))
	db := openStore(b, b.TempDir(), &clock{now: start})
	ctx := context.Background()
	now := func(context.Context) (time.Time, error) { return start, nil }
	w, err := workspaces.NewService(db, now).Create(ctx, root, "Acme", workspaces.Pro, "")
	if err != nil {
		b.Fatal(err)
	}
	s := keys.NewService(keys.ServiceConfig{Store: db, Workspaces: db, Ring: ring, Now: now})
	c, err := s.Create(ctx, ann, keys.CreateRequest{WorkspaceID: w.ID, Name: "bot", Preset: scope.Full})
	if err != nil {
		b.Fatal(err)
	}
	v := keys.NewVerifier(keys.VerifierConfig{Store: db, Ring: ring, FailuresPerMinute: 20, Touch: keys.NewLastUsed(db, 0, nil).Note})
	header := "Bearer " + c.Secret.Reveal()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(ctx, header, source); err != nil {
			b.Fatal(err)
		}
	}
}
