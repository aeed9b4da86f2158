package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/activity/chain"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/store"
)

var chainCases = []Case{
	{"entries become links in the order of their times", chainOrder},
	{"a failure leaves neither links nor a head", chainFails},
	{"many who seal and many who write make one chain", chainRivals},
	{"sealed entries are filtered in the order of the chain", chainFilter},
	{"what is outside of the chain is told of", chainLoose},
	{"the database itself refuses to change a chain", chainTriggers},
	{"chains of workspaces are apart", chainIsolation},
}

// linked returns links with hashes that count: enough where nobody looks at what they prove.
func linked(h chain.Head, entries []activity.Entry) (out []chain.Link, err error) {
	for i, e := range entries {
		seq := h.Seq + int64(i) + 1
		out = append(out, chain.Link{Seq: seq, EntryID: e.ID, Hash: chain.Hash{byte(seq >> 8), byte(seq), 31: 1}, Seal: []byte{byte(seq), 0, 255}})
	}
	return out, nil
}

func mustExtend(t testing.TB, db *store.DB, workspaceID string, most int) int {
	t.Helper()
	n, err := db.Extend(context.Background(), workspaceID, most, linked)
	wantCode(t, "extend", err, "")
	return n
}

// chainOf reads everything.
func chainOf(t testing.TB, db *store.DB, workspaceID string) (links []chain.Found, head chain.Head, loose chain.Loose) {
	t.Helper()
	err := db.ReadChain(context.Background(), workspaceID, func(ctx context.Context, r chain.Reader) (err error) {
		if links, err = r.Links(ctx, 0, 1000); err != nil {
			return err
		}
		if head, err = r.Head(ctx); err != nil {
			return err
		}
		loose, err = r.Loose(ctx)
		return err
	})
	wantCode(t, "read the chain", err, "")
	return links, head, loose
}

func chainOrder(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a") // writes one entry
	late := mustRecord(t, db, w.ID, Epoch.Add(2*time.Second), activity.PersonActor("p"), activity.KeyCreated)
	early := mustRecord(t, db, w.ID, Epoch.Add(time.Second), activity.PersonActor("p"), activity.KeyCreated)
	if _, head, loose := chainOf(t, db, w.ID); head != (chain.Head{}) || loose != (chain.Loose{Waiting: 3}) {
		t.Errorf("at first: %+v, %+v", head, loose)
	}
	if n := mustExtend(t, db, w.ID, 10); n != 3 {
		t.Fatalf("sealed %d, want 3", n)
	}
	links, head, loose := chainOf(t, db, w.ID)
	if len(links) != 3 || links[1].EntryID != early.ID || links[2].EntryID != late.ID || head != (chain.Head{Seq: 3, Hash: links[2].Hash}) || loose != (chain.Loose{}) {
		t.Errorf("links = %+v, head %+v, loose %+v", links, head, loose)
	}
	if d := cmp.Diff(&early, links[1].Entry); d != "" {
		t.Errorf("the entry differs (-written +linked):\n%s", d)
	}
	if h, err := db.HashAt(ctx, w.ID, 2); err != nil || h != links[1].Hash {
		t.Errorf("HashAt(2) = %v, %v", h, err)
	}
	_, err := db.HashAt(ctx, w.ID, 4)
	wantCode(t, "HashAt(4)", err, fault.NotFound)
	if n := mustExtend(t, db, w.ID, 10); n != 0 {
		t.Errorf("sealed %d again", n)
	}
}

func chainFails(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	boom := errors.New("boom")
	if _, err := db.Extend(ctx, w.ID, 10, func(chain.Head, []activity.Entry) ([]chain.Link, error) { return nil, boom }); !errors.Is(err, boom) {
		t.Errorf("error = %v", err)
	}
	_, err := db.Extend(ctx, w.ID, 10, func(h chain.Head, e []activity.Entry) ([]chain.Link, error) {
		l, _ := linked(h, e)
		return append(l, l[0]), nil // the second of one number
	})
	wantCode(t, "a number twice", err, fault.Conflict)
	if links, head, loose := chainOf(t, db, w.ID); len(links) != 0 || head != (chain.Head{}) || loose.Waiting != 1 {
		t.Errorf("left: %v, %+v, %+v", links, head, loose)
	}
	if list, err := db.Unsealed(ctx); err != nil || !slices.Equal(list, []string{w.ID}) {
		t.Errorf("Unsealed = %v, %v", list, err)
	}
	mustExtend(t, db, w.ID, 10)
	if list, err := db.Unsealed(ctx); err != nil || len(list) != 0 {
		t.Errorf("Unsealed = %v, %v", list, err)
	}
}

