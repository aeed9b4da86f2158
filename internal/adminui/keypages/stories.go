package keypages

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/usage"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

var (
	storyNow = time.Date(2027, 3, 1, 9, 30, 0, 0, time.UTC)
	hostile  = ui.Hostile[0]
)

func before(d time.Duration) time.Time { return storyNow.Add(-d) }

const day = 24 * time.Hour

func storyKey(id, name string, preset scope.Preset) keys.Key {
	set, ok := preset.Set()
	if !ok {
		set = scope.Of(scope.RecordsRead, scope.SignalsWrite)
	}
	return keys.Key{ID: id, Name: name, Preset: preset, Permissions: set, CreatedAt: before(200 * day), CreatedBy: "ann@acme.example",
		LastUsedAt: before(3 * time.Minute), Expiry: keys.Expiry365, ExpiresAt: storyNow.Add(165 * day)}
}

// storyKeys holds a key in each state, the newest first.
func storyKeys() []keys.Key {
	list := []keys.Key{
		storyKey("a1b2c3d4", "Nightly import", scope.WriteSignals), storyKey("0badcafe", "Ann's Claude Desktop", scope.ReadOnly),
		storyKey("00000001", "Old laptop", scope.Full), storyKey("00000002", "Trial", scope.WriteEnrichment), storyKey("00000003", "Never started", scope.ReadOnly),
		storyKey("00000004", "Contractor", scope.Custom), storyKey("00000005", strings.Repeat("Wherever the quarterly report goes ", 3)[:100], scope.Custom),
	}
	list[2].LastUsedAt = before(120 * day)
	list[3].ExpiresAt = storyNow.Add(5 * day)
	list[4].LastUsedAt, list[4].Expiry, list[4].ExpiresAt = time.Time{}, keys.ExpiryNever, time.Time{}
	list[5].RevokedAt, list[5].RevokedBy = before(2*day), "bob@acme.example"
	list[6].ExpiresAt = before(day)
	for i, text := range ui.Hostile {
		k := storyKey(fmt.Sprintf("000001%02x", i), text, scope.ReadOnly)
		k.CreatedBy = text
		list = append(list, k)
	}
	return list
}

func storyList(q filter, paused bool) ui.Page {
	q.Sort, q.Down, q.Page = "created", true, 1
	return newList(storyKeys(), q, storyNow, paused).page()
}

func storySides() (old, successor side) {
	old, successor = side{Key: storyKey("a1b2c3d4", "Nightly import", scope.WriteSignals)}, side{Key: storyKey("0badcafe", "Nightly import", scope.WriteSignals)}
	successor.Replaces, successor.CreatedAt = old.ID, before(3*time.Hour)
	old.Clients = []usage.Client{
		{Name: "unstuck-mcp/1.4 (claude-desktop 0.9)", FirstUsedAt: before(90 * day), LastUsedAt: before(4 * time.Hour), Requests: 12_345},
		{Name: hostile, FirstUsedAt: before(9 * day), LastUsedAt: before(5 * time.Hour), Requests: 2},
	}
	old.LastUsedAt = before(4 * time.Hour)
	return old, successor
}

func storyCockpit(change func(old, successor *side)) ui.Page {
	old, successor := storySides()
	change(&old, &successor)
	return cockpit{Old: old, New: successor, Now: storyNow}.page()
}

func storyCreated() keys.Created {
	secret, err := token.Mint(bytes.NewReader(bytes.Repeat([]byte{7}, 64)))
	if err != nil {
		panic(err) // there is enough to read
	}
	k := storyKey(secret.ID(), "Nightly import", scope.WriteSignals)
	return keys.Created{Key: k, Secret: secret}
}

func storyView(k keys.Key) keyView {
	old, _ := storySides()
	v := keyView{side: side{Key: k, Clients: old.Clients}, Now: storyNow}
	for i, action := range []activity.Action{activity.SignalsPushed, activity.RecordEnriched, activity.KeyRevoked} {
		v.Activity = append(v.Activity, activity.New("w", before(time.Duration(i)*time.Hour), activity.KeyActor(k.ID, k.Name), action, activity.ObjectAccount, k.ID, map[string]string{"source": hostile, "created": "12", "credits": "3", "name": hostile}))
	}
	return v
}

