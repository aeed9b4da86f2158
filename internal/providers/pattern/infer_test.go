package pattern_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/providers/pattern"
)

// known reads lines of "First Names|Last Names|local".
func known(lines ...string) (out []pattern.Known) {
	for _, l := range lines {
		f := strings.Split(l, "|")
		out = append(out, pattern.Known{FirstName: f[0], LastName: f[1], Local: f[2]})
	}
	return out
}

func TestInfer(t *testing.T) {
	three := known("Ann|Lee|ann.lee", "Bob|Stone|bob.stone", "Cy|Young|cy.young")
	for _, c := range []struct {
		title       string
		known       []pattern.Known
		first, last string
		local       string // "" = no guess
		confidence  float64
	}{
		{"nothing is known", nil, "Jane", "Doe", "", 0},
		{"one address proves nothing", known("Ann|Lee|ann.lee"), "Jane", "Doe", "", 0},
		{"one address told twice is one", known("Ann|Lee|ann.lee", "Ann|Lee|ann.lee"), "Jane", "Doe", "", 0},
		{"two addresses", three[:2], "Jane", "Doe", "jane.doe", 0.342},
		{"three addresses", three, "Jane", "Doe", "jane.doe", 0.438},
		{"addresses that fit nothing", known("Ann|Lee|x1", "Bob|Stone|x2", "Cy|Young|x3"), "Jane", "Doe", "", 0},
		{"one in three is odd", append(known("Di|Fox|boss"), three[:2]...), "Jane", "Doe", "", 0},
		{"two rules side by side", append(known("Di|Fox|dfox", "Ed|Gale|egale", "Flo|Hart|fhart"), three...), "Jane", "Doe", "", 0},
		{"initial and last", known("Ann|Lee|alee", "Bob|Stone|bstone", "Cy|Young|cyoung"), "Jane", "Doe", "jdoe", 0.438},
		{"first name alone", known("Ann|Lee|ann", "Bob|Stone|bob", "Cy|Young|cy"), "Jane", "Doe", "jane", 0.438},
		{"last and initial", known("Ann|Lee|leea", "Bob|Stone|stoneb", "Cy|Young|youngc"), "Jane", "Doe", "doej", 0.438},
		{"an apostrophe", three, "Jane", "O'Neil", "jane.oneil", 0.438},
		{"accents that all write alike", three, "José", "García", "jose.garcia", 0.438},
		{"an umlaut, and nobody tells", three, "Jürgen", "Doe", "", 0}, // half of 0.438 is below the least
		{"an umlaut as two letters", append(known("Uwe|Böhm|uwe.boehm"), three...), "Jürgen", "Müller", "juergen.mueller", 0.510},
		{"an umlaut as one letter", append(known("Uwe|Böhm|uwe.bohm"), three...), "Jürgen", "Müller", "jurgen.muller", 0.510},
		{"a double name with a hyphen", append(known("Eva|Marie Kant-Fels|eva.marie-kant-fels"), three...), "Jane", "Roe-Doe", "jane.roe-doe", 0.510},
		{"the last of a name's parts", append(known("Jan|van der Berg|jan.berg"), three...), "Piet", "de Vries", "piet.vries", 0.510},
		{"letters beyond ASCII", three, "Иван", "Петров", "", 0},
		{"a name that is missing", three, "Jane", "", "", 0},
		{"the address is another's", append(known("Joan|Doe|jdoe"), known("Ann|Lee|alee", "Bob|Stone|bstone")...), "Jane", "Doe", "", 0},
		{"the address is one's own", append(known("Jane|Doe|jdoe"), known("Ann|Lee|alee", "Bob|Stone|bstone")...), "Jane", "Doe", "jdoe", 0.438},
	} {
		g, ok := pattern.Infer(c.known, c.first, c.last)
		if ok != (c.local != "") || g.Local != c.local || math.Abs(g.Confidence-c.confidence) > 0.001 {
			t.Errorf("%s: %+v, %v; want %q at %v", c.title, g, ok, c.local, c.confidence)
		}
	}
}

func TestManyAddressesAreNoCertainty(t *testing.T) {
	var many []pattern.Known
	for a := 'a'; a <= 'z'; a++ {
		for b := 'a'; b <= 'z'; b++ {
			first, last := "x"+string(a), "y"+string(b)
			many = append(many, pattern.Known{FirstName: first, LastName: last, Local: first + "." + last})
		}
	}
	g, ok := pattern.Infer(many, "Jane", "Doe")
	if !ok || g.Confidence != pattern.MaxConfidence || g.Fit != len(many) {
		t.Errorf("%d addresses give %+v", len(many), g)
	}
}

