package keys_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
)

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestViews(t *testing.T) {
	k := keys.Key{
		ID: "a1b2c3d4", WorkspaceID: "w", Name: "bot", Preset: scope.ReadOnly, Permissions: scope.Of(scope.RecordsRead, scope.SubscribersRead),
		CreatedAt: start, CreatedBy: "ann@example.com", Expiry: keys.ExpiryNever,
	}
	full := k
	full.LastUsedAt, full.ExpiresAt, full.RevokedAt, full.RevokedBy = start.Add(time.Second), start.Add(time.Hour), start.Add(time.Minute), "operator:root"
	head := `{"id":"a1b2c3d4","redacted":"unstuck_***_a1b2c3d4","name":"bot","preset":"read_only","permissions":["records:read","subscribers:read"],`
	made := `"created_at":"2027-02-27T23:59:58.123456Z","created_by":"ann@example.com",`
	for name, c := range map[string]struct{ got, want string }{
		"bare": {jsonOf(t, keys.ViewOf(k, start)), head + `"status":"active",` + made + `"last_used_at":null,"expires_at":null,"revoked_at":null,"revoked_by":null,"stale":false}`},
		"full": {jsonOf(t, keys.ViewOf(full, start)), head + `"status":"revoked",` + made +
			`"last_used_at":"2027-02-27T23:59:59.123456Z","expires_at":"2027-02-28T00:59:58.123456Z","revoked_at":"2027-02-28T00:00:58.123456Z","revoked_by":"operator:root","stale":false}`},
		"created": {jsonOf(t, keys.Created{Key: k, Secret: mustParse(t, vector)}.View()),
			`{"id":"a1b2c3d4","key":"` + vector + `",` + head[len(`{"id":"a1b2c3d4",`):] + made[:len(made)-1] + `,"expires_at":null}`},
		"none": {jsonOf(t, keys.ViewsOf(nil, start)), `[]`},
	} {
		if d := cmp.Diff(c.want, c.got); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
	}
}

func TestStatusAndStale(t *testing.T) {
	for _, c := range []struct {
		name   string
		key    keys.Key
		after  time.Duration
		status keys.Status
		stale  bool
	}{
		{"new", keys.Key{CreatedAt: start}, 0, keys.Active, false},
		{"90 days unused", keys.Key{CreatedAt: start}, keys.StaleAfter, keys.Active, false},
		{"more than 90 days unused", keys.Key{CreatedAt: start}, keys.StaleAfter + 1, keys.Active, true},
		{"used since", keys.Key{CreatedAt: start, LastUsedAt: start.Add(1)}, keys.StaleAfter + 1, keys.Active, false},
		{"just before the end", keys.Key{CreatedAt: start, ExpiresAt: start.Add(2)}, 1, keys.Active, false},
		{"at the end", keys.Key{CreatedAt: start, ExpiresAt: start.Add(2)}, 2, keys.Expired, false},
		{"revoked and expired", keys.Key{CreatedAt: start, ExpiresAt: start.Add(2), RevokedAt: start}, 3, keys.Revoked, false},
	} {
		now := start.Add(c.after)
		if got := c.key.Status(now); got != c.status || c.key.Stale(now) != c.stale {
			t.Errorf("%s: %s, stale %v", c.name, got, c.key.Stale(now))
		}
	}
}
