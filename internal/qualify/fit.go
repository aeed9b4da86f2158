package qualify

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/unstuckengine/unstuck/internal/wire"
)

// Band puts a score into words.
type Band string

// The bands.
const (
	Weak    Band = "weak"    // 0 to 25: qualified, but weak
	Partial Band = "partial" // 26 to 50
	Good    Band = "good"    // 51 to 75
	Strong  Band = "strong"  // 76 to 100
)

// BandOf returns the band of a score.
func BandOf(score int64) Band {
	switch {
	case score <= 25:
		return Weak
	case score <= 50:
		return Partial
	case score <= 75:
		return Good
	}
	return Strong
}

// Fit is how a record fits one ICP or persona.
type Fit struct {
	Code  string
	OutBy string // the first parameter that rules the record out; "" when none does
	Score int64  // 0 to 100; 0 of a record that is ruled out
	Rows  []Row  // in the order of the parameters
}

// Row is what one parameter does to the score.
type Row struct {
	Parameter
	Held         bool
	Value        json.RawMessage // what the record has at the fields of the condition; nil when it has nothing there, or the condition looks at others
	Contribution float64         // what it adds to the score, before that is rounded; in hundredths
}

// In reports whether the record is scored: every filter holds and nothing excludes it.
func (f Fit) In() bool { return f.OutBy == "" }

// FitOf returns how a record fits the parameters, of which held says in their order which hold. The score is the part of the weights of mode score
// that held have, in percent; without any such parameter it is 100.
func FitOf(code string, parameters []Parameter, held []bool) Fit {
	f := Fit{Code: code, Rows: make([]Row, len(parameters))}
	var sum, got int64
	for i, p := range parameters {
		f.Rows[i] = Row{Parameter: p, Held: held[i]}
		switch {
		case p.Mode == wire.ModeScore:
			sum += p.Weight
			if held[i] {
				got += p.Weight
			}
		case f.OutBy == "" && held[i] == (p.Mode == wire.ModeExclude):
			f.OutBy = p.Name
		}
	}
	if !f.In() {
		return f
	}
	f.Score = 100
	if sum > 0 {
		f.Score = (200*got + sum) / (2 * sum)
	}
	for i, r := range f.Rows {
		if r.Held && r.Mode == wire.ModeScore {
			f.Rows[i].Contribution = float64((20_000*r.Weight+sum)/(2*sum)) / 100
		}
	}
	return f
}

// Best returns the fit of the highest score, of several the one whose code comes first; nil when the record is ruled out of all.
func Best(fits []Fit) *Fit {
	in := slices.DeleteFunc(slices.Clone(fits), func(f Fit) bool { return !f.In() })
	if len(in) == 0 {
		return nil
	}
	best := slices.MinFunc(in, func(a, b Fit) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Code, b.Code)) })
	return &best
}
