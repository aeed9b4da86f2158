package search

import (
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
	Same  []string   // the words that equal it or begin with it, unless Open is set
	Open  bool       // so many words begin with it that they are left to the engine
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
	return t.Open || len(t.Same) > 0 || c == nearWords && len(t.Near) > 0
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
	var either Or
	if term.Open {
		either = append(either, t.beginsWith(term.Token, f))
	}
	for _, w := range term.Same {
		either = append(either, Word{Token: Token(t.shortID, f, w)})
	}
	if c == nearWords {
		for _, h := range term.Near {
			either = append(either, Word{Token: Token(t.shortID, f, h.Word)})
		}
	}
	return either
}

// beginsWith uses the tokens InShort where they can answer.
func (t Text) beginsWith(token string, f Field) Expr {
	if n := len([]rune(token)); f == InAll && n >= shortest && n <= longest {
		return Word{Token: Token(t.shortID, InShort, token)}
	}
	return Word{Token: Token(t.shortID, f, token), Prefix: true}
}

// distance returns the sum over the tokens of the typing errors of the nearest of the words.
func (t Text) distance(words []string) int64 {
	var sum int64
	for _, term := range t.Terms {
		sum += int64(term.distance(words))
	}
	return sum
}

func (t Term) distance(words []string) int {
	best := far
	for _, w := range words {
		if t.begins(w) {
			return 0
		}
		for _, h := range t.Near {
			if h.Word == w {
				best = min(best, h.Distance)
			}
		}
	}
	return best
}

const far = 9 // more than any word that matches is away

// begins reports whether the word equals the token or begins with it.
func (t Term) begins(word string) bool {
	return word == t.Token || len([]rune(t.Token)) >= shortest && len(word) > len(t.Token) && word[:len(t.Token)] == t.Token
}

// segment is a part of the ranking: its records come before those of the next one.
type segment struct {
	where Where
	field Field // where every token was found
	fuzzy bool  // by near words; then records differ in distance
}

// segments parts the matches of the query: the exact name, then where all tokens were found, each by the words themselves and then by near ones.
func (t Text) segments(k filter.Kind, filtered filter.Node) []segment {
	named := filter.Leaf{Field: filter.Must(k, "name"), Op: filter.In, Values: []any{t.Folded}}
	out := []segment{{where: Where{Filter: and(filtered, named)}, field: InName}}
	var earlier Or
	for _, f := range fieldsOf(k) {
		within := filtered
		if f == InName {
			within = and(filtered, filter.Not{Node: named})
		}
		same, near := t.match(f, sameWords), t.match(f, nearWords)
		if same != nil {
			out = append(out, segment{where: Where{within, minus(same, earlier)}, field: f})
		}
		if t.fuzzy() {
			before := earlier
			if same != nil {
				before = append(earlier[:len(earlier):len(earlier)], same)
			}
			out = append(out, segment{where: Where{within, minus(near, before)}, field: f, fuzzy: true})
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
