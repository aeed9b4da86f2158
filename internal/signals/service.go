package signals

import (
	"context"
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Service takes signals in. It is safe for concurrent use.
type Service struct {
	store     Store
	qualifier Qualifier // nil: nothing is qualified
	credits   Credits   // nil: nothing is charged
}

// New returns a service over the store, which neither qualifies nor charges; see With.
func New(store Store) *Service { return &Service{store: store} }

// Push keeps one signal, which must have passed its Validate; created is false when the same signal was there. The
// request's own idempotency key is the caller's business. Errors: validation_failed naming the fields, credits_exhausted, or the store's.
func (s *Service) Push(ctx context.Context, workspaceID string, actor activity.Actor, in wire.PushSignal) (out wire.Pushed, created bool, err error) {
	signal, err := Normal(in)
	if err != nil {
		return wire.Pushed{}, false, err
	}
	err = s.store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		types, err := s.store.SignalTypes(ctx, workspaceID)
		if err != nil {
			return err
		}
		if err := types.Acceptable(signal, now); err != nil {
			return err
		}
		captured, err := s.capture(ctx, push{workspaceID, actor, "push_signal", types}, []Signal{signal})
		if err != nil {
			return err
		}
		out, created = pushed(captured[0]), !captured[0].Duplicate
		return s.record(ctx, workspaceID, now, actor, []Signal{signal}, captured, 0)
	})
	return out, created, err
}

// capture stores signals with all that follows from them.
func (s *Service) capture(ctx context.Context, p push, in []Signal) ([]Captured, error) {
	if err := s.lock(ctx, p, in); err != nil {
		return nil, err
	}
	captured, err := s.store.CaptureSignals(ctx, p.workspaceID, in)
	if err != nil {
		return nil, err
	}
	return captured, s.follow(ctx, p, in, captured)
}

func pushed(c Captured) wire.Pushed {
	out := wire.Pushed{SignalCaptureID: c.ID, Duplicate: c.Duplicate, Qualification: c.Qualification}
	if id := c.Match.RecordID(); id != "" {
		out.MatchedRecordID = &id
	}
	return out
}

// record writes the request's one row of the activity log, if anything was added.
func (s *Service) record(ctx context.Context, workspaceID string, now time.Time, actor activity.Actor, in []Signal, captured []Captured, rejected int) error {
	created, source, id := 0, "", ""
	for i, c := range captured {
		if c.Duplicate {
			continue
		}
		created++
		if id = c.ID; created == 1 {
			source = in[i].Source
		} else if source != in[i].Source {
			source = "several"
		}
	}
	if created == 0 {
		return nil
	}
	if created > 1 {
		id = ""
	}
	return s.store.RecordActivity(ctx, activity.New(workspaceID, now, actor, activity.SignalsPushed, activity.ObjectSignals, id, map[string]string{
		"created": strconv.Itoa(created), "duplicates": strconv.Itoa(len(captured) - created), "rejected": strconv.Itoa(rejected), "source": source,
	}))
}
