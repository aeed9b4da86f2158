package keys_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

func TestCreateKeepsWhatWasAsked(t *testing.T) {
	b := newBench(t)
	c := b.create(keys.CreateRequest{Name: "Zoë's 🤖 bot", Preset: scope.WriteEnrichment})
	set, _ := scope.WriteEnrichment.Set()
	want := keys.Key{
		ID: c.Secret.ID(), WorkspaceID: b.w.ID, Name: "Zoë's 🤖 bot", Preset: scope.WriteEnrichment, Permissions: set,
		CreatedAt: start, CreatedBy: "ann@example.com", Expiry: keys.Expiry365, ExpiresAt: start.AddDate(0, 0, 365),
		MAC: c.Key.MAC, MACKID: 1, RowTag: c.Key.RowTag,
	}
	got, now, err := b.service.Get(context.Background(), b.w.ID, c.Key.ID)
	if d := cmp.Diff(want, got); d != "" || err != nil || !now.Equal(start) {
		t.Errorf("%v; the stored key differs (-want +got):\n%s", err, d)
	}
	e := b.log()[0]
	if e.Action != activity.KeyCreated || e.Actor != ann || e.ObjectID != c.Key.ID || !e.At.Equal(start) || e.Detail["name"] != want.Name || e.Detail["preset"] != "write_enrichment" {
		t.Errorf("entry = %+v", e)
	}
}

func TestExpiryChoices(t *testing.T) {
	b := newBench(t)
	exact := start.Add(90 * time.Minute).In(time.FixedZone("", 3600))
	for _, c := range []struct {
		name   string
		expiry keys.Expiry
		at     time.Time
		choice keys.Expiry
		want   time.Time
	}{
		{"default", "", time.Time{}, keys.Expiry365, start.Add(365 * 24 * time.Hour)},
		{"never", keys.ExpiryNever, time.Time{}, keys.ExpiryNever, time.Time{}},
		{"30 over the end of February", keys.Expiry30, time.Time{}, keys.Expiry30, time.Date(2027, 3, 29, 23, 59, 58, 123456000, time.UTC)},
		{"90", keys.Expiry90, time.Time{}, keys.Expiry90, start.Add(90 * 24 * time.Hour)},
		{"exact", keys.ExpiryExact, exact, keys.ExpiryExact, exact},
		{"exact unsaid", "", exact, keys.ExpiryExact, exact},
	} {
		k := b.create(keys.CreateRequest{Expiry: c.expiry, ExpiresAt: c.at}).Key
		if k.Expiry != c.choice || !k.ExpiresAt.Equal(c.want) {
			t.Errorf("%s: %s until %v, want %s until %v", c.name, k.Expiry, k.ExpiresAt, c.choice, c.want)
		}
	}
}

func TestPermissionsOneByOneStayCustom(t *testing.T) {
	b := newBench(t)
	k := b.create(keys.CreateRequest{Permissions: []string{"subscribers:read", "records:read"}}).Key
	if want, _ := scope.ReadOnly.Set(); k.Preset != scope.Custom || k.Permissions != want {
		t.Errorf("preset %s, permissions %s", k.Preset, k.Permissions)
	}
}

