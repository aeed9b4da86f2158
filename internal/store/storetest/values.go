package storetest

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/store"
)

var valueCases = []Case{
	{"times keep microseconds, far past and future too", valueTimes},
	{"integers reach both ends of 64 bits", valueIntegers},
	{"text is ordered by byte", valueOrder},
	{"text with NUL or invalid UTF-8 is refused", valueBadText},
	{"any valid text comes back", valueText},
}

func valueTimes(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	for i, at := range []time.Time{
		time.Unix(0, 1000).UTC(), time.UnixMicro(-1).UTC(), time.Date(2038, 1, 19, 3, 14, 8, 999999000, time.UTC),
		time.Date(2100, 2, 28, 23, 59, 59, 1000, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC),
		time.Date(2026, 1, 1, 1, 0, 0, 5000, time.FixedZone("x", 3600)),
	} {
		k := newKey(w.ID, "0000000"+string(rune('a'+i)))
		k.CreatedAt, k.ExpiresAt, k.Expiry = at, at, keys.ExpiryExact
		wantCode(t, "insert", db.InsertKey(ctx, k, entry(w.ID, activity.KeyCreated, k.ID)), "")
		got, err := db.GetKey(ctx, w.ID, k.ID)
		if err != nil || !got.CreatedAt.Equal(at) || !got.ExpiresAt.Equal(at) || got.CreatedAt.Location() != time.UTC {
			t.Errorf("%v came back as %v and %v, %v", at, got.CreatedAt, got.ExpiresAt, err)
		}
	}
}

func valueIntegers(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	for _, n := range []int64{math.MinInt64, math.MaxInt64, 0, 1 << 53} {
		var got int64
		err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			return tx.QueryRow(ctx, "UPDATE workspaces SET texts_version = $2 WHERE id = $1 RETURNING texts_version", w.ID, n).Scan(&got)
		})
		if err != nil || got != n {
			t.Errorf("%d came back as %d, %v", n, got, err)
		}
	}
}

func valueOrder(t *testing.T, db *store.DB) {
	ctx := context.Background()
	want := []string{"A", "Z", "_", "a", "a-b", "ab", "z", "ä", "中", "😀"}
	for i := range want {
		MustWorkspace(t, db, want[(i*7+3)%len(want)])
	}
	var got []string
	wantCode(t, "view", db.View(ctx, func(ctx context.Context, q store.Q) error {
		rows, err := q.Query(ctx, "SELECT slug FROM workspaces ORDER BY slug")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				return err
			}
			got = append(got, s)
		}
		return rows.Err()
	}), "")
	if !slices.Equal(got, want) {
		t.Errorf("order = %q, want %q", got, want)
	}
}

func valueBadText(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	for _, name := range []string{"a\x00b", "a\xffb", "\xed\xa0\x80"} {
		k := newKey(w.ID, "0000000a")
		k.Name = name
		wantCode(t, name, db.InsertKey(ctx, k, entry(w.ID, activity.KeyCreated, k.ID)), fault.ValidationFailed)
		_, err := db.FindWorkspace(ctx, name)
		wantCode(t, "find by it", err, fault.ValidationFailed)
	}
}

func valueText(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	for i, name := range []string{"", " ", "'; DROP TABLE keys; --", "e\u0301 \u202e \ufeff \U0010ffff", "\x01\x7f\n\t"} {
		k := newKey(w.ID, "0000000"+string(rune('a'+i)))
		k.Name = name
		wantCode(t, "insert", db.InsertKey(ctx, k, entry(w.ID, activity.KeyCreated, k.ID)), "")
		if got, err := db.GetKey(ctx, w.ID, k.ID); err != nil || got.Name != name {
			t.Errorf("%q came back as %q, %v", name, got.Name, err)
		}
	}
}
