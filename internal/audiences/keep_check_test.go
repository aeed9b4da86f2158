package audiences_test

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/engagement"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// check compares every audience with a fresh search as of the time for which its members hold, and its events with its members.
func (w *world) check() (members, events int) {
	w.Helper()
	list, err := w.db.ListAudiences(ctx, w.id)
	if err != nil {
		w.Fatal(err)
	}
	for _, a := range list {
		got, want := w.members(a), w.fresh(a, a.AsOf)
		if a.State != audiences.Current || a.Members != int64(len(got)) || !slices.Equal(got, want) {
			w.Errorf("%s is %s with %d members (%d counted), a fresh search of %s as of %s finds %d: %s", a.Name, a.State, len(got), a.Members, a.Filter, a.AsOf, len(want), differing(got, want))
		}
		members, events = members+len(got), events+w.replay(a, got)
	}
	for _, k := range []filter.Kind{filter.Accounts, filter.Leads} {
		w.checkScores(k, list[0].AsOf)
	}
	return members, events
}

// checkScores works the engagement of all records out anew.
func (w *world) checkScores(k filter.Kind, now time.Time) {
	w.Helper()
	owner := map[filter.Kind]string{filter.Accounts: "account_id", filter.Leads: "lead_id"}[k]
	own := map[string][]engagement.Signal{}
	w.rows(`SELECT `+owner+`, signal_type, source, occurred_at FROM signals WHERE workspace_id = $1 AND `+owner+` IS NOT NULL`, func(row store.Row) error {
		var id string
		var g engagement.Signal
		var at int64
		err := row.Scan(&id, &g.Type, &g.Source, &at)
		g.At = time.UnixMicro(at)
		own[id] = append(own[id], g)
		return err
	})
	w.rows(`SELECT id, COALESCE(engagement_score, -1), COALESCE(engagement_stage, '') FROM `+string(k)+` WHERE workspace_id = $1`, func(row store.Row) error {
		var id, stage string
		var score int
		err := row.Scan(&id, &score, &stage)
		if want := engagement.Score(own[id], w.state.model(), now); err == nil && (score != want.Score || stage != string(want.Stage)) {
			w.Errorf("%s %s with %d signals scores %d (%s) as of %s, want %d (%s)", k, id, len(own[id]), score, stage, now, want.Score, want.Stage)
		}
		return err
	})
}

// rows calls each with every row.
func (w *world) rows(text string, each func(store.Row) error) {
	w.Helper()
	err := w.db.View(ctx, func(ctx context.Context, q store.Q) error {
		rows, err := q.Query(ctx, text, w.id)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := each(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) members(a audiences.Audience) (out []string) {
	w.Helper()
	for after := ""; ; {
		ids, err := w.db.MemberIDs(ctx, w.id, a.ID, after, 1000)
		if err != nil {
			w.Fatal(err)
		}
		if out = append(out, ids...); len(ids) < 1000 {
			return out
		}
		after = ids[999]
	}
}

// fresh returns the ids that a search with the audience's filter finds.
func (w *world) fresh(a audiences.Audience, now time.Time) []string {
	w.Helper()
	out, err := w.search.IDs(ctx, w.id, a.RecordKind(), wire.Condition{Filter: a.Filter, Now: &now}, 1_000_000)
	if err != nil {
		w.Fatalf("search %s: %v", a.Filter, err)
	}
	slices.Sort(out)
	return out
}

// replay lets the audience's events happen from nobody on, and returns how many there were.
func (w *world) replay(a audiences.Audience, members []string) int {
	w.Helper()
	in, last, n := map[string]bool{}, time.Time{}, 0
	for after := ""; ; {
		events, _, err := w.db.Events(ctx, w.id, a.ID, after, 1000)
		if err != nil {
			w.Fatal(err)
		}
		for _, e := range events {
			if in[e.RecordID] == (e.Change == audiences.Added) || e.At.Before(last) || e.Kind != a.Over {
				w.Errorf("%s: %s of %s at %s, which is a member: %v; the event before was at %s", a.Name, e.Change, e.RecordID, e.At, in[e.RecordID], last)
			}
			if last = e.At; e.Change == audiences.Removed {
				delete(in, e.RecordID)
			} else {
				in[e.RecordID] = true
			}
			after = e.ID
		}
		if n += len(events); len(events) < 1000 {
			break
		}
	}
	if got := slices.Sorted(maps.Keys(in)); !slices.Equal(got, members) {
		w.Errorf("%s: its %d events make %d members, it has %d: %s", a.Name, n, len(got), len(members), differing(got, members))
	}
	return n
}

// differing shows some of what one list has and the other has not.
func differing(a, b []string) (out string) {
	only := func(a, b []string) (out []string) {
		for _, s := range a {
			if !slices.Contains(b, s) && len(out) < 3 {
				out = append(out, s)
			}
		}
		return out
	}
	for _, id := range only(a, b) {
		out += " +" + id
	}
	for _, id := range only(b, a) {
		out += " -" + id
	}
	return out
}
