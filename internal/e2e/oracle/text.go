package oracle

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold returns s in NFKD without combining marks, case folded, without outer white space.
func Fold(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) < 0 {
		return strings.TrimSpace(strings.ToLower(s))
	}
	bare := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.M, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(s))
	return strings.TrimSpace(cases.Fold().String(bare))
}

// Words returns the runs of letters and digits of the folded text.
func Words(s string) []string {
	return strings.FieldsFunc(Fold(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// Phrase returns a test for texts that hold the words of p whole, in any case, with nothing but white space between them.
func Phrase(p string) func(string) bool {
	words := strings.Fields(Fold(p))
	for i, w := range words {
		words[i] = regexp.QuoteMeta(w)
	}
	re := regexp.MustCompile(`(?:^|[^\p{L}\p{Nd}])` + strings.Join(words, `[\s\p{Z}]+`) + `(?:$|[^\p{L}\p{Nd}])`)
	return func(text string) bool { return re.MatchString(Fold(text)) }
}

// Finds returns a test for what a search for q finds: each word of q is a word of one of the texts, begins one, or is within its typing errors of one.
func Finds(q string) func(texts ...string) bool {
	wanted := Words(q)
	return func(texts ...string) bool {
		var have []string
		for _, t := range texts {
			have = append(have, Words(t)...)
		}
		return !slices.ContainsFunc(wanted, func(w string) bool {
			return !slices.ContainsFunc(have, func(h string) bool { return begins(h, w) || Near(h, w) })
		})
	}
}

func begins(word, query string) bool {
	return word == query || len([]rune(query)) >= 2 && strings.HasPrefix(word, query)
}

// Near reports whether word is query but for one typing error when query has 4 to 7 letters, or two when it has more.
func Near(word, query string) bool {
	w, q, forgiven := []rune(word), []rune(query), 2
	switch {
	case len(q) < 4:
		return word == query
	case len(q) < 8:
		forgiven = 1
	}
	return max(len(w)-len(q), len(q)-len(w)) <= forgiven && edits(w, q) <= forgiven
}

// edits is the unrestricted Damerau-Levenshtein distance, from its textbook definition.
func edits(a, b []rune) int {
	far := len(a) + len(b)
	d := make([][]int, len(a)+2)
	for i := range d {
		d[i] = make([]int, len(b)+2)
		d[i][0] = far
		if i > 0 {
			d[i][1] = i - 1
		}
	}
	for j := 1; j < len(b)+2; j++ {
		d[0][j], d[1][j] = far, j-1
	}
	last := map[rune]int{}
	for i := 1; i <= len(a); i++ {
		match := 0
		for j := 1; j <= len(b); j++ {
			k, l, cost := last[b[j-1]], match, 1
			if a[i-1] == b[j-1] {
				cost, match = 0, j
			}
			d[i+1][j+1] = min(d[i][j]+cost, d[i+1][j]+1, d[i][j+1]+1, d[k][l]+i-k-1+1+j-l-1)
		}
		last[a[i-1]] = i
	}
	return d[len(a)+1][len(b)+1]
}
