package qualify

import (
	"context"
	"errors"
	"time"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Work does a job of the queue until it is over or the process stops; then another worker goes on. Two that do the same job take turns.
func (s *Service) Work(ctx context.Context, stopping <-chan struct{}, args []byte) error {
	ref, err := readRef(args)
	if err != nil {
		return err
	}
	for p := firstPace; ; {
		select {
		case <-stopping:
			return again{}
		case <-time.After(p.rest):
		}
		over, took, err := s.part(ctx, ref, p)
		if over || err != nil && !errors.Is(err, errSlow) {
			return err
		}
		p = p.next(took, err != nil)
	}
}

// again lets a job of the queue run again at once.
type again struct{}

// Error implements error.
func (again) Error() string { return "qualify: the process stops, the job goes on elsewhere" }

// RunAfter tells the queue when.
func (again) RunAfter() time.Duration { return time.Second }

// part qualifies the next records of a job and keeps how far it is, both or neither. took is for how long it kept others from writing. errSlow when that
// was too long, and then nothing is kept.
func (s *Service) part(ctx context.Context, ref JobRef, p pace) (over bool, took time.Duration, err error) {
	begun := time.Now()
	err = s.Store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		if err := s.Store.LockRecords(ctx, ref.WorkspaceID); err != nil { // first of all, as everybody does who takes several locks
			return err
		}
		begun = time.Now()
		j, err := s.Store.TakeQualificationJob(ctx, ref.WorkspaceID, ref.JobID)
		if over = j == nil; err != nil || over {
			return err
		}
		if err := within(ctx, s.patience(p), func(ctx context.Context) error { return s.advance(ctx, now, j, p) }); err != nil {
			return err
		}
		over = j.State == wire.QualificationDone
		return s.Store.AdvanceQualificationJob(ctx, *j)
	})
	return over && err == nil, time.Since(begun), err
}

func (s *Service) advance(ctx context.Context, now time.Time, j *Job, p pace) error {
	until := j.LastAccount
	if j.Kind == filter.Leads {
		until = j.LastLead
	}
	ids, err := s.Store.NextRecords(ctx, j.WorkspaceID, j.Kind, j.After, until, p.size)
	if err != nil {
		return err
	}
	if p.skip {
		j.Done, j.Failed = j.Done+int64(len(ids)), j.Failed+int64(len(ids))
	} else if err := s.look(ctx, now, j, ids); err != nil {
		return err
	}
	switch j.State = wire.QualificationRunning; {
	case len(ids) == p.size:
		j.After = ids[p.size-1]
	case j.Kind == filter.Accounts && j.Over == wire.QualifyAll:
		j.Kind, j.After = filter.Leads, ""
	default:
		j.State, j.FinishedAt = wire.QualificationDone, now
	}
	return nil
}

// look qualifies those of the records that pass the job's filter.
func (s *Service) look(ctx context.Context, now time.Time, j *Job, ids []string) error {
	passed, err := s.passing(ctx, now, j, ids)
	if err != nil {
		return err
	}
	results, err := s.Qualify(ctx, j.WorkspaceID, j.Kind, passed)
	if err == nil {
		j.count(len(ids), results)
	}
	return err
}

func (j *Job) count(looked int, results []Result) {
	j.Done += int64(looked)
	j.Matched += int64(len(results))
	for _, r := range results {
		if r.ICP != nil {
			j.Fitting++
		}
	}
}

// passing returns those of the records that fulfil the job's filter now.
func (s *Service) passing(ctx context.Context, now time.Time, j *Job, ids []string) (out []string, err error) {
	if len(j.Filter) == 0 || len(ids) == 0 {
		return ids, nil
	}
	node, err := Condition("filter", j.Kind, j.Filter, now)
	if err != nil {
		return nil, err
	}
	held, err := s.Store.Held(ctx, j.WorkspaceID, j.Kind, []filter.Node{node}, ids)
	for _, id := range ids {
		if holds := held[id]; len(holds) == 1 && holds[0] {
			out = append(out, id)
		}
	}
	return out, err
}

// Watch queues jobs again whose workers died, until ctx ends. failed is told of each look that failed.
func (s *Service) Watch(ctx context.Context, failed func(error)) {
	for tick := time.NewTicker(s.Silence / 3); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
			if err := s.wake(ctx); err != nil && ctx.Err() == nil {
				failed(err)
			}
		}
	}
}

func (s *Service) wake(ctx context.Context) error {
	begun, err := s.Store.Begun(ctx, JobKind, time.Now().Add(-s.Silence))
	if err != nil {
		return err
	}
	for _, args := range begun {
		ref, err := readRef(args)
		if err != nil {
			return err
		}
		err = s.Store.InTx(ctx, func(ctx context.Context, _ time.Time) error {
			idle, err := s.Store.ReclaimQualificationJob(ctx, ref, s.Silence)
			if err != nil || !idle {
				return err
			}
			return s.Store.Enqueue(ctx, JobKind, args)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
