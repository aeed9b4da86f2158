package records

import (
	"context"
	"errors"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Erasure is what was erased or, by Preview, would be.
type Erasure struct {
	RecordType string `json:"record_type"`
	ID         string `json:"id"`
	Counts
	Erased bool `json:"erased"`
}

var errPreview = errors.New("only a preview")

// Preview returns what Erase would erase, and changes nothing. Errors are those of Get.
func (s *Service) Preview(ctx context.Context, workspaceID string, hint wire.GetRecord) (out Erasure, err error) {
	err = s.store.InTx(ctx, func(ctx context.Context, _ time.Time) error {
		if _, err := s.erase(ctx, workspaceID, hint, &out); err != nil {
			return err
		}
		return errPreview // what was done to count is undone
	})
	if errors.Is(err, errPreview) {
		err = nil
	}
	return out, err
}

// Erase erases the record that the one hint names, with all that Counts tells of, in one transaction with its row of the activity log. Its bytes
// may stay in the files of the database until Scrub. Errors are those of Get.
func (s *Service) Erase(ctx context.Context, workspaceID string, actor activity.Actor, hint wire.GetRecord) (out Erasure, err error) {
	var trace Trace
	err = s.store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		if trace, err = s.erase(ctx, workspaceID, hint, &out); err != nil {
			return err
		}
		return s.log(ctx, workspaceID, now, actor, trace.Ref, out.Counts)
	})
	if err != nil {
		return Erasure{}, err
	}
	out.Erased = true
	late, err := s.store.EraseLate(ctx, workspaceID, trace)
	if err != nil || late == (Counts{}) {
		return out, err
	}
	out.Signals, out.Replies = out.Signals+late.Signals, out.Replies+late.Replies
	err = s.store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		return s.log(ctx, workspaceID, now, actor, trace.Ref, late)
	})
	return out, err
}

// Scrub lets nothing that was erased stay in the files of the database, as far as the engine can do that. Writers wait for it.
func (s *Service) Scrub(ctx context.Context) error { return s.store.Scrub(ctx) }

func (s *Service) erase(ctx context.Context, workspaceID string, hint wire.GetRecord, out *Erasure) (Trace, error) {
	ref, err := s.named(ctx, workspaceID, hint)
	if err != nil {
		return Trace{}, err
	}
	trace, counts, err := s.store.Erase(ctx, workspaceID, ref)
	*out = Erasure{RecordType: ref.Type(), ID: ref.ID, Counts: counts}
	return trace, err
}

func (s *Service) log(ctx context.Context, workspaceID string, now time.Time, actor activity.Actor, ref Ref, n Counts) error {
	return s.store.RecordActivity(ctx, activity.New(workspaceID, now, actor, activity.RecordDeleted, ref.Type(), ref.ID, n.detail()))
}
