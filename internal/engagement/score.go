package engagement

import (
	"slices"
	"sort"
	"time"
)

// Score returns the engagement that the signals, in any order, give at now. Each counts its strength times the weight of its source, and less with
// each whole 24 hours of its age, until it is as old as Window; those that lie ahead do not count yet. The sum is rounded and at most 100.
func Score(signals []Signal, m Model, now time.Time) Result {
	sum := newSum(signals, m)
	score := sum.at(now)
	return Result{Score: score, Stage: m.StageOf(score), Next: sum.next(now, score)}
}

// sum is what each signal is worth, and how that fades.
type sum struct {
	parts []part // by time
	left  [windowDays]int64
}

type part struct {
	at    time.Time
	worth int64 // in hundredths of a point
}

func newSum(signals []Signal, m Model) sum {
	s := sum{left: m.recency()}
	for _, g := range signals {
		if worth := m.Weights[g.Type] * m.percent(g); worth > 0 {
			s.parts = append(s.parts, part{g.At, worth})
		}
	}
	slices.SortFunc(s.parts, func(a, b part) int { return a.at.Compare(b.at) })
	return s
}

// at is the score at a time.
func (s sum) at(t time.Time) int {
	const point = 100 * whole
	var all int64
	for _, p := range s.parts {
		if age := t.Sub(p.at); age >= 0 && age < Window {
			all += p.worth * s.left[age/day]
		}
	}
	return int(min(100, (all+point/2)/point))
}

// next returns the first time after now at which the score is another one; zero when there is none. Between two signals that lie ahead the score only
// falls, so that it can be halved for.
func (s sum) next(now time.Time, score int) time.Time {
	for _, p := range s.parts {
		if !p.at.After(now) {
			continue
		}
		if t := s.fall(now, p.at.Add(-1), score); !t.IsZero() {
			return t
		}
		if s.at(p.at) != score {
			return p.at
		}
		now = p.at
	}
	return s.fall(now, now.Add(Window), score)
}

// fall returns the first time after from and until last at which the score is not the one that it is at from; zero when it stays. No signal comes between.
func (s sum) fall(from, last time.Time, score int) time.Time {
	after := func(days int) time.Time {
		if t := from.Add(time.Duration(days) * day); t.Before(last) {
			return t
		}
		return last
	}
	days := sort.Search(windowDays+1, func(d int) bool { return s.at(after(d)) != score })
	if days > windowDays {
		return time.Time{}
	}
	steps := s.steps(after(days-1), after(days))
	return steps[sort.Search(len(steps)-1, func(i int) bool { return s.at(steps[i]) != score })]
}

// steps returns when, after from and until last, signals become a day older, in order; the two lie at most a day apart.
func (s sum) steps(from, last time.Time) (steps []time.Time) {
	for _, p := range s.parts {
		age := from.Sub(p.at)
		if age < 0 || age >= Window {
			continue
		}
		if t := p.at.Add((age/day + 1) * day); !t.After(last) {
			steps = append(steps, t)
		}
	}
	slices.SortFunc(steps, time.Time.Compare)
	return slices.Compact(steps)
}
