package cli

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/fault"
)

// attempts is how often a call of many is made before the whole run is given up.
const attempts = 6

// patiently makes a call that may safely be repeated, again when the API says to come back later.
func patiently[T any](ctx context.Context, call func() (T, error)) (T, error) {
	for attempt := 1; ; attempt++ {
		out, err := call()
		wait, again := later(err)
		if !again || attempt == attempts {
			return out, err
		}
		select {
		case <-ctx.Done():
			return out, ctx.Err()
		case <-time.After(wait):
		}
	}
}

// later reports whether err will pass, and when to try again.
func later(err error) (time.Duration, bool) {
	f := asFault(err)
	if f == nil || f.Code == fault.CreditsExhausted {
		return 0, false
	}
	exit := config.ExitFor(f.Code)
	return min(time.Duration(f.RetrySeconds())*time.Second, time.Minute), exit == config.ExitLimit || exit == config.ExitUnavailable
}
