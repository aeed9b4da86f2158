package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// PhraseIn reports whether phrase stands in folded: its words (parted by white space) one after the other with nothing but white space
// between them, and no letter or digit directly before the first or after the last. Both must be folded. `supply-chain` does not hold the
// phrase `supply chain`. An empty phrase is in nothing.
func PhraseIn(folded, phrase string) bool {
	words := strings.Fields(phrase)
	if len(words) == 0 {
		return false
	}
	for from := 0; ; {
		i := strings.Index(folded[from:], words[0])
		if i < 0 {
			return false
		}
		at := from + i
		before, _ := utf8.DecodeLastRuneInString(folded[:at])
		if !IsWord(before) && follows(folded[at:], words) {
			return true
		}
		_, size := utf8.DecodeRuneInString(folded[at:])
		from = at + size
	}
}

// follows reports whether s begins with the words, parted by white space, and a word's end.
func follows(s string, words []string) bool {
	for i, w := range words {
		if i > 0 {
			rest := strings.TrimLeftFunc(s, unicode.IsSpace)
			if len(rest) == len(s) {
				return false
			}
			s = rest
		}
		if !strings.HasPrefix(s, w) {
			return false
		}
		s = s[len(w):]
	}
	after, _ := utf8.DecodeRuneInString(s)
	return !IsWord(after)
}
