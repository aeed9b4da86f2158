package text

import (
	"strings"
	"unicode/utf8"
)

// Hidden reports whether r shows nothing and yet can carry or turn a text: control characters but line feed and tab, direction marks, zero-width
// and other invisible characters, variation selectors of the supplement, tags.
func Hidden(r rune) bool {
	switch {
	case r < ' ':
		return r != '\n' && r != '\t'
	case r < 0x7f:
		return false
	case r <= 0x9f, r == 0xad, r == 0x34f, r == 0x61c, r == 0x180e, r == 0xfeff:
		return true
	case r >= 0x115f && r <= 0x1160, r >= 0x17b4 && r <= 0x17b5, r == 0x3164, r == 0xffa0:
		return true
	case r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r >= 0xfff9 && r <= 0xfffb:
		return true
	}
	return r >= 0xe0000 && r <= 0xe0fff
}

// Clean returns s without hidden characters and what is not UTF-8, its runs of white space, line ends included, made one space each, and trimmed.
func Clean(s string) string {
	visible := strings.Map(func(r rune) rune {
		if r == utf8.RuneError || Hidden(r) {
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(visible), " ")
}
