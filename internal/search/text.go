package search

import (
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/text"
)

// Text is a query, told in the words of a workspace.
type Text struct {
	Folded    string
	Terms     []Term
	Truncated bool // there were more near words than are tried
	shortID   int64
}

// Term is one token of a query and the words that match it.
type Term struct {
	Token string
	Same  []string   // the words that equal it or begin with it
	Near  []text.Hit // the words within a few typing errors
}

// closeness says which words of a term count.
type closeness bool

const (
	sameWords closeness = false // Same alone
	nearWords closeness = true  // Same and Near
)

// matches reports whether any record can match: each token has a word, and there is one.
func (t Text) matches() bool {
	for _, term := range t.Terms {
		if !term.has(nearWords) {
			return false
		}
	}
	return len(t.Terms) > 0
}

func (t Term) has(c closeness) bool {
	return len(t.Same) > 0 || c == nearWords && len(t.Near) > 0
}

// fuzzy reports whether a near word can make the difference.
func (t Text) fuzzy() bool {
	for _, term := range t.Terms {
		if len(term.Near) > 0 {
			return true
		}
	}
	return false
}

// match returns the condition that every token has a word in the field; nil when some token has none at all.
func (t Text) match(f Field, c closeness) Expr {
	all := make(And, 0, len(t.Terms))
	for _, term := range t.Terms {
		if !term.has(c) {
			return nil
		}
		all = append(all, t.words(term, f, c))
	}
	return all
}

func (t Text) words(term Term, f Field, c closeness) Expr {
	either := t.same(term, f)
	if c == nearWords {
		for _, h := range term.Near {
			either = append(either, Word{Token: Token(t.shortID, f, h.Word)})
		}
	}
	return either
}

// same asks for the words that equal the token or begin with it.
func (t Text) same(term Term, f Field) (either Or) {
	n := utf8.RuneCountInString(term.Token)
	switch {
	case !term.has(sameWords):
	case n >= shortest && n <= longest:
		either = Or{Word{Token: Token(t.shortID, beginnings[f], term.Token)}}
	case len(term.Same) > maxSame:
		either = Or{Word{Token: Token(t.shortID, f, term.Token), Prefix: true, Words: term.Same}}
	default:
		for _, w := range term.Same {
			either = append(either, Word{Token: Token(t.shortID, f, w)})
		}
	}
	return either
}

// reach is, for each token of a query, how many typing errors the nearest word of some texts has; -1 when none matches.
type reach []int

// reach returns what the words of the texts reach.
func (t Text) reach(texts ...string) reach {
	var words []string
	for _, s := range texts {
		words = append(words, text.Tokens(s)...)
	}
	r := make(reach, len(t.Terms))
	for i, term := range t.Terms {
		r[i] = term.distance(words)
	}
	return r
}

// join adds what further texts reach.
func (r reach) join(more reach) {
	for i, d := range more {
		if r[i] < 0 || d >= 0 && d < r[i] {
			r[i] = d
		}
	}
}

// sum returns the errors of all tokens together; ok is false when one matches no word.
func (r reach) sum() (sum int64, ok bool) {
	for _, d := range r {
		if d < 0 {
			return 0, false
		}
		sum += int64(d)
	}
	return sum, true
}

// distance is -1 when no word matches.
func (t Term) distance(words []string) int {
	best := -1
	for _, w := range words {
		if t.begins(w) {
			return 0
		}
		for _, h := range t.Near {
			if h.Word == w && (best < 0 || h.Distance < best) {
				best = h.Distance
			}
		}
	}
	return best
}

// begins reports whether the word equals the token or begins with it.
func (t Term) begins(word string) bool {
	return word == t.Token || utf8.RuneCountInString(t.Token) >= shortest && len(word) > len(t.Token) && word[:len(t.Token)] == t.Token
}

// segment is a part of the ranking: its records come before those of a segment with a higher number. The exact name has number 0; then every
// field has two, the first for the words themselves.
type segment struct {
	number int64
	where  Where
}

// fuzzy reports whether near words made the match, so that the records differ in distance.
func (s segment) fuzzy() bool { return s.number > 0 && s.number%2 == 0 }

// numberOf returns the number of a field's segment.
func numberOf(field int, distance int64) int64 { return int64(1+2*field) + min(distance, 1) }

// segments parts the matches of the query by the field in which all tokens were found.
func (t Text) segments(k filter.Kind, filtered filter.Node) []segment {
	named := filter.Leaf{Field: filter.Must(k, "name"), Op: filter.In, Values: []any{t.Folded}}
	out := []segment{{where: Where{Filter: and(filtered, named)}}}
	var earlier Or
	for i, f := range fieldsOf(k) {
		within := filtered
		if f == InName {
			within = and(filtered, filter.Not{Node: named})
		}
		same, near := t.match(f, sameWords), t.match(f, nearWords)
		if same != nil {
			out = append(out, segment{numberOf(i, 0), Where{within, minus(same, earlier)}})
		}
		if t.fuzzy() {
			before := earlier
			if same != nil {
				before = append(earlier[:len(earlier):len(earlier)], same)
			}
			out = append(out, segment{numberOf(i, 1), Where{within, minus(near, before)}})
		}
		earlier = append(earlier, near)
	}
	return out
}

func fieldsOf(k filter.Kind) []Field {
	if k == filter.Leads {
		return []Field{InName, InAll}
	}
	return []Field{InName, InAlias, InAll}
}

func and(a, b filter.Node) filter.Node {
	if a == nil {
		return b
	}
	return filter.All{a, b}
}

func minus(a Expr, b Or) Expr {
	if len(b) == 0 {
		return a
	}
	return Minus{a, b}
}