// chainRivals writes from several sides while several seal, as servers over one database do.
func chainRivals(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	const writers, each, sealers = 4, 15, 3
	var writing, sealing sync.WaitGroup
	over := make(chan struct{})
	for i := range writers {
		writing.Go(func() {
			for range each {
				mustRecord(t, db, w.ID, Epoch.Add(time.Second), activity.PersonActor(fmt.Sprint(i)), activity.KeyCreated)
			}
		})
	}
	for range sealers {
		sealing.Go(func() {
			for last := false; ; {
				if n := mustExtend(t, db, w.ID, 7); n == 0 && last {
					return
				}
				select {
				case <-over:
					last = true
				default:
				}
			}
		})
	}
	writing.Wait()
	close(over)
	sealing.Wait()
	links, head, loose := chainOf(t, db, w.ID)
	seen := map[string]bool{}
	for i, l := range links {
		if l.Seq != int64(i+1) || l.Entry == nil || seen[l.EntryID] {
			t.Fatalf("link %d is %+v", i+1, l)
		}
		seen[l.EntryID] = true
	}
	if want := writers*each + 1; len(links) != want || head.Seq != int64(want) || loose != (chain.Loose{}) {
		t.Errorf("%d links, head %d, loose %+v; want %d", len(links), head.Seq, loose, want)
	}
}

func chainFilter(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	for i := range 5 {
		mustRecord(t, db, w.ID, Epoch.Add(time.Duration(i+1)*time.Second), activity.KeyActor(fmt.Sprintf("0000000%d", i%2), "bot"), activity.SignalsPushed)
	}
	mustExtend(t, db, w.ID, 4)
	for _, c := range []struct {
		name  string
		f     activity.Filter
		after int64
		want  []int64
	}{
		{"all that is sealed", activity.Filter{}, 0, []int64{1, 2, 3, 4}},
		{"after", activity.Filter{Before: "not looked at"}, 2, []int64{3, 4}},
		{"a key", activity.Filter{Actor: "00000000"}, 0, []int64{2, 4}},
		{"a group and a time", activity.Filter{Action: "signals.*", To: Epoch.Add(3 * time.Second)}, 0, []int64{2, 3}},
		{"an object", activity.Filter{ObjectType: activity.ObjectKey, ObjectID: "x", Kind: activity.ByKey}, 3, []int64{4}},
	} {
		got, err := db.Sealed(ctx, w.ID, c.f, c.after, 10)
		wantCode(t, c.name, err, "")
		var seqs []int64
		for _, f := range got {
			seqs = append(seqs, f.Seq)
			if want, _ := db.HashAt(ctx, w.ID, f.Seq-1); f.Prev != want || f.Entry == nil {
				t.Errorf("%s: number %d follows %v, want %v", c.name, f.Seq, f.Prev, want)
			}
		}
		if !slices.Equal(seqs, c.want) {
			t.Errorf("%s: %v, want %v", c.name, seqs, c.want)
		}
	}
}

func chainLoose(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	e := mustRecord(t, db, w.ID, Epoch, activity.PersonActor("p"), activity.KeyCreated)
	mustExtend(t, db, w.ID, 10)
	mustExec(t, db, `INSERT INTO activity_pending (workspace_id, id) VALUES ($1, $2), ($1, '00')`, w.ID, e.ID)
	mustExec(t, db, `INSERT INTO activity (workspace_id, id, at, actor_kind, actor_name, actor_key_id, action, object_type, object_id, detail)
		VALUES ($1, 'stray', 1, 'person', 'p', '', 'key.created', 'key', 'x', '{}')`, w.ID)
	if _, _, loose := chainOf(t, db, w.ID); loose != (chain.Loose{Waiting: 2, Stray: "stray", Lost: "00", Twice: e.ID}) {
		t.Errorf("loose = %+v", loose)
	}
	if n := mustExtend(t, db, w.ID, 10); n != 0 {
		t.Errorf("sealed %d of them", n)
	}
}

func mustExec(t testing.TB, db *store.DB, text string, args ...any) {
	t.Helper()
	wantCode(t, text, exec(db, text, args...), "")
}

func exec(db *store.DB, text string, args ...any) error {
	return db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, text, args...)
		return err
	})
}

func chainTriggers(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	mustExtend(t, db, w.ID, 10)
	texts := []string{`DELETE FROM activity`, `UPDATE activity_chain SET seq = 2`, `DELETE FROM activity_chain`}
	if db.Engine() == "postgres" {
		texts = append(texts, `TRUNCATE activity`, `TRUNCATE activity_chain`)
	}
	for _, text := range texts {
		if err := exec(db, text); fault.CodeOf(err) != fault.Internal || !strings.Contains(fmt.Sprint(errors.Unwrap(err)), "never changed") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func chainIsolation(t *testing.T, db *store.DB) {
	a, b := MustWorkspace(t, db, "a"), MustWorkspace(t, db, "b")
	mustRecord(t, db, a.ID, Epoch, activity.PersonActor("p"), activity.KeyCreated)
	if n := mustExtend(t, db, a.ID, 10); n != 2 {
		t.Errorf("sealed %d of the first workspace, want 2", n)
	}
	if links, _, loose := chainOf(t, db, b.ID); len(links) != 0 || loose != (chain.Loose{Waiting: 1}) {
		t.Errorf("the other has %d links and %+v", len(links), loose)
	}
	mustExtend(t, db, b.ID, 10)
	for id, want := range map[string]int{a.ID: 2, b.ID: 1} {
		got, err := db.Sealed(context.Background(), id, activity.Filter{}, 0, 10)
		if err != nil || len(got) != want || got[0].Seq != 1 || got[0].Entry.WorkspaceID != id {
			t.Errorf("%d sealed, %v; want %d", len(got), err, want)
		}
	}
}
