package keypages

import (
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/usage"
)

func TestJudge(t *testing.T) {
	const desktop, newer, cursor = "unstuck-mcp/1.4 (claude-desktop 0.9)", "unstuck-mcp/1.5 (claude-desktop 0.10.1)", "unstuck-mcp/1.4 (cursor 2)"
	used := func(name string, d time.Duration) usage.Client {
		return usage.Client{Name: name, LastUsedAt: before(d)}
	}
	type world struct{ old, next side }
	for name, c := range map[string]struct {
		change func(w *world)
		title  string
		at     time.Duration // before now; 0 for none
	}{
		"moved and quiet":             {func(*world) {}, "Safe to revoke", 2 * time.Hour},
		"revoked":                     {func(w *world) { w.old.RevokedAt = before(time.Minute) }, "Done", time.Minute},
		"expired":                     {func(w *world) { w.old.ExpiresAt = before(time.Minute) }, "Done", time.Minute},
		"never used":                  {func(w *world) { w.old.LastUsedAt, w.next.LastUsedAt = time.Time{}, time.Time{} }, "Safe to revoke", 0},
		"new key revoked":             {func(w *world) { w.next.RevokedAt = before(1) }, "Not yet", 0},
		"new key unused":              {func(w *world) { w.next.LastUsedAt = time.Time{} }, "Not yet", 2 * time.Hour},
		"a minute too early":          {func(w *world) { w.old.LastUsedAt = before(59 * time.Minute) }, "Not yet", 59 * time.Minute},
		"just quiet enough":           {func(w *world) { w.old.LastUsedAt = before(time.Hour) }, "Safe to revoke", time.Hour},
		"new key used before the old": {func(w *world) { w.next.LastUsedAt = before(3 * time.Hour) }, "Not yet", 2 * time.Hour},
		"both used at one time":       {func(w *world) { w.next.LastUsedAt = w.old.LastUsedAt }, "Not yet", 2 * time.Hour},
		"one program stayed behind":   {func(w *world) { w.old.Clients = append(w.old.Clients, used(cursor, 5*day)) }, "Not yet", 5 * day},
		"that program moved": {func(w *world) {
			w.old.Clients, w.next.Clients = append(w.old.Clients, used(cursor, 5*day)), append(w.next.Clients, used(cursor, day))
		}, "Safe to revoke", 2 * time.Hour},
		"it used the old one again": {func(w *world) {
			w.old.Clients, w.next.Clients = append(w.old.Clients, used(cursor, 3*time.Hour)), append(w.next.Clients, used(cursor, 4*time.Hour))
		}, "Not yet", 3 * time.Hour},
		"it is gone for long":           {func(w *world) { w.old.Clients = append(w.old.Clients, used(cursor, keys.StaleAfter+1)) }, "Safe to revoke", 2 * time.Hour},
		"it was there on the last day":  {func(w *world) { w.old.Clients = append(w.old.Clients, used(cursor, keys.StaleAfter)) }, "Not yet", keys.StaleAfter},
		"an update is no other program": {func(w *world) { w.next.Clients = []usage.Client{used(newer, time.Minute)} }, "Safe to revoke", 2 * time.Hour},
		"nobody knows the programs":     {func(w *world) { w.old.Clients, w.next.Clients = nil, nil }, "Safe to revoke", 2 * time.Hour},
		"the latest of several is told": {func(w *world) {
			w.old.Clients = append(w.old.Clients, used("b", 4*day), used(cursor, 3*day), used("a", 5*day))
		}, "Not yet", 3 * day},
		"a program known by the old alone":  {func(w *world) { w.next.Clients = nil }, "Not yet", 2 * time.Hour},
		"revoked counts before new unused":  {func(w *world) { w.old.RevokedAt, w.next.LastUsedAt = before(1), time.Time{} }, "Done", 1},
		"new key expired, old key in use":   {func(w *world) { w.next.ExpiresAt = before(1) }, "Not yet", 0},
		"the new key has no end":            {func(w *world) { w.next.ExpiresAt = time.Time{} }, "Safe to revoke", 2 * time.Hour},
		"used by an unnamed program lately": {func(w *world) { w.old.LastUsedAt, w.next.LastUsedAt = before(time.Second), before(0) }, "Not yet", time.Second},
	} {
		w := world{
			side{keys.Key{LastUsedAt: before(2 * time.Hour)}, []usage.Client{used(desktop, 2*time.Hour)}},
			side{keys.Key{LastUsedAt: before(time.Minute)}, []usage.Client{used(desktop, time.Minute)}},
		}
		c.change(&w)
		got := judge(w.old, w.next, storyNow)
		at := time.Time{}
		if c.at != 0 {
			at = before(c.at)
		}
		if got.title() != c.title || !got.At.Equal(at) || got.Why == "" {
			t.Errorf("%s: %q, %q at %v; want %q at %v", name, got.title(), got.Why, got.At, c.title, at)
		}
	}
}

func TestFamily(t *testing.T) {
	for name, want := range map[string]string{
		"unstuck-mcp/1.4 (claude-desktop 0.9)": "unstuck-mcp (claude-desktop)", "unstuck-cli/dev": "unstuck-cli/dev", "curl/8.5.0": "curl",
		"python-requests/2.32": "python-requests", "unstuck-mcp/v1.2.3-rc1 (Cursor 2)": "unstuck-mcp (cursor)", "other": "other", "": "",
	} {
		if got := family(name); got != want {
			t.Errorf("family(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestSuccessor(t *testing.T) {
	list := []keys.Key{{ID: "d", Replaces: "a", RevokedAt: storyNow}, {ID: "c", Replaces: "a"}, {ID: "b", Replaces: "a"}, {ID: "f", Replaces: "e", RevokedAt: storyNow}, {ID: "a"}}
	for id, want := range map[string]string{"a": "c", "e": "f", "b": ""} {
		if k, found := successor(list, id); k.ID != want || found != (want != "") {
			t.Errorf("successor of %s = %q, want %q", id, k.ID, want)
		}
	}
}
