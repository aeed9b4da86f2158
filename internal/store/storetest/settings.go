package storetest

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/store"
)

var settingsCases = []Case{
	{"every version is kept and the newest is read", settingsVersions},
	{"secrets are replaced, dropped and no version's", settingsSecrets},
	{"changes at once follow each other", settingsAtOnce},
	{"a change that fails leaves nothing", settingsRollback},
	{"settings of nobody are not found", settingsUnknown},
}

// change returns a change to the document with an activity row.
func change(workspaceID, document string) *settings.Change {
	e := entry(workspaceID, activity.SettingsUpdated, settings.EnrichmentSection)
	return &settings.Change{Document: []byte(document), Overage: credits.Pause, Entry: &e}
}

func mustChange(t testing.TB, db *store.DB, id string, c *settings.Change) settings.Kept {
	t.Helper()
	k, err := db.ChangeSettings(context.Background(), id, func(time.Time, settings.Kept) (*settings.Change, error) { return c, nil })
	wantCode(t, "change", err, "")
	return k
}

func settingsVersions(t *testing.T, db *store.DB) {
	ctx, w, other := context.Background(), MustWorkspace(t, db, "a"), MustWorkspace(t, db, "b")
	before := countActivity(t, db, w.ID)
	for n := range 3 {
		k := mustChange(t, db, w.ID, change(w.ID, `{"n":`+strconv.Itoa(n)+`}`))
		if k.Version != int64(n+1) || string(k.Document) != `{"n":`+strconv.Itoa(n)+`}` || k.At.IsZero() {
			t.Errorf("version %d: %+v", n+1, k)
		}
		read, err := db.Settings(ctx, w.ID)
		if d := cmp.Diff(k, read); d != "" || err != nil {
			t.Errorf("read: %v\n%s", err, d)
		}
	}
	if k := mustChange(t, db, w.ID, nil); k.Version != 3 {
		t.Errorf("no change made version %d", k.Version)
	}
	var rows int
	wantCode(t, "count", db.View(ctx, func(ctx context.Context, q store.Q) error {
		return q.QueryRow(ctx, "SELECT COUNT(*) FROM settings WHERE workspace_id = $1", w.ID).Scan(&rows)
	}), "")
	if n := countActivity(t, db, w.ID) - before; rows != 3 || n != 3 {
		t.Errorf("%d versions are kept, %d activity rows", rows, n)
	}
	if k, err := db.Settings(ctx, other.ID); err != nil || k.Version != 0 || k.Document != nil || !k.At.IsZero() {
		t.Errorf("another workspace: %+v, %v", k, err)
	}
	if b, err := credits.New(db).Balance(ctx, w.ID, ""); err != nil || b.Overage != credits.Pause {
		t.Errorf("policy = %s, %v", b.Overage, err)
	}
}

func settingsSecrets(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	c := change(w.ID, `{}`)
	c.Seal = map[string][]byte{"x": {1}, "y": {2}}
	mustChange(t, db, w.ID, c)
	anew := &settings.Change{Seal: map[string][]byte{"x": {3}}, Drop: []string{"y"}}
	k := mustChange(t, db, w.ID, anew)
	if d := cmp.Diff(map[string][]byte{"x": {3}}, k.Secrets); d != "" || k.Version != 1 || string(k.Document) != `{}` {
		t.Errorf("version %d: %s", k.Version, d)
	}
}

func settingsAtOnce(t *testing.T, db *store.DB) {
	const callers = 12
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	errs := make([]error, callers)
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			_, errs[i] = db.ChangeSettings(ctx, w.ID, func(_ time.Time, k settings.Kept) (*settings.Change, error) {
				return change(w.ID, `{"after":`+strconv.FormatInt(k.Version, 10)+`}`), nil
			})
		})
	}
	wg.Wait()
	wantCode(t, "changes", errors.Join(errs...), "")
	if k, err := db.Settings(ctx, w.ID); err != nil || k.Version != callers || string(k.Document) != `{"after":11}` {
		t.Errorf("in the end: %+v, %v", k, err)
	}
}

func settingsRollback(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	boom := errors.New("boom")
	err := db.Tx(ctx, func(ctx context.Context, _ *store.Tx) error {
		_, err := db.ChangeSettings(ctx, w.ID, func(time.Time, settings.Kept) (*settings.Change, error) {
			c := change(w.ID, `{}`)
			c.Seal = map[string][]byte{"x": {1}}
			return c, nil
		})
		wantCode(t, "change", err, "")
		return boom
	})
	k, read := db.Settings(ctx, w.ID)
	if !errors.Is(err, boom) || read != nil || k.Version != 0 || len(k.Secrets) != 0 {
		t.Errorf("%v; afterwards %+v, %v", err, k, read)
	}
	_, err = db.ChangeSettings(ctx, w.ID, func(time.Time, settings.Kept) (*settings.Change, error) { return nil, boom })
	if !errors.Is(err, boom) {
		t.Errorf("error = %v, want the function's own", err)
	}
}

func settingsUnknown(t *testing.T, db *store.DB) {
	_, err := db.Settings(context.Background(), "nobody")
	wantCode(t, "read", err, fault.NotFound)
	_, err = db.ChangeSettings(context.Background(), "nobody", func(time.Time, settings.Kept) (*settings.Change, error) {
		t.Error("asked for a change")
		return nil, nil
	})
	wantCode(t, "change", err, fault.NotFound)
}
