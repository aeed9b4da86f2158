package destinations

import (
	"math/rand/v2"
	"time"
)

// schedule is how long after an attempt the next one follows: ten attempts over three days, as Standard Webhooks advises.
var schedule = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// mostAttempts is how often a delivery is tried.
var mostAttempts = int64(len(schedule) + 1)

// longestWait bounds what a receiver can ask for by Retry-After.
const longestWait = 24 * time.Hour

// wait returns how long after its attempt of that number, from 1, a delivery is tried again; false when it is not. Up to a tenth is added at random, so
// that what failed together does not come back together. A receiver can ask for more time, not for less.
func wait(attempt int64, asked time.Duration) (time.Duration, bool) {
	if attempt >= mostAttempts {
		return 0, false
	}
	d := max(schedule[attempt-1], min(asked, longestWait))
	return d + rand.N(d/10), true
}
