package keypages_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/unstuckengine/unstuck/internal/activity"
)

func TestRevokingNeedsTheName(t *testing.T) {
	b := newBench(t)
	k := b.Key(b.W, "my  agent", by)
	browser := b.admin()
	path := "/admin/keys/" + k.ID + "/revoke"
	if _, body := browser.Get(path); !strings.Contains(body, `data-confirm="my agent"`) {
		t.Error("the page does not ask for the name")
	}
	for _, wrong := range []string{"", "my", "MY AGENT", k.ID} {
		if status, body := browser.Post(path, url.Values{"confirm": {wrong}}); status != http.StatusUnprocessableEntity || !strings.Contains(body, "Nothing was revoked") {
			t.Errorf("%q: %d", wrong, status)
		}
	}
	if !b.stored(k.ID).RevokedAt.IsZero() || len(b.Log(b.W, activity.KeyRevoked)) != 0 {
		t.Error("a wrong name revoked the key")
	}
	if status, body := browser.Post(path, url.Values{"confirm": {" my agent "}}); status != http.StatusOK || !strings.Contains(body, "Revoked my  agent") {
		t.Errorf("the right name: %d", status)
	}
	if status, body := browser.Get(path); status != http.StatusOK || !strings.Contains(body, "admin@example.com revoked it at") {
		t.Errorf("the page of a revoked key: %d", status)
	}
}

func TestTwoAdminsRevokeAtOnce(t *testing.T) {
	b := newBench(t)
	for range 5 {
		k := b.Key(b.W, "agent", by)
		path := "/admin/keys/" + k.ID + "/revoke"
		var wg sync.WaitGroup
		statuses := make([]int, 2)
		for i := range statuses {
			browser := b.admin()
			browser.Get(path)
			wg.Go(func() { statuses[i], _ = browser.Post(path, url.Values{"confirm": {"agent"}}) })
		}
		wg.Wait()
		if statuses[0]+statuses[1] != http.StatusOK+http.StatusConflict {
			t.Errorf("statuses %v, want 200 and 409", statuses)
		}
		if log := ofKey(b.Log(b.W, activity.KeyRevoked), k.ID); len(log) != 1 {
			t.Errorf("%d entries, want 1", len(log))
		}
	}
}

func ofKey(list []activity.Entry, id string) (out []activity.Entry) {
	for _, e := range list {
		if e.ObjectID == id {
			out = append(out, e)
		}
	}
	return out
}

func TestBulkRevoke(t *testing.T) {
	b := newBench(t)
	one, two, kept := b.Key(b.W, "one", by), b.Key(b.W, "two", by), b.Key(b.W, "kept", by)
	browser := b.admin()
	_, body := browser.Get("/admin/keys/revoke?id=" + one.ID + "&id=" + two.ID + "&id=ffffffff")
	if !strings.Contains(body, `data-confirm="revoke 2 keys"`) || strings.Contains(body, "kept") {
		t.Error("the page does not list exactly the ticked keys")
	}
	ids := url.Values{"id": {one.ID, two.ID}}
	ids.Set("confirm", "revoke 3 keys")
	if status, _ := browser.Post("/admin/keys/revoke", ids); status != http.StatusUnprocessableEntity || !b.stored(one.ID).RevokedAt.IsZero() {
		t.Errorf("a wrong phrase: %d", status)
	}
	if _, err := b.Keys.Revoke(context.Background(), activity.PersonActor("bob@example.com"), b.W.ID, two.ID); err != nil {
		t.Fatal(err)
	}
	ids.Set("confirm", "revoke 2 keys")
	status, body := browser.Post("/admin/keys/revoke", ids)
	if status != http.StatusOK || !strings.Contains(body, "Revoked 1 key") || !strings.Contains(body, "Was revoked already") {
		t.Errorf("the report: %d", status)
	}
	if b.stored(one.ID).RevokedBy != by || b.stored(two.ID).RevokedBy != "bob@example.com" || !b.stored(kept.ID).RevokedAt.IsZero() {
		t.Error("other keys were revoked than those listed")
	}
	if log := b.Log(b.W, activity.KeyRevoked); len(log) != 2 {
		t.Errorf("%d entries, want one for each key", len(log))
	}
	if _, body := browser.Get("/admin/keys/revoke?id=" + one.ID); !strings.Contains(body, "There is nothing to revoke") {
		t.Error("a revoked key is asked for again")
	}
}

func TestRevokeAllOfAMember(t *testing.T) {
	b := newBench(t)
	theirs := b.Key(b.W, "theirs", "leaver@example.com")
	mine := b.Key(b.W, "mine", by)
	browser := b.admin()
	if _, body := browser.Get("/admin/keys?by=Leaver@example.com"); !strings.Contains(body, "Revoke all keys of Leaver@example.com") || strings.Contains(body, ">mine<") {
		t.Error("the list of a member's keys offers nothing")
	}
	_, body := browser.Get("/admin/keys/revoke?by=leaver@example.com")
	if !strings.Contains(body, theirs.ID) || strings.Contains(body, mine.ID) {
		t.Error("the page does not list exactly the member's keys")
	}
	if status, _ := browser.Post("/admin/keys/revoke", url.Values{"id": {theirs.ID}, "confirm": {"revoke 1 key"}}); status != http.StatusOK {
		t.Errorf("revoke: %d", status)
	}
	if b.stored(theirs.ID).RevokedAt.IsZero() || !b.stored(mine.ID).RevokedAt.IsZero() {
		t.Error("other keys were revoked")
	}
}
