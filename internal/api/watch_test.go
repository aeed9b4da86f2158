package api_test

import (
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/unstuckengine/unstuck/internal/api"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if err := os.RemoveAll(migrated()); err != nil {
			panic(err)
		}
		os.Exit(code)
	}))
}

// watch asks for changes in the background.
func (r *rig) watch(key string) <-chan answer {
	out := make(chan answer, 1)
	go func() { out <- r.ask("GET", "/v1/access/changes", key, "") }()
	return out
}

// held waits until n watches are held.
func (r *rig) held(n string) {
	r.Helper()
	r.eventually(n+" watches are held", func() bool { return r.metric("unstuck_api_watches") == n })
}

func TestWatchEndsWithTheKey(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(r *rig, k keys.Created)
		code fault.Code
	}{
		"revoked": {func(r *rig, k keys.Created) { r.revoke(k.Key) }, fault.KeyRevoked},
		"expired": {func(r *rig, k keys.Created) { r.pass(366 * 24 * time.Hour) }, fault.KeyExpired},
		"plan lost": {func(r *rig, k keys.Created) {
			free := workspaces.Free
			r.set(k.Key.WorkspaceID, workspaces.Change{Plan: &free})
		}, fault.FeatureNotAllowed},
	} {
		r := newRig(t, func(c *api.Config) { c.WatchHold = time.Minute })
		k, other := r.fullKey(), r.key(r.workspace(workspaces.Change{}).ID, keys.CreateRequest{Expiry: keys.ExpiryNever})
		mine, again, theirs := r.watch(k.Secret.Reveal()), r.watch(k.Secret.Reveal()), r.watch(other.Secret.Reveal())
		r.held("3")
		c.end(r, k)
		for _, w := range []<-chan answer{mine, again} {
			if got := <-w; got.code() != c.code || got.status != c.code.Status() {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
		}
		r.held("1")
		r.revoke(other.Key)
		<-theirs
		r.held("0")
	}
}

func TestWatchOfALivingKey(t *testing.T) {
	r := newRig(t, func(c *api.Config) { c.WatchHold = 60 * time.Millisecond })
	rate, burst := 1, 1
	key := r.key(r.workspace(workspaces.Change{RatePerMinute: &rate, Burst: &burst}).ID, keys.CreateRequest{}).Secret.Reveal()
	for range 3 { // it costs no quota
		if got := <-r.watch(key); got.status != http.StatusNoContent || got.body != "" {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
}

// TestWatchOutlivesTheStore shows that an outage says nothing about a key, and that what happened meanwhile is found.
func TestWatchOutlivesTheStore(t *testing.T) {
	r := newRig(t, func(c *api.Config) { c.WatchHold = time.Minute })
	k := r.fullKey()
	w := r.watch(k.Secret.Reveal())
	r.held("1")
	r.db.down.Store(true)
	r.revoke(k.Key)
	select {
	case got := <-w:
		t.Fatalf("ended by an outage: %d %s", got.status, got.body)
	case <-time.After(100 * time.Millisecond): // five polls
	}
	r.db.down.Store(false)
	if got := <-w; got.code() != fault.KeyRevoked {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestTooManyWatches(t *testing.T) {
	r := newRig(t, func(c *api.Config) { c.WatchHold = time.Minute })
	k := r.fullKey()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { r.ask("GET", "/v1/access/changes", k.Secret.Reveal(), "") })
	}
	r.held("50")
	if got := r.ask("GET", "/v1/access/changes", k.Secret.Reveal(), ""); got.code() != fault.TooManyStreams || got.header.Get("Retry-After") == "" {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
	second := r.watch(r.key(k.Key.WorkspaceID, keys.CreateRequest{}).Secret.Reveal())
	r.held("51")
	r.stop()
	if got := <-second; got.code() != fault.ShuttingDown {
		t.Errorf("%d %s", got.status, got.body)
	}
	all.Wait()
}

// TestWatchersWhoLeaveAreForgotten shows that a closed connection frees its place.
func TestWatchersWhoLeaveAreForgotten(t *testing.T) {
	r := newRig(t, func(c *api.Config) { c.WatchHold = time.Minute })
	req, err := http.NewRequest("GET", r.url+"/v1/access/changes", nil)
	r.must(err)
	ctx, leave := newContext()
	req.Header.Set("Authorization", "Bearer "+r.fullKey().Secret.Reveal())
	gone := make(chan error, 1)
	go func() {
		resp, err := one.RoundTrip(req.WithContext(ctx))
		if err == nil {
			_ = resp.Body.Close()
		}
		gone <- err
	}()
	r.held("1")
	leave()
	if <-gone == nil {
		t.Error("the request was answered")
	}
	r.held("0")
}
