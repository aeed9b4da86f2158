package text

import "unicode/utf8"

// Nearest returns the one of names that word was most probably meant as: the first of those with the fewest edits, at most two and less than half
// of the word's runes, case and accents aside. ok is false when there is none.
func Nearest(word string, names []string) (name string, ok bool) {
	word = Fold(word)
	limit := min(2, (utf8.RuneCountInString(word)-1)/2)
	for _, n := range names {
		if d, near := Distance(word, Fold(n), limit); near {
			name, ok, limit = n, true, d-1
		}
	}
	return name, ok
}

// Meant is what a refusal of word says of the one of names that it was most probably meant as, with a space before it; "" when there is none.
func Meant(word string, names []string) string {
	if near, ok := Nearest(word, names); ok {
		return " (did you mean " + near + "?)"
	}
	return ""
}
