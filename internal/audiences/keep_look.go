package audiences

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/filter"
)

// look brings records up to date, and with them the members of every audience that looks at them.
func (t *turn) look(ctx context.Context, list []Stale) error {
	changed := map[filter.Kind][]string{}
	for _, s := range list {
		changed[s.Kind] = append(changed[s.Kind], s.ID)
	}
	for k, ids := range changed {
		slices.Sort(ids)
		changed[k] = slices.Compact(ids)
		if err := t.score(ctx, k, changed[k]); err != nil { // all of them before any filter looks at one
			return err
		}
	}
	if len(list) == 0 {
		return nil
	}
	sets, err := t.reached(ctx, changed)
	if err != nil {
		return err
	}
	members, err := t.memberships(ctx, "", slices.Concat(sets...))
	for i, a := range t.audiences {
		if err == nil {
			err = t.compare(ctx, a, sets[i], members[a.ID])
		}
	}
	return err
}

// reached returns, for each audience, the records that may be in it or not by what changed.
func (t *turn) reached(ctx context.Context, changed map[filter.Kind][]string) ([][]string, error) {
	known := map[string][]string{} // by way
	follow := func(w way) (ids []string, err error) {
		if ids, ok := known[w.String()]; ok {
			return ids, nil
		}
		ids = changed[w[0].From()]
		for _, step := range w {
			if err == nil && len(ids) > 0 {
				ids, err = t.Related(ctx, step, ids)
			}
		}
		known[w.String()] = ids
		return ids, err
	}
	out := make([][]string, len(t.audiences))
	for i, a := range t.audiences {
		ids := slices.Clone(changed[a.Over])
		for _, w := range a.ways {
			more, err := follow(w)
			if err != nil {
				return nil, err
			}
			ids = append(ids, more...)
		}
		slices.Sort(ids)
		out[i] = slices.Compact(ids)
	}
	return out, nil
}

// memberships returns by audience and record how the records are ranked where they are members: in one audience, or in any for "".
func (t *turn) memberships(ctx context.Context, audienceID string, ids []string) (map[string]map[string]string, error) {
	slices.Sort(ids)
	list, err := t.Memberships(ctx, audienceID, slices.Compact(ids))
	out := map[string]map[string]string{}
	for _, m := range list {
		if out[m.AudienceID] == nil {
			out[m.AudienceID] = map[string]string{}
		}
		out[m.AudienceID][m.RecordID] = m.Ranking
	}
	return out, err
}

// compare makes those of the records members that fulfil the filter, and no others; each difference is one event.
func (t *turn) compare(ctx context.Context, a watched, ids []string, members map[string]string) error {
	if len(ids) == 0 {
		return nil
	}
	holding, err := t.Holding(ctx, a.Over, a.node, a.Ranking, ids)
	if err != nil {
		return err
	}
	var enrol, leave []Member
	for _, id := range ids {
		values, holds := holding[id]
		before, was := members[id]
		m := Member{a.ID, id, a.rank(values)}
		switch {
		case holds && !was:
			enrol = append(enrol, m)
			t.note(a, id, Added)
		case !holds && was:
			leave = append(leave, m)
			t.note(a, id, Removed)
		case holds && m.Ranking != before:
			enrol = append(enrol, m)
			if sameRules(m.Ranking, before) {
				t.note(a, id, Reranked)
			}
		}
	}
	if err := t.Leave(ctx, leave); err != nil {
		return err
	}
	return t.Enrol(ctx, enrol, t.at)
}

// rank tells apart by what a member is ranked: first the ranking, then the values.
func (a watched) rank(values string) string {
	if len(a.Ranking) == 0 {
		return ""
	}
	raw, err := json.Marshal(a.Ranking)
	if err != nil { // it consists of texts
		panic(err)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:4]) + ":" + values
}

// sameRules reports whether two members are ranked by the same ranking: else it is the audience that changed, not the record.
func sameRules(a, b string) bool {
	rules, _, _ := strings.Cut(a, ":")
	return strings.HasPrefix(b, rules+":")
}

func (t *turn) note(a watched, recordID string, c Change) {
	id := eventID(t.at, len(t.events))
	t.events = append(t.events, Event{ID: id, AudienceID: a.ID, Kind: a.Over, RecordID: recordID, Change: c, At: t.at})
}

// eventID returns a UUIDv7 for the event at the place among those of its time. Ids are ordered as the events are.
func eventID(at time.Time, n int) string {
	id := uuid.New()
	micros := at.UnixMicro()
	ms, rest := micros/1000, micros%1000
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6], id[7] = 0x70|byte(rest>>8), byte(rest)
	id[8] = 0x80 | byte(n>>24)&0x3f
	id[9], id[10], id[11] = byte(n>>16), byte(n>>8), byte(n)
	return id.String()
}