func TestCreateRefuses(t *testing.T) {
	b := newBench(t)
	read := scope.ReadOnly
	for name, c := range map[string]struct {
		r     keys.CreateRequest
		field string
	}{
		"no name":               {keys.CreateRequest{Preset: read}, "name"},
		"spaces":                {keys.CreateRequest{Name: " \u00a0\u2003", Preset: read}, "name"},
		"101 characters":        {keys.CreateRequest{Name: strings.Repeat("ä", 101), Preset: read}, "name"},
		"line break":            {keys.CreateRequest{Name: "a\nb", Preset: read}, "name"},
		"right to left":         {keys.CreateRequest{Name: "a\u202eb", Preset: read}, "name"},
		"bad UTF-8":             {keys.CreateRequest{Name: "a\xff", Preset: read}, "name"},
		"neither":               {keys.CreateRequest{Name: "n"}, "preset"},
		"both":                  {keys.CreateRequest{Name: "n", Preset: read, Permissions: []string{"records:read"}}, "permissions"},
		"custom by name":        {keys.CreateRequest{Name: "n", Preset: scope.Custom}, "preset"},
		"unknown preset":        {keys.CreateRequest{Name: "n", Preset: "admin"}, "preset"},
		"empty permissions":     {keys.CreateRequest{Name: "n", Permissions: []string{}}, "permissions"},
		"unknown permission":    {keys.CreateRequest{Name: "n", Permissions: []string{"keys:write"}}, "permissions"},
		"any is no permission":  {keys.CreateRequest{Name: "n", Permissions: []string{"any"}}, "permissions"},
		"permission twice":      {keys.CreateRequest{Name: "n", Permissions: []string{"records:read", "records:read"}}, "permissions"},
		"another lifetime":      {keys.CreateRequest{Name: "n", Preset: read, Expiry: "31"}, "expires"},
		"exact without a time":  {keys.CreateRequest{Name: "n", Preset: read, Expiry: keys.ExpiryExact}, "expires_at"},
		"exact now":             {keys.CreateRequest{Name: "n", Preset: read, ExpiresAt: start}, "expires_at"},
		"within a microsecond":  {keys.CreateRequest{Name: "n", Preset: read, ExpiresAt: start.Add(999)}, "expires_at"},
		"beyond year 9999":      {keys.CreateRequest{Name: "n", Preset: read, ExpiresAt: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, "expires_at"},
		"lifetime and time":     {keys.CreateRequest{Name: "n", Preset: read, Expiry: keys.Expiry30, ExpiresAt: start.Add(time.Hour)}, "expires_at"},
		"by somebody unknown":   {keys.CreateRequest{Name: "n", Preset: read, By: "eve@example.com"}, "by"},
		"by something no email": {keys.CreateRequest{Name: "n", Preset: read, By: "eve"}, "by"},
	} {
		c.r.WorkspaceID = b.w.ID
		_, err := b.service.Create(context.Background(), ann, c.r)
		wantCode(t, name, err, fault.ValidationFailed)
		if f := fault.From(err).Fields; len(f) != 1 || f[0].Path != c.field {
			t.Errorf("%s: fields = %+v, want %q", name, f, c.field)
		}
	}
	_, err := b.service.Create(context.Background(), ann, keys.CreateRequest{WorkspaceID: b.w.ID, Expiry: "1"})
	if f := fault.From(err).Fields; len(f) != 3 {
		t.Errorf("all that is wrong is told at once: %+v", f)
	}
	_, err = b.service.Create(context.Background(), ann, keys.CreateRequest{WorkspaceID: "nowhere", Name: "n", Preset: read})
	wantCode(t, "unknown workspace", err, fault.NotFound)
	if list, _, _ := b.service.List(context.Background(), b.w.ID); len(list) != 0 {
		t.Errorf("keys = %d, want 0", len(list))
	}
}

func TestCreateInTheNameOfAMember(t *testing.T) {
	b := newBench(t)
	if _, _, err := b.spaces.AddMember(context.Background(), root, b.w.ID, "Bob@Example.com", workspaces.Admin, ""); err != nil {
		t.Fatal(err)
	}
	c, err := b.service.Create(context.Background(), root, keys.CreateRequest{WorkspaceID: b.w.Slug, Name: "n", Preset: scope.Full, By: "BOB@example.com"})
	if err != nil || c.Key.CreatedBy != "bob@example.com" || c.Key.WorkspaceID != b.w.ID || b.log()[0].Actor != root {
		t.Errorf("created by %q in %q, %v; entry %+v", c.Key.CreatedBy, c.Key.WorkspaceID, err, b.log()[0])
	}
}

func TestNoKeyManagesKeys(t *testing.T) {
	b := newBench(t)
	ctx := context.Background()
	full := b.create(keys.CreateRequest{Preset: scope.Full})
	for _, actor := range []activity.Actor{activity.KeyActor(full.Key.ID, "agent"), {}} {
		_, err := b.service.Create(ctx, actor, keys.CreateRequest{WorkspaceID: b.w.ID, Name: "n", Preset: scope.ReadOnly})
		wantCode(t, "create", err, fault.InsufficientScope)
		_, err = b.service.Rotate(ctx, actor, b.w.ID, full.Key.ID)
		wantCode(t, "rotate", err, fault.InsufficientScope)
		_, err = b.service.Revoke(ctx, actor, b.w.ID, full.Key.ID)
		wantCode(t, "revoke", err, fault.InsufficientScope)
	}
	if _, err := b.verify(full.Secret); err != nil {
		t.Errorf("the key no longer works: %v", err)
	}
}

func TestPlanGateOnManagement(t *testing.T) {
	b := newBench(t)
	ctx := context.Background()
	c := b.create(keys.CreateRequest{})
	b.setPlan(workspaces.Free)
	_, err := b.service.Create(ctx, ann, keys.CreateRequest{WorkspaceID: b.w.ID, Name: "n", Preset: scope.ReadOnly})
	wantCode(t, "create", err, fault.FeatureNotAllowed)
	_, err = b.service.Rotate(ctx, ann, b.w.ID, c.Key.ID)
	wantCode(t, "rotate", err, fault.FeatureNotAllowed)
	_, err = b.service.Revoke(ctx, ann, b.w.ID, c.Key.ID)
	wantCode(t, "revoke", err, "")
}

// clashing gives the same public id a few times before it gives another.
type clashing struct {
	id    []byte
	times int
}

func (c *clashing) Read(p []byte) (int, error) {
	n, err := rand.Read(p)
	if c.times > 0 {
		copy(p[32:], c.id)
		c.times--
	}
	return n, err
}

func TestTakenIDIsDrawnAgain(t *testing.T) {
	b := newBench(t)
	source := &clashing{id: []byte{1, 2, 3, 4}, times: 4}
	s := keys.NewService(keys.ServiceConfig{Store: b.db, Workspaces: b.db, Ring: b.ring, Rand: source, Now: b.now})
	r := keys.CreateRequest{WorkspaceID: b.w.ID, Name: "n", Preset: scope.ReadOnly}
	first, err := s.Create(context.Background(), ann, r)
	wantCode(t, "first", err, "")
	second, err := s.Create(context.Background(), ann, r)
	wantCode(t, "second", err, "")
	if first.Key.ID != "01020304" || second.Key.ID == first.Key.ID || second.Key.ID != second.Secret.ID() || source.times != 0 {
		t.Errorf("ids %s and %s, %d clashes left", first.Key.ID, second.Key.ID, source.times)
	}
	for _, c := range []keys.Created{first, second} {
		_, err := b.verify(c.Secret)
		wantCode(t, c.Key.ID, err, "")
	}
	source.times = 1000
	_, err = s.Create(context.Background(), ann, r)
	wantCode(t, "nothing but clashes", err, fault.Conflict)
	s = keys.NewService(keys.ServiceConfig{Store: b.db, Workspaces: b.db, Ring: b.ring, Rand: io.LimitReader(rand.Reader, 10), Now: b.now})
	_, err = s.Create(context.Background(), ann, r)
	wantCode(t, "no randomness", err, fault.Internal)
}

func TestRevokeTwice(t *testing.T) {
	b := newBench(t)
	ctx, c := context.Background(), b.create(keys.CreateRequest{Name: "bot"})
	b.clock.Add(time.Hour)
	k, err := b.service.Revoke(ctx, root, b.w.ID, c.Key.ID)
	if err != nil || !k.RevokedAt.Equal(start.Add(time.Hour)) || k.RevokedBy != "operator:root" {
		t.Errorf("revoked at %v by %q, %v", k.RevokedAt, k.RevokedBy, err)
	}
	if e := b.log()[0]; e.Action != activity.KeyRevoked || e.Actor != root || e.ObjectID != c.Key.ID || e.Detail["name"] != "bot" {
		t.Errorf("entry = %+v", e)
	}
	rows := len(b.log())
	_, err = b.service.Revoke(ctx, ann, b.w.ID, c.Key.ID)
	wantCode(t, "again", err, fault.AlreadyRevoked)
	_, err = b.service.Revoke(ctx, ann, b.w.ID, "ffffffff")
	wantCode(t, "unknown", err, fault.NotFound)
	_, err = b.service.Revoke(ctx, ann, "another", c.Key.ID)
	wantCode(t, "another workspace", err, fault.NotFound)
	if len(b.log()) != rows {
		t.Error("a refused revocation was logged")
	}
}

func TestOfManyRevocationsOneWins(t *testing.T) {
	b := newBench(t)
	c := b.create(keys.CreateRequest{})
	var wg sync.WaitGroup
	won := make(chan bool, 8)
	for range 8 {
		wg.Go(func() {
			_, err := b.service.Revoke(context.Background(), ann, b.w.ID, c.Key.ID)
			if code := fault.CodeOf(err); code != "" && code != fault.AlreadyRevoked {
				t.Errorf("revoke: %v", err)
			}
			if err == nil {
				won <- true
			}
		})
	}
	wg.Wait()
	if len(won) != 1 {
		t.Errorf("%d revocations won", len(won))
	}
}

func TestRotate(t *testing.T) {
	b := newBench(t)
	ctx := context.Background()
	old := b.create(keys.CreateRequest{Name: "bot", Permissions: []string{"records:read", "signals:write"}, Expiry: keys.Expiry90})
	b.clock.Add(24 * time.Hour)
	c, err := b.service.Rotate(ctx, root, b.w.ID, old.Key.ID)
	wantCode(t, "rotate", err, "")
	now := start.Add(24 * time.Hour)
	want := keys.Key{
		ID: c.Secret.ID(), WorkspaceID: b.w.ID, Name: "bot", Preset: scope.Custom, Permissions: old.Key.Permissions, CreatedAt: now,
		CreatedBy: "operator:root", Expiry: keys.Expiry90, ExpiresAt: now.AddDate(0, 0, 90), Replaces: old.Key.ID, MAC: c.Key.MAC, MACKID: 1, RowTag: c.Key.RowTag,
	}
	if d := cmp.Diff(want, c.Key); d != "" || c.Key.ID == old.Key.ID {
		t.Errorf("the new key differs (-want +got):\n%s", d)
	}
	if e := b.log()[0]; e.Action != activity.KeyRotated || e.ObjectID != c.Key.ID || e.Detail["replaces"] != old.Key.ID {
		t.Errorf("entry = %+v", e)
	}
	for _, s := range []token.Secret{old.Secret, c.Secret} {
		_, err := b.verify(s)
		wantCode(t, "both work", err, "")
	}
	_, err = b.service.Revoke(ctx, ann, b.w.ID, old.Key.ID)
	wantCode(t, "revoke the old", err, "")
	_, err = b.verify(old.Secret)
	wantCode(t, "the old", err, fault.KeyRevoked)
	_, err = b.verify(c.Secret)
	wantCode(t, "the new", err, "")
	_, err = b.service.Rotate(ctx, ann, b.w.ID, old.Key.ID)
	wantCode(t, "rotate a revoked key", err, fault.AlreadyRevoked)
	_, err = b.service.Rotate(ctx, ann, b.w.ID, "ffffffff")
	wantCode(t, "rotate an unknown key", err, fault.NotFound)
}

func TestRotateExactExpiry(t *testing.T) {
	b := newBench(t)
	old := b.create(keys.CreateRequest{ExpiresAt: start.Add(time.Hour)})
	rotate := func(want time.Time) {
		t.Helper()
		c, err := b.service.Rotate(context.Background(), ann, b.w.ID, old.Key.ID)
		if err != nil || c.Key.Expiry != keys.ExpiryExact || !c.Key.ExpiresAt.Equal(want) {
			t.Errorf("%v: %s until %v, want %v", err, c.Key.Expiry, c.Key.ExpiresAt, want)
		}
	}
	b.clock.Add(time.Minute)
	rotate(start.Add(time.Hour))
	b.clock.Add(time.Hour) // the old one is expired
	rotate(start.Add(time.Minute + 2*time.Hour))
}

func TestListIsNewestFirst(t *testing.T) {
	b := newBench(t)
	var want []string
	for range 3 {
		want = append([]string{b.create(keys.CreateRequest{}).Key.ID}, want...)
		b.clock.Add(time.Second)
	}
	list, now, err := b.service.List(context.Background(), b.w.ID)
	if err != nil || !now.Equal(start.Add(3*time.Second)) {
		t.Fatal(now, err)
	}
	var got []string
	for _, v := range keys.ViewsOf(list, now) {
		got = append(got, v.ID)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestEveryCreatedKeyIsProved(t *testing.T) {
	b := newBench(t)
	rapid.Check(t, func(rt *rapid.T) {
		words := rapid.SliceOfNDistinct(rapid.SampledFrom(scope.Words()), 1, 8, rapid.ID).Draw(rt, "permissions")
		name := rapid.StringMatching(`[ -~äöü]{0,40}[a-z]`).Draw(rt, "name")
		expiry := rapid.SampledFrom(keys.Expiries()).Draw(rt, "expiry")
		c, err := b.service.Create(context.Background(), ann, keys.CreateRequest{WorkspaceID: b.w.ID, Name: name, Permissions: words, Expiry: expiry})
		if err != nil {
			rt.Fatal(err)
		}
		p, err := b.verify(c.Secret)
		if err != nil || p.Name != name || len(p.Permissions.Permissions()) != len(words) || !p.ExpiresAt.Equal(c.Key.ExpiresAt) {
			rt.Fatalf("principal %+v, %v", p, err)
		}
		for _, w := range words {
			if keys.Require(p, scope.Permission(w)) != nil {
				rt.Fatalf("the key lacks %s", w)
			}
		}
	})
}

// TestNoTraceOfASecret looks for pieces of keys in all that the store has written, and in lists and log.
func TestNoTraceOfASecret(t *testing.T) {
	b := newBench(t)
	ctx := context.Background()
	db := b.db
	var secrets []string
	for range 20 {
		c := b.create(keys.CreateRequest{})
		_, _ = b.verify(c.Secret)
		secrets = append(secrets, c.Secret.Reveal())
	}
	list, now, _ := b.service.List(ctx, b.w.ID)
	shown, err := json.Marshal([]any{keys.ViewsOf(list, now), b.log(), list})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	written := [][]byte{shown}
	files, _ := filepath.Glob(filepath.Join(b.dir, "*"))
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		written = append(written, raw)
	}
	all := bytes.Join(written, nil)
	if !bytes.Contains(all, []byte("unstuck_***_")) || len(files) == 0 || !bytes.Contains(all, []byte("agent")) {
		t.Fatalf("nothing to look at in %d files", len(files))
	}
	for _, s := range secrets {
		for i := 8; i+12 <= 57; i++ {
			if bytes.Contains(all, []byte(s[i:i+12])) {
				t.Fatalf("characters %d to %d of a key were written", i, i+12)
			}
		}
	}
}
