package destinations

import (
	"context"
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// File is the members of an audience as the rows of a table, with the columns of the mapping that holds.
type File struct {
	Columns []string // by name
	Members int64
	// Rows yields parts of the rows, JSON objects by column; an error is the last.
	Rows iter.Seq2[[]json.RawMessage, error]
}

// TypeFile is what the log calls a file that was fetched.
const TypeFile Type = "file"

// Fetch returns the file of a csv destination. Members that join or leave while it is read may or may not be in it. Errors: not_found for the destination,
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
	return &File{slices.Sorted(maps.Keys(m)), a.Members, s.rows(ctx, to, a, m)}, nil
}

// rows reads the members part by part, each when it is asked for, and notes the file when it was read to its end.
func (s *Service) rows(ctx context.Context, to Destination, a audiences.Audience, m Mapping) iter.Seq2[[]json.RawMessage, error] {
	return func(yield func([]json.RawMessage, error) bool) {
		began := time.Now()
		for after := ""; ; {
			ids, err := s.Store.MemberIDs(ctx, to.WorkspaceID, a.ID, after, stepSize)
			var part []json.RawMessage
			if err == nil {
				part, err = s.part(ctx, to, a, m, ids)
			}
			if last := len(ids) < stepSize; err == nil && last {
				err = s.fetched(ctx, to, a, time.Since(began))
			}
			if !yield(part, err) || err != nil || len(ids) < stepSize {
				return
			}
			after = ids[len(ids)-1]
		}
	}
}

// part makes the rows of some members; those whose records are gone are left out.
func (s *Service) part(ctx context.Context, to Destination, a audiences.Audience, m Mapping, ids []string) (rows []json.RawMessage, err error) {
	parts, err := s.Store.Parts(ctx, to.WorkspaceID, a.Over, ids, m.asksSignals(), time.Now())
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		p, there := parts[id]
		if !there {
			continue
		}
		row := map[string]json.RawMessage{}
		msg := Message{Change: audiences.Added, Audience: Audience{a.ID, a.Name}, Kind: a.Over, RecordID: id, Account: p.Account, Lead: p.Lead, LastSignal: p.LastSignal, Mapping: m}
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
