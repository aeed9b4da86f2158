package search

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/text"
)

// Words that are near each other, begin alike, and are shorter than a beginning.
var indexWords = []string{"graf", "grafana", "grafena", "labs", "lab", "la", "l", "中文", "中"}

func genCandidate(place func(int) any) *rapid.Generator[Candidate] {
	words := rapid.SliceOfN(rapid.SampledFrom(indexWords), 0, 4)
	return rapid.Custom(func(t *rapid.T) Candidate {
		n := rapid.IntRange(1, 60).Draw(t, "place")
		c := Candidate{ID: fmt.Sprintf("id%02d", n), Place: place(n)}
		name := words.Draw(t, "name")
		c.NameWords = int64(len(name))
		for i, w := range name {
			if i > 0 {
				c.Name += " "
			}
			c.Name += w
		}
		c.Alias, c.Rest = words.Draw(t, "alias"), words.Draw(t, "rest")
		return c
	})
}

// TestIndexIsWhatWasPutInLast puts records in and replaces them, at places in any order, and compares with plain Go and with an index made at once.
func TestIndexIsWhatWasPutInLast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		place := rapid.SampledFrom([]func(int) any{
			func(n int) any { return int64(n) },
			func(n int) any { return fmt.Sprintf("id%02d", n) },
		}).Draw(t, "kind of place")
		x, last := newIndex(), map[any]Candidate{}
		for range rapid.IntRange(1, 5).Draw(t, "rounds") {
			batch := map[any]Candidate{} // a store names each record once
			for _, c := range rapid.SliceOfN(genCandidate(place), 0, 15).Draw(t, "batch") {
				batch[c.Place] = c
			}
			for at, c := range batch {
				x.put(c)
				last[at] = c
			}
			x.settle()
		}
		places := slices.SortedFunc(maps.Keys(last), comparePlaces)
		for _, e := range rapid.SliceOfN(genExpr(2), 1, 10).Draw(t, "expressions") {
			var want []any
			for _, at := range places {
				if holds(e, last[at]) {
					want = append(want, at)
				}
			}
			if d := cmp.Diff(want, placesOf(x, Where{Match: e})); d != "" {
				t.Fatalf("%v (-want +got):\n%s", e, d)
			}
		}
		if d := cmp.Diff(wordsOf(last), slices.Sorted(maps.Keys(x.ids))); d != "" {
			t.Fatalf("words that are kept (-want +got):\n%s", d)
		}
	})
}

func docOf(c Candidate) Doc {
	return newDoc(text.Tokens(c.Name), tokensOf(c.Alias), tokensOf(c.Rest))
}

// wordsOf returns the words of all records, which are those that an index may keep.
func wordsOf(records map[any]Candidate) []string {
	var all []string
	for _, c := range records {
		all = append(all, docOf(c).All...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func genExpr(depth int) *rapid.Generator[Expr] {
	return rapid.Custom(func(t *rapid.T) Expr {
		field := rapid.SampledFrom([]Field{InName, InAlias, InAll}).Draw(t, "field")
		word := rapid.SampledFrom(indexWords).Draw(t, "word")
		form := rapid.IntRange(0, 5).Draw(t, "form")
		if depth == 0 {
			form %= 3
		}
		switch form {
		case 0:
			return Word{Token: Token(7, field, word)}
		case 1:
			return Word{Token: Token(7, beginnings[field], word)}
		case 2:
			begun := slices.DeleteFunc(slices.Clone(indexWords), func(w string) bool { return !strings.HasPrefix(w, word) })
			return Word{Token: Token(7, field, word), Prefix: true, Words: begun}
		case 3:
			return And(rapid.SliceOfN(genExpr(depth-1), 1, 3).Draw(t, "and"))
		case 4:
			return Or(rapid.SliceOfN(genExpr(depth-1), 1, 3).Draw(t, "or"))
		}
		return Minus{genExpr(depth-1).Draw(t, "a"), genExpr(depth-1).Draw(t, "b")}
	})
}

// holds tells by a record's tokens what an expression says.
func holds(e Expr, c Candidate) bool {
	part := func(e Expr) bool { return holds(e, c) }
	switch e := e.(type) {
	case And:
		return !slices.ContainsFunc(e, func(e Expr) bool { return !part(e) })
	case Or:
		return slices.ContainsFunc(e, part)
	case Minus:
		return part(e.A) && !part(e.B)
	case Word:
		return slices.ContainsFunc(docOf(c).Tokens(7), func(token string) bool {
			return token == e.Token || e.Prefix && strings.HasPrefix(token, e.Token)
		})
	}
	return false
}

// placesOf returns the places of what an index finds, in its order.
func placesOf(x *index, w Where) (places []any) {
	set, _ := x.where(w)
	for i := set.Iterator(); i.HasNext(); {
		places = append(places, x.docs[i.Next()].place)
	}
	return places
}

func TestIndexAnswersSpans(t *testing.T) {
	x := newIndex()
	for _, n := range []int64{30, 10, 50, 20, 40} {
		x.put(Candidate{ID: fmt.Sprint(n), Place: n, Name: "grafana"})
	}
	x.settle()
	r, where := indexed{x: x}, Where{Match: Word{Token: "7ngrafana"}}
	for _, c := range []struct {
		span Span
		want []string
	}{
		{Span{}, []string{"10", "20", "30", "40", "50"}},
		{Span{After: int64(20)}, []string{"30", "40", "50"}},
		{Span{After: int64(25), Limit: 2}, []string{"30", "40"}},
		{Span{Up: int64(20)}, []string{"10", "20"}},
		{Span{Up: int64(5)}, []string{}},
		{Span{After: int64(10), Up: int64(45), Limit: 9}, []string{"20", "30", "40"}},
	} {
		list, err := r.Candidates(t.Context(), filter.Accounts, where, c.span)
		got := []string{}
		for _, c := range list {
			got = append(got, c.ID)
		}
		if d := cmp.Diff(c.want, got); d != "" || err != nil {
			t.Errorf("%+v: %v (-want +got):\n%s", c.span, err, d)
		}
	}
}

// TestAPostingIsASet goes from few numbers to many and back.
func TestAPostingIsASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p posting
		want := map[uint32]bool{}
		for _, n := range rapid.SliceOfN(rapid.IntRange(-80, 80), 0, 300).Draw(t, "steps") {
			if n >= 0 {
				p.add(uint32(n)) // #nosec G115 -- small
				want[uint32(n)] = true
			} else {
				p.remove(uint32(-n)) // #nosec G115 -- small
				delete(want, uint32(-n))
			}
		}
		got := union32([]*posting{&p, {}}).ToArray()
		if d := cmp.Diff(slices.Sorted(maps.Keys(want)), got, cmpopts.EquateEmpty()); d != "" || p.empty() != (len(want) == 0) {
			t.Fatalf("(-want +got):\n%s", d)
		}
	})
}