var (
	plain  = rapid.StringMatching(`[A-Z][a-z]{2,8}`)
	people = rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) [2]string { return [2]string{plain.Draw(t, "first"), plain.Draw(t, "last")} }), 3, 30,
		func(n [2]string) string { return n[0] + n[1] })
	rules = map[string]func(f, l string) string{
		"first.last": func(f, l string) string { return f + "." + l }, "flast": func(f, l string) string { return f[:1] + l }, "first": func(f, _ string) string { return f },
		"lastf": func(f, l string) string { return l + f[:1] }, "first_last": func(f, l string) string { return f + "_" + l }, "f.last": func(f, l string) string { return f[:1] + "." + l },
	}
	names = rapid.SampledFrom([]string{"first.last", "flast", "first", "lastf", "first_last", "f.last"})
)

func byRule(rule string, people [][2]string) (out []pattern.Known) {
	for _, n := range people {
		out = append(out, pattern.Known{FirstName: n[0], LastName: n[1], Local: rules[rule](strings.ToLower(n[0]), strings.ToLower(n[1]))})
	}
	return out
}

// TestTheRuleIsFound makes addresses by a rule and asks for one more: it is the rule's, unless it is somebody else's.
func TestTheRuleIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := names.Draw(t, "rule")
		list := people.Draw(t, "people")
		asked := list[0]
		want := rules[rule](strings.ToLower(asked[0]), strings.ToLower(asked[1]))
		others := byRule(rule, list[1:])
		g, ok := pattern.Infer(others, asked[0], asked[1])
		if slices.ContainsFunc(others, func(k pattern.Known) bool { return k.Local == want }) {
			return // who shares an address is told by TestInfer
		}
		if ok && g.Pattern == rule && g.Local != want {
			t.Fatalf("%s: %+v, want %s", rule, g, want)
		}
		distinct := map[string]bool{}
		for _, k := range others {
			distinct[k.Local] = true
		}
		if len(distinct) >= 2 && (!ok || g.Fit != len(distinct)) {
			t.Fatalf("%s of %d addresses: %+v, %v", rule, len(distinct), g, ok)
		}
	})
}

// TestGuesses states what holds for any evidence: no guess without enough of it, never above the ceiling or below the floor, and an address that
// can be one. An address that no rule makes lowers the confidence.
func TestGuesses(t *testing.T) {
	anyName := rapid.OneOf(plain, rapid.SampledFrom([]string{"Jürgen", "Anna Maria", "O'Neil", "van der Berg", "Łukasz", "Søren", "Иван", "", " ", "-", "李", "Kant-Fels"}), rapid.String())
	one := rapid.Custom(func(t *rapid.T) pattern.Known {
		k := pattern.Known{FirstName: anyName.Draw(t, "first"), LastName: anyName.Draw(t, "last"), Local: rapid.StringMatching(`[a-z][a-z.]{0,8}[a-z]`).Draw(t, "local")}
		if f, l := strings.ToLower(k.FirstName), strings.ToLower(k.LastName); len(f) > 1 && len(l) > 1 && rapid.Bool().Draw(t, "by rule") {
			k.Local = rules[names.Draw(t, "rule")](f, l)
		}
		return k
	})
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(one, 0, 12).Draw(t, "known")
		first, last := anyName.Draw(t, "first"), anyName.Draw(t, "last")
		g, ok := pattern.Infer(list, first, last)
		if !ok {
			if g != (pattern.Guess{}) {
				t.Fatalf("no guess, and yet %+v", g)
			}
			return
		}
		if g.Fit < pattern.MinEvidence || g.Of < g.Fit || g.Of > len(list) || g.Confidence < pattern.MinConfidence || g.Confidence > pattern.MaxConfidence {
			t.Fatalf("%+v from %d addresses", g, len(list))
		}
		if email, err := identity.Email(g.Local + "@acme.com"); err != nil || email != g.Local+"@acme.com" {
			t.Fatalf("%q is no address: %v", g.Local, err)
		}
		more := append(slices.Clone(list), pattern.Known{FirstName: "Zoe", LastName: "Quill", Local: "q-9-q"})
		if h, ok := pattern.Infer(more, first, last); ok && h.Confidence > g.Confidence {
			t.Fatalf("an odd address raised %v to %v", g.Confidence, h.Confidence)
		}
	})
}
