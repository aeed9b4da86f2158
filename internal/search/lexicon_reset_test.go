package search

import (
	"slices"
	"testing"
)

func TestALexiconForgetsErasedWords(t *testing.T) {
	s := &Service{lexicons: newShelf[string](10, newLexicon)}
	catchUp := func(v Vocabulary) *lexicon {
		t.Helper()
		l, _, err := s.catchUp(t.Context(), &vocabularyReader{v: v}, "w")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	knows := func(l *lexicon, mistyped, begun string) (out []bool) {
		terms := l.expand(mistyped + " " + begun).Terms
		return []bool{len(terms[0].Near) > 0, len(terms[1].Same) > 0}
	}
	l := catchUp(Vocabulary{Version: 1, Words: []string{"grafana", "quixote"}})
	if got := knows(l, "quixoet", "qui"); !slices.Equal(got, []bool{true, true}) {
		t.Fatalf("before: %v", got)
	}
	catchUp(Vocabulary{Version: 2, Words: []string{"grafana"}, Reset: true})
	if got := knows(l, "quixoet", "qui"); !slices.Equal(got, []bool{false, false}) || l.size() != 1 {
		t.Errorf("after: %v, %d words", got, l.size())
	}
	if got := knows(l, "grafena", "gra"); !slices.Equal(got, []bool{true, true}) {
		t.Errorf("a word that stays: %v", got)
	}
	// An answer from before the erasure that arrives late brings nothing back.
	catchUp(Vocabulary{Version: 1, Words: []string{"quixote"}})
	if got := knows(l, "quixoet", "qui"); !slices.Equal(got, []bool{false, false}) {
		t.Errorf("after a late answer: %v", got)
	}
}
