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

// next returns the first time after now at which the score is another one; zero when there is none. Until the next signal that lies ahead the score
// never rises, so that it is enough to look where it ends.
func (s sum) next(now time.Time, score int) time.Time {
	for _, p := range s.parts {
		if !p.at.After(now) {
			continue
		}
		if t := s.fall(now, p.at, score); !t.IsZero() {
			return t
		}
		if s.at(p.at) != score {
			return p.at
		}
		now = p.at
	}
	return s.fall(now, now.Add(Window+day), score)
}

// fall returns the first time after from and before end at which the score is below what it is at from; zero when it stays. No signal comes between.
func (s sum) fall(from, end time.Time, score int) time.Time {
	days := 1 + sort.Search(windowDays, func(d int) bool { return s.at(from.Add(time.Duration(d+1)*day)) != score })
	if limit := from.Add(time.Duration(days) * day); limit.Before(end) {
		end = limit.Add(1)
	}
	steps := s.steps(from.Add(time.Duration(days-1)*day), end)
	first := sort.Search(len(steps), func(i int) bool { return s.at(steps[i]) != score })
	if first == len(steps) {
		return time.Time{}
	}
	return steps[first]
}

// steps returns when, within the 24 hours after from and before end, signals become a day older, in order.
func (s sum) steps(from, end time.Time) (steps []time.Time) {
	for _, p := range s.parts {
		age := from.Sub(p.at)
		if age < 0 || age >= Window {
			continue
		}
		if t := p.at.Add((age/day + 1) * day); t.Before(end) {
			steps = append(steps, t)
		}
	}
	slices.SortFunc(steps, time.Time.Compare)
	return slices.Compact(steps)
}
