package keypages_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/usage"
)

// use records that keys were used.
func (b *bench) use(at map[string]time.Time) {
	b.t.Helper()
	var touches []keys.Touch
	for id, t := range at {
		touches = append(touches, keys.Touch{ID: id, UsedAt: t})
	}
	if err := b.DB.TouchKeys(context.Background(), touches); err != nil {
		b.t.Fatal(err)
	}
}

func TestRotationFromBeginToEnd(t *testing.T) {
	b := newBench(t)
	browser := b.admin()
	old := b.mustMint(browser, readOnly)
	b.use(map[string]time.Time{old.ID(): time.Now().Add(-3 * time.Hour)})
	if status, _ := browser.Get("/admin/keys/" + old.ID() + "/rotation"); status != http.StatusNotFound {
		t.Errorf("the rotation of a key that was not rotated: %d", status)
	}
	status, body, form := b.mint(browser, "/admin/keys/"+old.ID()+"/rotate", "/admin/keys/"+old.ID()+"/rotate", nil)
	next := b.shown(status, body)
	cockpit := "/admin/keys/" + old.ID() + "/rotation"
	if !strings.Contains(body, `href="`+cockpit+`"`) {
		t.Error("the new key's page does not lead to both keys")
	}
	if status, again := browser.Post("/admin/keys/"+old.ID()+"/rotate", form); status != http.StatusConflict || strings.Contains(again, next.Reveal()) {
		t.Errorf("a reload: %d", status)
	}
	wantCode(t, "old key", b.verify(old.Reveal()), "")
	wantCode(t, "new key", b.verify(next.Reveal()), "")
	for _, id := range []string{old.ID(), next.ID()} { // both lead to the same page
		if status, body := browser.Get("/admin/keys/" + id + "/rotation"); status != http.StatusOK || !strings.Contains(body, "The new key has not been used yet") {
			t.Errorf("the rotation before the first use: %d", status)
		}
	}
	b.clients[old.ID()] = []usage.Client{{Name: "curl/8", LastUsedAt: time.Now().Add(-3 * time.Hour)}}
	b.use(map[string]time.Time{next.ID(): time.Now()})
	if _, body := browser.Get(cockpit); !strings.Contains(body, "curl/8 has not moved to the new key") || !strings.Contains(body, `class="caution"`) || strings.Contains(body, `class="alert"`) {
		t.Error("the page does not name the program that stayed behind")
	}
	b.clients[next.ID()] = []usage.Client{{Name: "curl/9", LastUsedAt: time.Now()}}
	if _, body := browser.Get(cockpit); !strings.Contains(body, "Safe to revoke:") || strings.Contains(body, "caution") {
		t.Error("the page does not say that the old key can go")
	}
	browser.Get("/admin/keys/" + old.ID() + "/revoke")
	browser.Post("/admin/keys/"+old.ID()+"/revoke", url.Values{"confirm": {"Nightly"}})
	if _, body := browser.Get(cockpit); !strings.Contains(body, "The old key was revoked at") || strings.Contains(body, "Revoke the old key") {
		t.Error("the page does not say that it is done")
	}
	wantCode(t, "old key", b.verify(old.Reveal()), fault.KeyRevoked)
	wantCode(t, "new key", b.verify(next.Reveal()), "")
	if log := b.Log(b.W, activity.KeyRotated); len(log) != 1 || log[0].Detail["replaces"] != old.ID() {
		t.Errorf("%d entries of rotations", len(log))
	}
}

func TestRotationRefreshesItsPart(t *testing.T) {
	b := newBench(t)
	k := b.Key(b.W, "agent", by)
	if _, err := b.Keys.Rotate(context.Background(), activity.PersonActor(by), b.W.ID, k.ID); err != nil {
		t.Fatal(err)
	}
	req, _ := http.NewRequest("GET", b.URL+"/admin/keys/"+k.ID+"/rotation", nil)
	req.Header.Set("HX-Request", "true")
	browser := b.admin()
	res, err := browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	part := make([]byte, 64)
	n, _ := res.Body.Read(part)
	if got := string(part[:n]); res.StatusCode != http.StatusOK || !strings.HasPrefix(got, `<div id="rotation"`) {
		t.Errorf("%d: %s", res.StatusCode, got)
	}
}

func TestARevokedKeyIsNotRotated(t *testing.T) {
	b := newBench(t)
	k := b.Key(b.W, "agent", by)
	browser := b.admin()
	browser.Get("/admin/keys/" + k.ID + "/rotate")
	nonce := nonceInput.FindStringSubmatch(browser.Body)[1]
	if _, err := b.Keys.Revoke(context.Background(), activity.PersonActor(by), b.W.ID, k.ID); err != nil {
		t.Fatal(err)
	}
	if status, _ := browser.Post("/admin/keys/"+k.ID+"/rotate", url.Values{"form": {nonce}}); status != http.StatusConflict {
		t.Errorf("rotate: %d, want 409", status)
	}
	if list, _, _ := b.Keys.List(context.Background(), b.W.ID); len(list) != 1 {
		t.Errorf("%d keys, want 1", len(list))
	}
}

func TestPageOfOneKey(t *testing.T) {
	b := newBench(t)
	k := b.Key(b.W, "agent", by)
	b.clients[k.ID] = []usage.Client{{Name: "curl/8", LastUsedAt: time.Now(), Requests: 4711}}
	actor := activity.KeyActor(k.ID, k.Name)
	if err := b.DB.Workspace(b.W.ID).Record(context.Background(), activity.New(b.W.ID, time.Now(), actor, activity.SignalsPushed, activity.ObjectSignals, "", map[string]string{"source": "webhook", "created": "815"})); err != nil {
		t.Fatal(err)
	}
	status, body := b.admin().Get("/admin/keys/" + k.ID)
	for _, want := range []string{"unstuck_***_" + k.ID, "records:read, subscribers:read", "curl/8", "4711", "pushed signals from webhook: 815 new", "Never used", "/rotate", "/revoke"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page (%d) lacks %q", status, want)
		}
	}
}

func TestAWholeKeyInTheSearchStaysInNoAddress(t *testing.T) {
	b := newBench(t)
	browser := b.admin()
	secret := b.mustMint(browser, readOnly)
	res, err := browser.Client.Get(b.URL + "/admin/keys?q=" + secret.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if at := res.Request.URL.String(); strings.Contains(at, secret.Reveal()) || !strings.Contains(at, "q="+secret.ID()) {
		t.Errorf("the search ends at %s", at)
	}
}
