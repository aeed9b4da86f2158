package audiences

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/engagement"
	"github.com/unstuckengine/unstuck/internal/filter"
)

// mostSignals of a record count for its engagement, the newest, so that what one signal costs stays bounded.
const mostSignals = 2000

// score brings the engagement of the records up to date, and says when they are due next.
func (t *turn) score(ctx context.Context, k filter.Kind, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	subjects, err := t.Subjects(ctx, k, ids, t.at.Add(-engagement.Window), t.at, mostSignals)
	if err != nil {
		return err
	}
	var changed []Scored
	next := map[string]time.Time{}
	for _, s := range subjects {
		r := engagement.Score(s.Signals, t.model, t.at)
		if s.Score == nil || *s.Score != int64(r.Score) || s.Stage != r.Stage {
			changed = append(changed, Scored{s.ID, r.Score, r.Stage})
		}
		next[s.ID] = r.Next
	}
	if err := t.SetScores(ctx, k, changed); err != nil {
		return err
	}
	due, err := t.due(ctx, k, ids, t.windows[k], next)
	if err != nil {
		return err
	}
	return t.SetDue(ctx, k, due, false)
}

// due returns when each record may score or be counted otherwise: at the time given, when a signal that lies ahead occurs, or when one enters or leaves
// a window of so many days. A window holds what occurred before now and at or after its begin, so that either happens one microsecond late.
func (t *turn) due(ctx context.Context, k filter.Kind, ids []string, days []int64, next map[string]time.Time) (map[string]time.Time, error) {
	from := []time.Time{t.at}
	for _, n := range days {
		from = append(from, t.at.Add(-time.Duration(n)*day))
	}
	comings, err := t.Comings(ctx, k, ids, from)
	due := make(map[string]time.Time, len(ids))
	for _, id := range ids {
		at := next[id]
		for i, c := range comings[id] {
			switch {
			case c.IsZero():
			case i > 0:
				at = sooner(at, c.Add(time.Duration(days[i-1])*day+time.Microsecond))
			case c.After(t.at):
				at = sooner(at, c)
			default:
				at = sooner(at, c.Add(time.Microsecond))
			}
		}
		due[id] = at
	}
	return due, err
}

// sooner returns the earlier time; the zero time is never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}
