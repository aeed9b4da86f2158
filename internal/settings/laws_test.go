package settings_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// patch draws a patch of the sections, of which some are refused: wrong weights, stages that do not rise, ICPs without parameters.
func patch(t *rapid.T) wire.UpdateSettings {
	null := func(g *rapid.Generator[any]) *rapid.Generator[any] { return rapid.OneOf(g, rapid.Just[any](nil)) }
	number := func(least, most int) *rapid.Generator[any] {
		return rapid.Map(rapid.IntRange(least, most), func(n int) any { return n })
	}
	object := func(name string, members map[string]*rapid.Generator[any]) map[string]any {
		out := map[string]any{}
		for _, member := range rapid.SliceOfDistinct(rapid.SampledFrom(slices.Sorted(maps.Keys(members))), rapid.ID).Draw(t, name) {
			out[member] = members[member].Draw(t, name+"."+member)
		}
		return out
	}
	terms := func(name string) any {
		members := map[string]*rapid.Generator[any]{"weight": null(number(0, 103)), "enabled": null(rapid.Map(rapid.Bool(), func(b bool) any { return b })), "credit_cost": null(number(0, 3))}
		if name != "release" { // whose words are fixed
			members["about"] = rapid.Just[any]("What we saw.")
		}
		return object(name, members)
	}
	icp := func(name string) any {
		parameter := map[string]any{"name": "a", "mode": "score", "weight": rapid.IntRange(1, 100).Draw(t, name+" weight"), "condition": map[string]any{"field": "domain", "op": "present"}}
		return object(name, map[string]*rapid.Generator[any]{"name": rapid.Map(rapid.SampledFrom([]string{"A", "B", ""}), func(s string) any { return s }),
			"parameters": rapid.Just[any]([]any{parameter}), "enabled": null(rapid.Map(rapid.Bool(), func(b bool) any { return b }))})
	}
	made := func(of func(string) any, name string) *rapid.Generator[any] {
		return null(rapid.Custom(func(*rapid.T) any { return of(name) }))
	}
	raw := func(name string, members map[string]*rapid.Generator[any]) json.RawMessage {
		if !rapid.Bool().Draw(t, "with "+name) {
			return nil
		}
		text, err := json.Marshal(object(name, members))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	return wire.UpdateSettings{
		SignalTypes: raw("signal_types", map[string]*rapid.Generator[any]{"release": made(terms, "release"), "mine": made(terms, "mine"), "yours": made(terms, "yours")}),
		ICPs:        raw("icps", map[string]*rapid.Generator[any]{"a": made(icp, "a"), "b": made(icp, "b")}),
		Engagement: raw("engagement", map[string]*rapid.Generator[any]{"half_life_days": null(number(0, 20)), "source_weights": rapid.Just[any](map[string]any{"x": rapid.IntRange(0, 320).Draw(t, "x"), "y": nil}),
			"stages": null(rapid.Just[any](map[string]any{"warm": rapid.IntRange(1, 40).Draw(t, "warm"), "in_market": rapid.IntRange(30, 80).Draw(t, "in_market"), "hot": 90}))}),
	}
}

// lawful makes a new workspace in the store for each check.
func lawful(db *store.DB) func(t *rapid.T) world {
	return func(t *rapid.T) world {
		w, err := workspaces.NewService(db, clock).Create(context.Background(), admin, "Laws", workspaces.Pro, "")
		if err != nil {
			t.Fatal(err)
		}
		return world{settings.New(db, nil), db, w.ID}
	}
}

// TestLaws: a change is kept whole or not at all, it makes a version and a row of the log exactly when something differs, and the same one again
// changes nothing.
func TestLaws(t *testing.T) {
	for name, e := range map[string]struct {
		config func(t *testing.T) store.Config
		most   int // changes of a workspace
	}{
		"sqlite":   {func(t *testing.T) store.Config { return store.Config{DataDir: t.TempDir(), Migrate: true} }, 6},
		"postgres": {func(t *testing.T) store.Config { return store.Config{DatabaseURL: pgtest.URL(t), Migrate: true} }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			db, err := store.Open(context.Background(), e.config(t))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			fresh := lawful(db)
			rapid.Check(t, func(t *rapid.T) { laws(t, fresh(t), e.most) })
		})
	}
}

func laws(t *rapid.T, w world, most int) {
	ctx := context.Background()
	for range rapid.IntRange(1, most).Draw(t, "changes") {
		in := patch(t)
		before, entries := read(t, w), logged(t, w)
		after, err := w.Update(ctx, w.ws, admin, in)
		if err != nil {
			if d := cmp.Diff(before, read(t, w)); fault.CodeOf(err) != fault.ValidationFailed || d != "" || logged(t, w) != entries {
				t.Fatalf("refused with %v, yet: %s", err, d)
			}
			continue
		}
		changed := after.Version - before.Version
		if d := cmp.Diff(after, read(t, w)); d != "" || int64(logged(t, w)-entries) != changed {
			t.Fatalf("answered and kept differ, or %d entries for %d versions: %s", logged(t, w)-entries, changed, d)
		}
		if before.Version, before.UpdatedAt = after.Version, after.UpdatedAt; (cmp.Diff(before, after) != "") != (changed == 1) {
			t.Fatalf("%d versions for: %s", changed, cmp.Diff(before, after))
		}
		again, err := w.Update(ctx, w.ws, admin, in)
		if d := cmp.Diff(after, again); d != "" || err != nil {
			t.Fatalf("the same again: %v %s", err, d)
		}
	}
}

func read(t *rapid.T, w world) wire.Settings {
	got, err := w.Get(context.Background(), w.ws)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func logged(t *rapid.T, w world) int {
	list, err := w.db.ListActivity(context.Background(), w.ws, activity.Filter{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// TestOrderOfSectionsDoesNotMatter: two changes that are each accepted alone and name different sections give the same in either order and at once.
func TestOrderOfSectionsDoesNotMatter(t *testing.T) {
	db := setup(t).db
	fresh := lawful(db)
	rapid.Check(t, func(t *rapid.T) {
		in := patch(t)
		types, rest := wire.UpdateSettings{SignalTypes: in.SignalTypes}, wire.UpdateSettings{ICPs: in.ICPs, Engagement: in.Engagement}
		var results []wire.Settings
		for _, order := range [][]wire.UpdateSettings{{types, rest}, {rest, types}, {in}} {
			w, ok := fresh(t), true
			for _, one := range order {
				_, err := w.Update(context.Background(), w.ws, admin, one)
				ok = ok && err == nil
			}
			if !ok {
				return
			}
			got := read(t, w)
			got.Version, got.UpdatedAt = 0, nil
			results = append(results, got)
		}
		if d := cmp.Diff(results[0], results[1]) + cmp.Diff(results[0], results[2]); d != "" {
			t.Fatal(d)
		}
	})
}
