package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/store"
)

var idempotencyCases = []Case{
	{"the same request is answered with the same bytes", idempotencyReplay},
	{"a key used for another request is refused", idempotencyReuse},
	{"what fails keeps neither claim nor effect", idempotencyFailure},
	{"of many at once one runs and the rest replay", idempotencyRace},
	{"a rival of a slow request is told to wait", idempotencyInFlight},
	{"a reply is replayed until it expires, then purged", idempotencyExpiry},
}

var hashA, hashB = []byte("hash a"), []byte("hash b")

func reply(body string) store.Reply {
	return store.Reply{Status: 201, ContentType: "application/json", Body: []byte(body)}
}

func idempotencyReplay(t *testing.T, db *store.DB) {
	ctx, a, b := context.Background(), MustWorkspace(t, db, "a"), MustWorkspace(t, db, "b")
	for i, body := range []string{"{\"x\": \"\x00\xff\"}", ""} {
		runs, key := 0, fmt.Sprintf("key %d", i)
		fn := func(context.Context) (store.Reply, error) { runs++; return reply(body), nil }
		for _, c := range []struct {
			workspace string
			replayed  bool
		}{{a.ID, false}, {a.ID, true}, {b.ID, false}, {a.ID, true}} {
			got, replayed, err := db.Idempotent(ctx, c.workspace, key, hashA, fn)
			wantCode(t, "call", err, "")
			if d := cmp.Diff(reply(body), got); d != "" || replayed != c.replayed {
				t.Fatalf("replayed = %t, want %t; reply differs:\n%s", replayed, c.replayed, d)
			}
		}
		if runs != 2 {
			t.Errorf("ran %d times for two workspaces", runs)
		}
	}
}

func idempotencyReuse(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	fn := func(context.Context) (store.Reply, error) { return reply("1"), nil }
	_, _, err := db.Idempotent(ctx, w.ID, "key", hashA, fn)
	wantCode(t, "first", err, "")
	_, _, err = db.Idempotent(ctx, w.ID, "key", hashB, fn)
	wantCode(t, "another request", err, fault.IdempotencyKeyReused)
}

func idempotencyFailure(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	k := newKey(w.ID, "0000000a")
	add := func(ctx context.Context) error { return db.InsertKey(ctx, k, entry(w.ID, activity.KeyCreated, k.ID)) }
	for name, fn := range map[string]func(context.Context) (store.Reply, error){
		"error": func(ctx context.Context) (store.Reply, error) {
			return reply("1"), errors.Join(add(ctx), errors.New("no"))
		},
		"not success": func(ctx context.Context) (store.Reply, error) { return store.Reply{Status: 422}, add(ctx) },
	} {
		_, _, err := db.Idempotent(ctx, w.ID, "key", hashA, fn)
		wantCode(t, name, err, fault.Internal)
		_, err = db.GetKey(ctx, w.ID, k.ID)
		wantCode(t, name+": the effect", err, fault.NotFound)
	}
	_, replayed, err := db.Idempotent(ctx, w.ID, "key", hashB, func(ctx context.Context) (store.Reply, error) { return reply("2"), add(ctx) })
	wantCode(t, "then another request", err, "")
	if _, err = db.GetKey(ctx, w.ID, k.ID); err != nil || replayed {
		t.Errorf("after a failure: replayed = %t, %v", replayed, err)
	}
}

func idempotencyRace(t *testing.T, db *store.DB) {
	const callers = 12
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	var runs, fresh atomic.Int64
	errs := make([]error, callers)
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			got, replayed, err := db.Idempotent(ctx, w.ID, "key", hashA, func(context.Context) (store.Reply, error) {
				return reply(fmt.Sprint(runs.Add(1))), nil
			})
			if !replayed {
				fresh.Add(1)
			}
			if err == nil && string(got.Body) != "1" {
				err = fmt.Errorf("body %q", got.Body)
			}
			errs[i] = err
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil || runs.Load() != 1 || fresh.Load() != 1 {
		t.Errorf("ran %d times, %d fresh answers, %v", runs.Load(), fresh.Load(), err)
	}
}

func idempotencyInFlight(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	_, _, err := db.Idempotent(ctx, w.ID, "key", hashA, func(context.Context) (store.Reply, error) {
		_, _, err := db.Idempotent(ctx, w.ID, "key", hashA, func(context.Context) (store.Reply, error) { // the rival, outside of the transaction
			return reply("rival"), errors.New("the rival ran")
		})
		wantCode(t, "rival", err, fault.IdempotencyInFlight)
		return reply("first"), nil
	})
	wantCode(t, "first", err, "")
	got, replayed, err := db.Idempotent(ctx, w.ID, "key", hashA, nil)
	if err != nil || !replayed || string(got.Body) != "first" {
		t.Errorf("afterwards: %q, replayed = %t, %v", got.Body, replayed, err)
	}
}

func idempotencyExpiry(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	call := func(body string) (string, bool) {
		t.Helper()
		got, replayed, err := db.Idempotent(ctx, w.ID, "key", hashA, func(context.Context) (store.Reply, error) { return reply(body), nil })
		wantCode(t, "call", err, "")
		return string(got.Body), replayed
	}
	call("old")
	if n, err := db.PurgeIdempotency(ctx); err != nil || n != 0 {
		t.Fatalf("purged %d living replies, %v", n, err)
	}
	if body, replayed := call("new"); body != "old" || !replayed {
		t.Errorf("before it expires: %q, replayed = %t", body, replayed)
	}
	expire := func() {
		err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, "UPDATE idempotency SET expires_at = $2 WHERE workspace_id = $1", w.ID, tx.Now()-1)
			return err
		})
		wantCode(t, "expire", err, "")
	}
	expire()
	if body, replayed := call("new"); body != "new" || replayed {
		t.Errorf("after it expired: %q, replayed = %t", body, replayed)
	}
	expire()
	if n, err := db.PurgeIdempotency(ctx); err != nil || n != 1 {
		t.Errorf("purged %d, %v; want 1", n, err)
	}
}
