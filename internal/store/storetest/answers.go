package storetest

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/store"
)

// MadeUpAnswers puts the same made-up records into both engines and asks about n questions, each read page by page to its end.
// See askBoth.
func MadeUpAnswers(t *testing.T, lite, pg *store.DB, seed uint64, n int) {
	t.Helper()
	askBoth(t, lite, pg, func(db *store.DB, workspaceID string) { loadMadeUp(t, db, workspaceID, seed) }, 1000, n)
}

// AnswersAbout is MadeUpAnswers about the records that load puts into a workspace; of each answer some pages are read.
func AnswersAbout(t *testing.T, lite, pg *store.DB, load func(db *store.DB, workspaceID string), n int) {
	t.Helper()
	askBoth(t, lite, pg, load, 3, n)
}

// askBoth fails unless both engines hold the same records after load, and give the same answers to random questions, byte for byte but for ids and
// for the times at which they took the records in, and unless these are what plain Go finds among the records.
func askBoth(t *testing.T, lite, pg *store.DB, load func(db *store.DB, workspaceID string), pages, n int) {
	t.Helper()
	engines := []asked{{db: lite}, {db: pg}}
	var texts []map[filter.Kind][][]byte
	for i := range engines {
		e := &engines[i]
		e.workspaceID, e.search = MustWorkspace(t, e.db, "answers").ID, search.New(e.db)
		load(e.db, e.workspaceID)
		read, l := readWorld(t, e.db, e.workspaceID)
		e.labels, texts = l, append(texts, read)
	}
	mustBeSame(t, texts[0], texts[1])
	w := newWorld(t, texts[0])
	from := newAsker(w, pages)
	var count atomic.Int64
	failed := false
	rapid.Check(t, func(rt *rapid.T) {
		defer func() { failed = failed || rt.Failed() }()
		for range max(1, n/100) { // a check has 100 rounds
			if !failed && count.Load() >= int64(n) { // a failure is asked again, to find a smaller question
				return
			}
			q := from.question().Draw(rt, "question")
			count.Add(1)
			compareAnswers(rt, w, engines, q)
		}
	})
	fmt.Fprintf(os.Stdout, "answers: %d asked, sqlite = postgres = plain Go\n", count.Load())
}

func mustBeSame(t *testing.T, lite, pg map[filter.Kind][][]byte) {
	t.Helper()
	for _, k := range answerKinds {
		if len(lite[k]) != len(pg[k]) || len(lite[k]) == 0 {
			t.Fatalf("%d %s in sqlite, %d in postgres", len(lite[k]), k, len(pg[k]))
		}
		for i := range lite[k] {
			_, a := timeless(lite[k][i])
			_, b := timeless(pg[k][i])
			if a != b {
				t.Fatalf("%s %d differs:\n  sqlite %s\npostgres %s", k, i, a, b)
			}
		}
	}
}

func compareAnswers(rt *rapid.T, w world, engines []asked, q answerQuestion) {
	lite, err := engines[0].ask(q, answersNow)
	if err != nil {
		rt.Fatalf("sqlite: %v\n%s", err, q)
	}
	pg, err := engines[1].ask(q, answersNow)
	if err != nil {
		rt.Fatalf("postgres: %v\n%s", err, q)
	}
	want := w.sorted(q.Kind, q.Filter, q.Sort, answersNow)
	if d := lite.differ(want); d != "" && !lite.truncated {
		rt.Fatalf("sqlite and plain Go differ: %s\n%s", d, q)
	}
	if d := pg.differ(want); d != "" && !pg.truncated {
		rt.Fatalf("postgres and plain Go differ: %s\n%s", d, q)
	}
	if d := cmp.Diff(lite.items, pg.items); d != "" || lite.total != pg.total || lite.truncated != pg.truncated {
		rt.Fatalf("totals %d and %d; the engines differ (-sqlite +postgres):\n%s\n%s", lite.total, pg.total, d, q)
	}
}
