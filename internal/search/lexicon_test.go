package search

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/text"
)

// vocabularyReader answers Vocabulary alone; anything else would panic.
type vocabularyReader struct {
	Reader
	v     Vocabulary
	err   error
	asked int64
}

func (r *vocabularyReader) Vocabulary(_ context.Context, after int64) (Vocabulary, error) {
	r.asked = after
	return r.v, r.err
}

func TestExpand(t *testing.T) {
	l := newLexicon()
	list := []string{"grafana", "grafanas", "grafena", "graf", "g", "labs"}
	for i := range maxSame + 1 {
		list = append(list, fmt.Sprintf("many%03d", i))
	}
	if _, err := l.catchUp(t.Context(), &vocabularyReader{v: Vocabulary{ShortID: 7, Version: 1, Words: list}}); err != nil {
		t.Fatal(err)
	}
	got := l.expand("grafana g many labs grafana")
	want := Text{Folded: "grafana g many labs grafana", shortID: 7, Terms: []Term{
		{Token: "grafana", Same: []string{"grafana", "grafanas"}, Near: []text.Hit{{Word: "grafena", Distance: 1}}},
		{Token: "g", Same: []string{"g"}},
		{Token: "many", Same: list[6:]},
		{Token: "labs", Same: []string{"labs"}},
	}}
	if d := cmp.Diff(want.Terms, got.Terms, cmp.Transformer("hits", func(h []text.Hit) string { return fmt.Sprint(h) })); d != "" || got.shortID != 7 {
		t.Errorf("expand differs (-want +got):\n%s", d)
	}
	if !got.matches() || l.expand("labs nothing").matches() || l.expand("").matches() {
		t.Error("matches is wrong")
	}
}

func TestCatchUpKeepsItsWordsWhenTheStoreFails(t *testing.T) {
	l, down := newLexicon(), errors.New("down")
	if _, err := l.catchUp(t.Context(), &vocabularyReader{v: Vocabulary{Version: 2, Words: []string{"b", "a"}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.catchUp(t.Context(), &vocabularyReader{err: down}); !errors.Is(err, down) {
		t.Errorf("error %v", err)
	}
	// An older snapshot knows less; nothing is lost.
	if _, err := l.catchUp(t.Context(), &vocabularyReader{v: Vocabulary{Version: 1}}); err != nil || l.version != 2 {
		t.Errorf("version %d, %v", l.version, err)
	}
	if d := cmp.Diff([]string{"a", "b", "c"}, union(l.sorted, []string{"b", "c"})); d != "" {
		t.Errorf("union differs:\n%s", d)
	}
}

// TestWhatWasLookedUpIsRememberedUntilWordsCome: the answer is the same, new words are found, and no more tokens are kept than the bound.
func TestWhatWasLookedUpIsRememberedUntilWordsCome(t *testing.T) {
	l := newLexicon()
	take := func(version int64, words ...string) { l.take(Vocabulary{ShortID: 1, Version: version, Words: words}) }
	take(1, "grafana")
	first, again := l.expand("grafama"), l.expand("grafama")
	if d := cmp.Diff(first.Terms, again.Terms); d != "" || len(again.Terms[0].Near) != 1 || len(l.terms.all) != 1 {
		t.Errorf("%d remembered (-first +again):\n%s", len(l.terms.all), d)
	}
	if take(2, "grafamo"); len(l.expand("grafama").Terms[0].Near) != 2 {
		t.Error("a word that came in later was not found")
	}
	for i := range maxTerms + 5 {
		l.expand(fmt.Sprintf("token%d", i))
	}
	if n := len(l.terms.all); n == 0 || n > maxTerms {
		t.Errorf("%d tokens are remembered", n)
	}
}
