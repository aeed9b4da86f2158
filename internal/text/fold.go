// Package text holds the one meaning that words have here: how a text is folded, cut into tokens, compared and found again.
// Stores index and compare what these functions return, so that every engine answers alike; a change to one of them is a change to stored data.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// MaxTokenRunes is the length at which Tokens cuts a token.
const MaxTokenRunes = 64

// Fold returns s in NFKD, without combining marks (Unicode category M), case folded, and without outer white space, done in that order.
// Bytes that are not UTF-8 become U+FFFD. Folded text folds to itself.
func Fold(s string) string { return strings.TrimSpace(fold(s)) }

func fold(s string) string {
	if isASCII(s) {
		return strings.ToLower(s) // allocates only when there is an upper-case letter
	}
	s = norm.NFKD.String(strings.ToValidUTF8(s, "\uFFFD"))
	return cases.Fold().String(strings.Map(prepare, s))
}

// prepare drops marks, and turns Cherokee capitals small: case folding maps that script to capitals, but x/text swaps the two, so that
// without this the same word in the other case would not be equal.
func prepare(r rune) rune {
	switch {
	case unicode.IsMark(r):
		return -1
	case r >= 0x13A0 && r <= 0x13EF:
		return r - 0x13A0 + 0xAB70
	case r >= 0x13F0 && r <= 0x13F5:
		return r + 8
	}
	return r
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// IsWord reports whether r is part of a word: a Unicode letter or decimal digit.
func IsWord(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// Tokens returns the maximal runs of letters and digits of the folded text, in order and with repetitions, each cut to its first 64 runes.
func Tokens(s string) []string {
	folded := fold(s)
	out := make([]string, 0, 1+len(folded)/8)
	for len(folded) > 0 {
		start := strings.IndexFunc(folded, IsWord)
		if start < 0 {
			break
		}
		folded = folded[start:]
		end := strings.IndexFunc(folded, func(r rune) bool { return !IsWord(r) })
		if end < 0 {
			end = len(folded)
		}
		out = append(out, cut(folded[:end]))
		folded = folded[end:]
	}
	return out
}

func cut(token string) string {
	if len(token) <= MaxTokenRunes {
		return token
	}
	n := 0
	for i := range token {
		if n == MaxTokenRunes {
			return token[:i]
		}
		n++
	}
	return token
}

// Unique returns the tokens without repetitions, each at its first place. The argument is left as it is.
func Unique(tokens []string) []string {
	seen := make(map[string]struct{}, len(tokens))
	out := make([]string, 0, len(tokens))
	for _, t := range tokens {
		if _, ok := seen[t]; !ok {
			seen[t] = struct{}{}
			out = append(out, t)
		}
	}
	return out
}
