package pattern

import (
	"math"
	"slices"
)

// template is a way to make the local part of an address from a name.
type template struct {
	name string
	make func(n form) string
}

// templates lists the ways that are looked for, the commonest first: of two that fit the known addresses alike, the first counts.
var templates = []template{
	{"first.last", func(n form) string { return n.first + "." + n.last }},
	{"flast", func(n form) string { return n.first[:1] + n.last }},
	{"first", func(n form) string { return n.first }},
	{"f.last", func(n form) string { return n.first[:1] + "." + n.last }},
	{"firstlast", func(n form) string { return n.first + n.last }},
	{"firstl", func(n form) string { return n.first + n.last[:1] }},
	{"first.l", func(n form) string { return n.first + "." + n.last[:1] }},
	{"first_last", func(n form) string { return n.first + "_" + n.last }},
	{"first-last", func(n form) string { return n.first + "-" + n.last }},
	{"last", func(n form) string { return n.last }},
	{"last.first", func(n form) string { return n.last + "." + n.first }},
	{"lastf", func(n form) string { return n.last + n.first[:1] }},
	{"last.f", func(n form) string { return n.last + "." + n.first[:1] }},
	{"lastfirst", func(n form) string { return n.last + n.first }},
	{"last_first", func(n form) string { return n.last + "_" + n.first }},
	{"last-first", func(n form) string { return n.last + "-" + n.first }},
	{"f_last", func(n form) string { return n.first[:1] + "_" + n.last }},
	{"f-last", func(n form) string { return n.first[:1] + "-" + n.last }},
	{"fl", func(n form) string { return n.first[:1] + n.last[:1] }},
}

// The bounds of what is inferred.
const (
	MinEvidence   = 2   // known addresses that must fit the pattern
	MinConfidence = 0.3 // below it there is no answer
	MaxConfidence = 0.9 // a guess stays a guess
	Ambiguous     = 0.5 // what is left of the confidence when the known addresses do not tell how such a name is spelt
)

// Known is an address of a domain with the name of the person it belongs to.
type Known struct {
	FirstName, LastName string
	Local               string // the part before the @, in normal form
}

// Guess is an inferred address.
type Guess struct {
	Local      string
	Pattern    string // such as first.last
	Confidence float64
	Fit, Of    int // so many of the known addresses fit the pattern
}

// Infer returns the local part that the known addresses of the domain suggest for a person.
//
// The pattern is that which most of them fit, in any spelling of their names. With k of n that fit, the confidence is the lower end of the 95 %
// Wilson interval of k/n, at most MaxConfidence: few addresses prove little (2 of 2 give 0.34, 10 of 10 give 0.72), and so do divided ones. Where the name can be
// spelt in several ways (ä as a or ae, several given names), the way counts that most of the fitting addresses took who had the choice; when none
// had it, the usual way is taken at half the confidence. There is no guess from fewer than MinEvidence addresses that fit, below
// MinConfidence, for a name that ASCII cannot spell, or when the address is known to be another person's.
func Infer(known []Known, firstName, lastName string) (Guess, bool) {
	target := formsOf(firstName, lastName)
	examples := examplesOf(known)
	var pattern template
	var fit []example
	for _, t := range templates {
		if f := fitting(examples, t); len(f) > len(fit) {
			pattern, fit = t, f
		}
	}
	if len(fit) < MinEvidence || len(target) == 0 {
		return Guess{}, false
	}
	g := Guess{Pattern: pattern.name, Fit: len(fit), Of: len(examples)}
	g.Confidence = min(wilson(g.Fit, g.Of), MaxConfidence)
	var certain bool
	if g.Local, certain = address(target, pattern, fit); !certain {
		g.Confidence *= Ambiguous
	}
	if g.Confidence < MinConfidence || taken(examples, g.Local, target[0]) {
		return Guess{}, false
	}
	return g, true
}

// example is a known address with the forms of the person's name.
type example struct {
	local string
	forms []form
}

// examplesOf returns the known addresses that can tell something, each once.
func examplesOf(known []Known) (out []example) {
	seen := map[string]bool{}
	for _, k := range known {
		forms := formsOf(k.FirstName, k.LastName)
		if len(forms) == 0 || seen[k.Local] {
			continue
		}
		seen[k.Local] = true
		out = append(out, example{k.Local, forms})
	}
	return out
}

func fitting(examples []example, t template) (out []example) {
	for _, e := range examples {
		if e.by(t) != 0 {
			out = append(out, e)
		}
	}
	return out
}

// by returns the spellings with which the template makes the example's address.
func (e example) by(t template) (spellings uint32) {
	for _, f := range e.forms {
		if t.make(f) == e.local {
			spellings |= f.by
		}
	}
	return spellings
}

// address spells a name by the template as the fitting examples do. certain is false when they do not tell which of several ways is theirs.
func address(target []form, t template, fit []example) (local string, certain bool) {
	ways := waysOf(target, t)
	best, votes := 0, 0
	for i, w := range ways {
		v := 0
		for _, e := range fit {
			if len(waysOf(e.forms, t)) > 1 && e.by(t)&w.by != 0 {
				v++
			}
		}
		if v > votes {
			best, votes = i, v
		}
	}
	return ways[best].local, len(ways) == 1 || votes > 0
}

// way is one outcome of a template, with the spellings that lead to it.
type way struct {
	local string
	by    uint32
}

// waysOf returns the different local parts that the forms of a name give.
func waysOf(forms []form, t template) (out []way) {
	for _, f := range forms {
		local := t.make(f)
		at := slices.IndexFunc(out, func(w way) bool { return w.local == local })
		if at < 0 {
			at = len(out)
			out = append(out, way{local: local})
		}
		out[at].by |= f.by
	}
	return out
}

// taken reports whether the address belongs to somebody of another name.
func taken(examples []example, local string, own form) bool {
	return slices.ContainsFunc(examples, func(e example) bool {
		theirs := e.forms[0]
		return e.local == local && (theirs.first != own.first || theirs.last != own.last)
	})
}

// wilson returns the lower end of the 95 % Wilson score interval of k out of n.
func wilson(k, n int) float64 {
	const z = 1.96
	p, m := float64(k)/float64(n), float64(n)
	return (p + z*z/(2*m) - z*math.Sqrt(p*(1-p)/m+z*z/(4*m*m))) / (1 + z*z/m)
}
