package search

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
)

// valuesReader has the given values in every field, and more of them than are looked through when it is asked to.
type valuesReader struct {
	vocabularyReader
	values []string
	many   bool
}

func (r *valuesReader) Values(_ context.Context, _ filter.Kind, _ filter.Field, limit int) ([]string, error) {
	if r.many {
		return make([]string, limit), nil
	}
	return r.values, nil
}

func resolve(t *testing.T, r Reader, tree string) (filter.Node, bool, error) {
	t.Helper()
	n, err := filter.Parse(filter.Leads, json.RawMessage(tree), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return New(nil).Resolve(t.Context(), r, "w", filter.Leads, n)
}

// TestFuzzyIsSaidInWhatIsThere: in the words of the workspace where there is a vocabulary, else in the field's own values.
func TestFuzzyIsSaidInWhatIsThere(t *testing.T) {
	r := &valuesReader{vocabularyReader: vocabularyReader{v: Vocabulary{ShortID: 1, Version: 1, Words: []string{"manager", "manger", "sales"}}}, values: []string{"berlin", "new berlni", "ulm"}}
	title, city := filter.Must(filter.Leads, "title"), filter.Must(filter.Leads, "city")
	phrase := func(w string) filter.Node { return filter.Leaf{Field: title, Op: filter.Phrase, Values: []any{w}} }
	for tree, want := range map[string]filter.Node{
		`{"field":"title","op":"fuzzy","value":"Manager VP"}`:                 filter.All{filter.Any{phrase("manager"), phrase("manger")}, filter.Any{phrase("vp")}},
		`{"not":{"field":"city","op":"fuzzy","value":"berlin"}}`:              filter.Not{Node: filter.Leaf{Field: city, Op: filter.In, Values: []any{"berlin", "new berlni"}}},
		`{"any":[{"field":"city","op":"fuzzy","value":"hamburg"}]}`:           filter.Any{filter.Any(nil)},
		`{"account":{"not":{"field":"city","op":"fuzzy","value":"hamburg"}}}`: filter.Via{To: filter.ToAccount, Node: filter.Not{Node: filter.Any(nil)}},
		`{"field":"city","op":"eq","value":"berlin"}`:                         filter.Leaf{Field: city, Op: filter.In, Values: []any{"berlin"}},
	} {
		got, truncated, err := resolve(t, r, tree)
		if d := cmp.Diff(want, got); d != "" || truncated || err != nil {
			t.Errorf("%s: truncated %v, %v (-want +got):\n%s", tree, truncated, err, d)
		}
	}
}

// TestFuzzyKeepsItsBounds: too many near words are told, and a field with too many values is refused at its place.
func TestFuzzyKeepsItsBounds(t *testing.T) {
	var words []string
	for c := 'a'; c <= 'z'; c++ {
		words = append(words, "abcd"+string(c), string(c)+"abcd", "ab"+string(c)+"cd")
	}
	r := &valuesReader{vocabularyReader: vocabularyReader{v: Vocabulary{ShortID: 1, Version: 1, Words: words}}, many: true}
	if _, truncated, err := resolve(t, r, `{"field":"name","op":"fuzzy","value":"abcd"}`); !truncated || err != nil {
		t.Errorf("%d near words: truncated %v, %v", len(words), truncated, err)
	}
	_, _, err := resolve(t, r, `{"all":[{"field":"account.city","op":"fuzzy","value":"x"}]}`)
	if f := fault.From(err); f == nil || f.Code != fault.ValidationFailed || f.Fields[0].Path != "filter.all[0].value" {
		t.Errorf("too many values: %v", err)
	}
}
