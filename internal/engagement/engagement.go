// Package engagement works out how engaged a record is from its signals: strength times recency times the weight of the source, as a score of 0 to 100
// and the stage that it means. Everything is a pure function of signals, model and time.
package engagement

import "time"

// Stage is what a score means. The zero value is that of a record nobody has looked at.
type Stage string

// The stages, from the lowest score.
const (
	Cool     Stage = "cool"
	Warm     Stage = "warm"
	InMarket Stage = "in_market"
	Hot      Stage = "hot"
)

// Signal is what counts of a signal.
type Signal struct {
	Type   string
	Source string
	At     time.Time // when it occurred; one that lies ahead does not count yet
}

// Result is the engagement of a record at a time.
type Result struct {
	Score int // 0 to 100
	Stage Stage
	Next  time.Time // the first time after which Score may differ though no signal comes; zero when it never will
}
