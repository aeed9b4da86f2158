package destinations

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// File is the members of an audience as the rows of a table, with the columns of the mapping that holds.
type File struct {
	Name    string   // that fits the audience: small ASCII letters, digits and hyphens
	Columns []string // by name
	Members int64
	// Rows yields parts of the rows in the order of the ranking, JSON objects by column; an error is the last.
	Rows iter.Seq2[[]json.RawMessage, error]
}

// TypeFile is what the log calls a file that was fetched.
const TypeFile Type = "file"

// Fetch returns the file of a csv destination. Members that join, leave or move while it is read may or may not be in it. Errors: not_found for the destination,
// validation_failed naming audience, conflict for a destination that is pending, paused or of another kind.
func (s *Service) Fetch(ctx context.Context, workspaceID string, in wire.DestinationFile) (*File, error) {
	to, err := s.Store.Destination(ctx, workspaceID, in.ID)
	switch {
	case err != nil:
		return nil, err
	case to.Kind != CSV:
		return nil, fault.New(fault.Conflict, "Only a csv destination has a file.")
	case to.Status() != Active:
		return nil, fault.New(fault.Conflict, "The destination is "+string(to.Status())+". An admin confirms pending ones; paused ones must be resumed.")
	}
	a, err := s.Store.FindAudience(ctx, workspaceID, in.AudienceID)
	if fault.CodeOf(err) == fault.NotFound || err == nil && !slices.ContainsFunc(a.Destinations, func(t audiences.Attached) bool { return t.DestinationID == to.ID }) {
		return nil, fault.Invalid("audience", "is no audience that this destination is attached to")
	}
	if err != nil {
		return nil, err
	}
	_, m, err := s.mapped(ctx, to, a.ID, a.Over)
	if err != nil {
		return nil, err
	}
	return &File{slug(a.Name), slices.Sorted(maps.Keys(m)), a.Members, s.rows(ctx, to, a, m)}, nil
}

// rows reads the members part by part, each when it is asked for, and notes the file when it was read to its end.
func (s *Service) rows(ctx context.Context, to Destination, a audiences.Audience, m Mapping) iter.Seq2[[]json.RawMessage, error] {
	return func(yield func([]json.RawMessage, error) bool) {
		began, position := time.Now(), int64(1)
		for after, last := []any(nil), false; !last; {
			hits, err := s.Store.RankedMembers(ctx, to.WorkspaceID, a, after, rankedSize)
			if err != nil {
				yield(nil, err)
				return
			}
			if last = len(hits) < rankedSize; !last {
				after = hits[len(hits)-1].Position
			}
			for list := range slices.Chunk(hits, stepSize) {
				part, err := s.part(ctx, to, a, m, list, position)
				if !yield(part, err) || err != nil {
					return
				}
				position += int64(len(list))
			}
		}
		yield(nil, s.fetched(ctx, to, a, time.Since(began)))
	}
}

// rankedSize is how many members are ranked at a time. Each time all of them are sorted, so it is many; they are only ids.
const rankedSize = 20_000

// slug makes a name for a file of one for people; "members" where nothing of it is left.
func slug(name string) string {
	words := strings.FieldsFunc(text.Fold(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	out := strings.Join(words, "-")
	return cmp.Or(strings.Trim(out[:min(len(out), 60)], "-"), "members")
}

// part makes the rows of some members, of which the first has the position; those whose records are gone are left out.
func (s *Service) part(ctx context.Context, to Destination, a audiences.Audience, m Mapping, hits []search.Hit, first int64) (rows []json.RawMessage, err error) {
	ids := make([]string, len(hits))
	for i, h := range hits {
		ids[i] = h.ID
	}
	parts, err := s.Store.Parts(ctx, to.WorkspaceID, a.Over, ids, m.asksSignals(), time.Now())
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		p, there := parts[id]
		if !there {
			continue
		}
		row := map[string]json.RawMessage{}
		msg := Message{Change: audiences.Added, Audience: Audience{a.ID, a.Name}, Kind: a.Over, RecordID: id, Account: p.Account, Lead: p.Lead, LastSignal: p.LastSignal, Mapping: m, position: first + int64(i)}
		for _, v := range msg.Values() {
			row[v.Field] = v.JSON
		}
		raw, err := json.Marshal(row)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, err)
		}
		rows = append(rows, raw)
	}
	return rows, nil
}

// asksSignals reports whether the mapping needs the newest signals.
func (m Mapping) asksSignals() bool {
	for _, path := range m {
		if strings.HasPrefix(path, "last_signal.") {
			return true
		}
	}
	return false
}

// fetched notes a file in the log of deliveries.
func (s *Service) fetched(ctx context.Context, to Destination, a audiences.Audience, took time.Duration) error {
	return s.Store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		d := newDelivery(now, to.ID, TypeFile)
		d.AudienceID, d.Kind, d.State, d.NextAt, d.FinishedAt, d.Attempts, d.Duration = a.ID, a.Over, Delivered, time.Time{}, now, 1, took
		return s.Store.AddDeliveries(ctx, to.WorkspaceID, []Delivery{d})
	})
}
