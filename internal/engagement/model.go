package engagement

import (
	"math"
	"time"
)

// Model says what signals count. Its maps are only read.
type Model struct {
	Weights  map[string]int64  // strength by type, 0 to 100: what one signal of today adds; a type that is missing adds nothing
	Classes  map[string]string // class of source by type
	Sources  map[string]int64  // percent, 0 to 300, by source or by class of source; a source of its own comes first, and 100 when neither is there
	HalfLife int64             // in days, 1 or more: after which a signal counts half
	Warm     int64             // the score from which on a record is in the stage; each above the one before
	InMarket int64
	Hot      int64
}

// Window is the age from which on a signal counts no more, whatever the half life.
const Window = windowDays * day

const (
	windowDays = 180
	day        = 24 * time.Hour
	whole      = 1_000_000 // the recency of a signal of today
)

// StageOf returns the stage that a score means; a score at a threshold is in the higher stage.
func (m Model) StageOf(score int) Stage {
	switch s := int64(score); {
	case s >= m.Hot:
		return Hot
	case s >= m.InMarket:
		return InMarket
	case s >= m.Warm:
		return Warm
	}
	return Cool
}

// percent is the weight of a signal's source.
func (m Model) percent(s Signal) int64 {
	if p, own := m.Sources[s.Source]; own {
		return p
	}
	if p, class := m.Sources[m.Classes[s.Type]]; class {
		return p
	}
	return 100
}

// recency returns what of a signal is left after each whole day of its age, in millionths; integers, so that a sum does not depend on its order.
func (m Model) recency() (left [windowDays]int64) {
	for d := range left {
		left[d] = int64(math.Round(whole * math.Exp2(-float64(d)/float64(m.HalfLife))))
	}
	return left
}
