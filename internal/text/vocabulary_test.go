package text_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/unstuckengine/unstuck/internal/text"
	"pgregory.net/rapid"
)

// naive is the textbook Lowrance-Wagner algorithm.
func naive(x, y string) int {
	a, b := []rune(x), []rune(y)
	far := len(a) + len(b)
	h := make([][]int, len(a)+2)
	for i := range h {
		h[i] = make([]int, len(b)+2)
		h[i][0] = far
	}
	for i := range len(a) + 1 {
		h[i+1][1] = i
	}
	for j := range len(b) + 1 {
		h[0][j], h[1][j+1] = far, j
	}
	last := map[rune]int{}
	for i := 1; i <= len(a); i++ {
		db := 0
		for j := 1; j <= len(b); j++ {
			i1, j1, cost := last[b[j-1]], db, 1
			if a[i-1] == b[j-1] {
				cost, db = 0, j
			}
			h[i+1][j+1] = min(h[i][j]+cost, h[i+1][j]+1, h[i][j+1]+1, h[i1][j1]+(i-i1-1)+1+(j-j1-1))
		}
		last[a[i-1]] = i
	}
	return h[len(a)+1][len(b)+1]
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b  string
		limit int
		d     int
		ok    bool
	}{
		{"", "", 0, 0, true}, {"abc", "abc", 0, 0, true}, {"grafna", "grafana", 1, 1, true}, {"grafnaa", "grafana", 1, 1, true}, {"ca", "abc", 2, 2, true},
		{"abcdef", "ghijkl", 2, 3, false}, {"ab", "abcd", 1, 2, false}, {"zürich", "zurich", 1, 1, true}, {"", "ab", 2, 2, true}, {"a", "b", -1, 0, false},
	} {
		if d, ok := text.Distance(tt.a, tt.b, tt.limit); d != tt.d || ok != tt.ok {
			t.Errorf("Distance(%q, %q, %d) = %d, %v", tt.a, tt.b, tt.limit, d, ok)
		}
	}
}

func TestDistanceIsLowranceWagner(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := words("abcé", 10).Draw(t, "a"), words("abcé", 10).Draw(t, "b")
		limit := rapid.IntRange(0, 12).Draw(t, "limit")
		d, ok := text.Distance(a, b, limit)
		if want := naive(a, b); ok != (want <= limit) || (ok && d != want) {
			t.Fatalf("Distance(%q, %q, %d) = %d, %v; naive %d", a, b, limit, d, ok, want)
		}
	})
}

func TestMaxEdits(t *testing.T) {
	for token, want := range map[string]int{"": 0, "abc": 0, "äöü": 0, "abcd": 1, "abcdefg": 1, "abcdefgh": 2, "äöüäöüäö": 2} {
		if got := text.MaxEdits(token); got != want {
			t.Errorf("MaxEdits(%q) = %d, want %d", token, got, want)
		}
	}
}

func TestNearIsExhaustive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOf(words("abcdé1", 11)).Draw(t, "words")
		token := words("abcdé1", 11).Draw(t, "token")
		limit := rapid.IntRange(0, 8).Draw(t, "limit")
		v := text.NewVocabulary()
		v.Add(list...)
		got, truncated := v.Near(token, limit)
		want := nearNaive(list, token)
		if truncated != (len(want) > limit) {
			t.Fatalf("truncated = %v with %d hits of at most %d", truncated, len(want), limit)
		}
		want = want[:min(limit, len(want))]
		if len(got)+len(want) > 0 && !slices.Equal(got, want) {
			t.Fatalf("Near(%q): %s", token, gocmp.Diff(want, got))
		}
	})
}

func nearNaive(list []string, token string) []text.Hit {
	var hits []text.Hit
	list = slices.Compact(slices.Sorted(slices.Values(list)))
	for _, w := range list {
		if d := naive(token, w); w != "" && d >= 1 && d <= text.MaxEdits(token) {
			hits = append(hits, text.Hit{Word: w, Distance: d})
		}
	}
	slices.SortStableFunc(hits, func(a, b text.Hit) int { return cmp.Compare(a.Distance, b.Distance) })
	return hits
}

func TestVocabularyIsASet(t *testing.T) {
	v := text.NewVocabulary()
	v.Add("grafana", "", "grafana", "gravity")
	v.Add("grafana")
	if v.Len() != 2 {
		t.Errorf("Len = %d, want 2", v.Len())
	}
	hits, truncated := v.Near("grafana", 10)
	if len(hits) != 0 || truncated {
		t.Errorf("the word itself is not near itself: %v", hits)
	}
}

func TestVocabularyWhileGrowing(t *testing.T) {
	v := text.NewVocabulary()
	v.Add("grafana")
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range 2000 {
			v.Add(fmt.Sprintf("word%d", i))
		}
	})
	for range 2 {
		wg.Go(func() {
			for range 200 {
				if hits, _ := v.Near("grafna", 5); len(hits) != 1 || hits[0].Word != "grafana" {
					t.Errorf("hits = %v", hits)
				}
			}
		})
	}
	wg.Wait()
}

// syllables makes a vocabulary that is as crowded as that of real names.
func syllables(n int) []string {
	parts := []string{"an", "ber", "co", "data", "el", "fin", "gra", "ho", "in", "ka", "lo", "mer", "net", "or", "pay", "ri", "soft", "tech", "ur", "ver", "wa", "xi", "yo", "zen", "s", "t", "a", "e"}
	r := rand.New(rand.NewPCG(1, 2))
	set := map[string]struct{}{}
	for len(set) < n {
		w := ""
		for range 2 + r.IntN(4) {
			w += parts[r.IntN(len(parts))]
		}
		set[w] = struct{}{}
	}
	out := make([]string, 0, n)
	for w := range set {
		out = append(out, w)
	}
	slices.Sort(out)
	return out
}

func BenchmarkNear(b *testing.B) {
	v := text.NewVocabulary()
	v.Add(syllables(200_000)...)
	for _, token := range []string{"grafana", "datamerca", "softnetverpay"} {
		b.Run(token, func(b *testing.B) {
			hits := 0
			for b.Loop() {
				h, _ := v.Near(token, 1000)
				hits = len(h)
			}
			b.ReportMetric(float64(hits), "hits")
		})
	}
}

func BenchmarkFold(b *testing.B) {
	for name, s := range map[string]string{"ascii": "Grafana Labs Incorporated", "accents": "Zürcher Kantonalbank für Ärzte"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				text.Fold(s)
			}
		})
	}
}
