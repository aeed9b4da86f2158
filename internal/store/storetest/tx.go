package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/store"
)

var txCases = []Case{
	{"an error rolls everything back", txRollback},
	{"a panic rolls back and frees the connection", txPanic},
	{"store methods join the transaction of their context", txJoin},
	{"time stands still within and never goes back between", txClock},
	{"no update is lost between goroutines", txNoLostUpdate},
	{"a view is one snapshot", txView},
	{"a cancelled context is kept and the store lives on", txCancelled},
	{"a read by key refuses a cancelled context", readCancelled},
	{"a closed store is unavailable", txClosed},
}

func txRollback(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	boom, before := errors.New("boom"), countActivity(t, db, w.ID)
	err := db.Tx(ctx, func(ctx context.Context, _ *store.Tx) error {
		wantCode(t, "insert", db.InsertKey(ctx, newKey(w.ID, "0000000a"), entry(w.ID, activity.KeyCreated, "")), "")
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatalf("error = %v, want the function's own", err)
	}
	_, err = db.GetKey(ctx, w.ID, "0000000a")
	wantCode(t, "the key", err, fault.NotFound)
	if n := countActivity(t, db, w.ID); n != before {
		t.Errorf("activity rows = %d, want %d", n, before)
	}
}

func txPanic(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	for range 3 {
		func() {
			defer func() { _ = recover() }()
			_ = db.Tx(ctx, func(ctx context.Context, _ *store.Tx) error {
				wantCode(t, "insert", db.InsertKey(ctx, newKey(w.ID, "0000000a"), entry(w.ID, activity.KeyCreated, "")), "")
				panic("boom")
			})
		}()
	}
	_, err := db.GetKey(ctx, w.ID, "0000000a")
	wantCode(t, "after the panic", err, fault.NotFound)
	MustKey(t, db, w.ID, "0000000a")
}

func txJoin(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	wantCode(t, "tx", db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		wantCode(t, "insert", db.InsertKey(ctx, newKey(w.ID, "0000000a"), entry(w.ID, activity.KeyCreated, "")), "")
		_, err := db.GetKey(ctx, w.ID, "0000000a")
		wantCode(t, "its own write", err, "")
		return db.Tx(ctx, func(_ context.Context, inner *store.Tx) error {
			if inner != tx {
				t.Error("a nested call opened another transaction")
			}
			return db.View(ctx, func(ctx context.Context, q store.Q) error {
				var n int
				err := q.QueryRow(ctx, "SELECT COUNT(*) FROM keys").Scan(&n)
				if n != 1 {
					t.Errorf("a nested view sees %d keys, want 1", n)
				}
				return err
			})
		})
	}), "")
}

func txClock(t *testing.T, db *store.DB) {
	ctx, last := context.Background(), int64(0)
	for range 20 {
		wantCode(t, "tx", db.Tx(ctx, func(_ context.Context, tx *store.Tx) error {
			now := tx.Now()
			if again := tx.Now(); now < last || again != now || tx.Time().UnixMicro() != now {
				t.Errorf("now = %d, then %d, after %d", now, again, last)
			}
			last = now
			return nil
		}), "")
	}
}

func txNoLostUpdate(t *testing.T, db *store.DB) {
	const callers, each = 8, 15
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	errs := make([]error, callers)
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for range each {
				errs[c] = errors.Join(errs[c], db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
					n, err := tx.Exec(ctx, "UPDATE workspaces SET credits_balance = credits_balance + 1 WHERE id = $1", w.ID)
					if err == nil && n != 1 {
						err = errors.New("no row changed")
					}
					return err
				}))
			}
		})
	}
	wg.Wait()
	wantCode(t, "updates", errors.Join(errs...), "")
	if got, _ := db.FindWorkspace(ctx, w.ID); got.Credits.Balance != w.Credits.Balance+callers*each {
		t.Errorf("balance = %d, want %d", got.Credits.Balance, w.Credits.Balance+callers*each)
	}
}

func txView(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	count := func(ctx context.Context, q store.Q) (n int) {
		wantCode(t, "count", q.QueryRow(ctx, "SELECT COUNT(*) FROM keys").Scan(&n), "")
		return n
	}
	wantCode(t, "view", db.View(ctx, func(ctx context.Context, q store.Q) error {
		before := count(ctx, q)
		MustKey(t, db, w.ID, "0000000a")
		if after := count(ctx, q); before != 0 || after != 0 {
			t.Errorf("a view saw %d keys, then %d", before, after)
		}
		return nil
	}), "")
	wantCode(t, "next view", db.View(ctx, func(ctx context.Context, q store.Q) error {
		if n := count(ctx, q); n != 1 {
			t.Errorf("the next view saw %d keys, want 1", n)
		}
		_, err := q.Exec(ctx, "UPDATE workspaces SET name = 'x'")
		if err == nil {
			t.Error("a view could write")
		}
		return nil
	}), "")
}

func txCancelled(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	for _, when := range []string{"before", "within"} {
		ctx, cancel := context.WithCancel(context.Background())
		if when == "before" {
			cancel()
		}
		err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			cancel()
			return db.InsertKey(ctx, newKey(w.ID, "0000000a"), entry(w.ID, activity.KeyCreated, ""))
		})
		cancel()
		wantCode(t, when, err, fault.StoreUnavailable)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v does not hold context.Canceled", when, err)
		}
	}
	_, err := db.GetKey(context.Background(), w.ID, "0000000a")
	wantCode(t, "afterwards", err, fault.NotFound)
}

// readCancelled reads by key, which the embedded store does without watching the context.
func readCancelled(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, auth := db.KeyForAuth(ctx, "0000000a")
	_, record := db.Record(ctx, w.ID, []search.Attempt{{Kind: filter.Accounts, Where: filter.All{}}})
	for what, err := range map[string]error{"authentication": auth, "record": record} {
		wantCode(t, what, err, fault.StoreUnavailable)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v does not hold context.Canceled", what, err)
		}
	}
}

func txClosed(t *testing.T, db *store.DB) {
	ctx := context.Background()
	w := MustWorkspace(t, db, "a")
	MustKey(t, db, w.ID, "0000000a")
	wantCode(t, "close", db.Close(), "")
	_, err := db.KeyForAuth(ctx, "0000000a")
	wantCode(t, "authentication", err, fault.StoreUnavailable)
	wantCode(t, "insert", db.InsertKey(ctx, newKey(w.ID, "0000000b"), entry(w.ID, activity.KeyCreated, "")), fault.StoreUnavailable)
	wantCode(t, "ping", db.Ping(ctx), fault.StoreUnavailable)
	wantCode(t, "view", db.View(ctx, func(context.Context, store.Q) error { return nil }), fault.StoreUnavailable)
}