// stories are the pages in their states.
func stories() []ui.Story {
	all := storyKeys()
	free := ui.Frame{Workspace: workspaces.Workspace{Name: "Acme", Plan: workspaces.Free}}
	p := pages{Config{APIURL: "https://api.acme.example", MCPURL: "https://mcp.acme.example/mcp"}}
	rotated := storyCreated()
	rotated.Key.Replaces = "a1b2c3d4"
	wrong := forms.Problems{Alert: "Not saved. Correct what is marked below and send it again.", Fields: map[string]string{"name": "must have 1 to 100 characters", "permissions": "must be known permissions, each once, at least one", "spend_limit": "must be a whole number of credits"}}
	return []ui.Story{
		{Name: "keys/empty", Page: newList(nil, parseFilter(nil), storyNow, false).page()},
		{Name: "keys/free-and-empty", Page: newList(nil, parseFilter(nil), storyNow, true).page(), Frame: free},
		{Name: "keys/active", Page: storyList(filter{Status: string(keys.Active)}, false)},
		{Name: "keys/all", Page: storyList(filter{Status: anyStatus}, false)},
		{Name: "keys/free", Page: storyList(filter{Status: anyStatus}, true), Frame: free},
		{Name: "keys/of-a-member", Page: storyList(filter{Status: anyStatus, By: hostile}, false)},
		{Name: "keys/nothing-found", Page: storyList(filter{Status: string(keys.Expired), Badge: stale}, false)},
		{Name: "keys/new", Page: form{Preset: scope.ReadOnly, Expiry: keys.DefaultExpiry, Nonce: "n"}.page(0)},
		{Name: "keys/new-full", Page: form{Name: hostile, Preset: scope.Full, Expiry: keys.ExpiryNever, Limit: "500", Nonce: "n"}.page(0)},
		{Name: "keys/new-wrong", Page: form{Preset: scope.Custom, Expiry: keys.Expiry30, Limit: hostile, Nonce: "n", Problems: wrong}.page(0)},
		{Name: "keys/revealed", Page: p.reveal(storyCreated()).page()},
		{Name: "keys/revealed-without-mcp", Page: pages{Config{APIURL: "http://localhost:8080"}}.reveal(rotated).page()},
		{Name: "keys/sent-before", Page: sentPage(all[7])},
		{Name: "keys/one", Page: storyView(all[0]).page()},
		{Name: "keys/one-unused", Page: keyView{side: side{Key: all[4]}, Now: storyNow}.page()},
		{Name: "keys/one-revoked", Page: storyView(all[5]).page()},
		{Name: "keys/one-hostile", Page: storyView(all[7]).page()},
		{Name: "keys/rotate", Page: rotatePage(rotating{all[0], "n"})},
		{Name: "keys/rotation-begun", Page: storyCockpit(func(_, successor *side) { successor.LastUsedAt = time.Time{} })},
		{Name: "keys/rotation-not-yet", Page: storyCockpit(func(_, _ *side) {})},
		{Name: "keys/rotation-safe", Page: storyCockpit(func(old, successor *side) {
			successor.Clients = []usage.Client{{Name: "unstuck-mcp/1.5 (claude-desktop 0.9)", FirstUsedAt: before(2 * time.Hour), LastUsedAt: before(3 * time.Minute), Requests: 7}}
			old.Clients = old.Clients[:1]
		})},
		{Name: "keys/rotation-done", Page: storyCockpit(func(old, _ *side) { old.RevokedAt, old.RevokedBy = before(time.Minute), "ann@acme.example" })},
		{Name: "keys/revoke", Page: revokePage(revoking{side: storyView(all[0]).side}, 0)},
		{Name: "keys/revoke-wrong", Page: revokePage(revoking{side{Key: all[7]}, "That is not the name of the key. Nothing was revoked."}, 0)},
		{Name: "keys/revoked-before", Page: revokedPage(all[5], 0)},
		{Name: "keys/revoke-many", Page: revokingMany{Keys: all[:3]}.page(0)},
		{Name: "keys/revoke-member", Page: revokingMany{Keys: all[7:], By: hostile, Problem: "That is not the phrase. Nothing was revoked."}.page(0)},
		{Name: "keys/report", Page: reportPage([]outcome{
			{keys.Revocation{ID: all[0].ID, Key: all[0]}, all[0].Name}, {keys.Revocation{ID: all[5].ID, Err: fault.New(fault.AlreadyRevoked, "")}, hostile},
			{keys.Revocation{ID: "ffffffff", Err: fault.New(fault.NotFound, "")}, ""}, {keys.Revocation{ID: all[1].ID, Err: fault.New(fault.StoreUnavailable, "")}, all[1].Name},
		})},
	}
}
