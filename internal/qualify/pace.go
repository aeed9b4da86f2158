package qualify

import (
	"context"
	"errors"
	"time"
)

const (
	mostAtOnce = 100                    // records that one transaction looks at
	partTime   = 200 * time.Millisecond // how long it should take at most: others wait for it that write to the same file
)

// pace is how a job goes on: what a record costs depends on what is asked and on how much there is about it.
type pace struct {
	size int           // records of the next part
	skip bool          // leave them as they are, for the one that comes next took too long
	rest time.Duration // before it, for others to write
}

var firstPace = pace{size: 10}

// next returns the pace after a part that took so long, and which is to be done again when that was too long.
func (p pace) next(took time.Duration, slow bool) pace {
	switch {
	case slow:
		return pace{size: 1, skip: p.size == 1, rest: took}
	case p.skip:
		return pace{size: 1}
	case took > partTime:
		return pace{size: max(p.size/2, 1), rest: took}
	case took < partTime/4:
		return pace{size: min(p.size*2, mostAtOnce)}
	}
	return pace{size: p.size}
}

// patience is how long a part may look at its records; several are soon left to parts of one.
func (s *Service) patience(p pace) time.Duration {
	if p.size == 1 {
		return s.Limit
	}
	return s.Limit / 4
}

// errSlow means that looking at records took too long.
var errSlow = errors.New("qualify: looking at the records took too long")

// within runs fn with a context that ends after a while; errSlow when fn failed by that.
func within(ctx context.Context, limit time.Duration, fn func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errSlow)
	defer cancel()
	err := fn(ctx)
	if err != nil && errors.Is(context.Cause(ctx), errSlow) {
		return errSlow
	}
	return err
}
