package mcpserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/fault"
)

var errNotObject = errors.New("mcpserver: the answer is not a JSON object")

// clean returns the JSON object body without the characters that show a person one text and a model another. They are
// removed where they stand as themselves and where they are escaped. The error is internal: the API sent no JSON object.
func clean(body []byte) ([]byte, error) {
	body = bytes.TrimSpace(body)
	if len(body) < 2 || body[0] != '{' || !json.Valid(body) {
		return nil, fault.Wrap(fault.Internal, errNotObject)
	}
	return cleanText(body), nil
}

// cleanText is clean for any text; JSON escapes in it are judged like the characters they stand for.
func cleanText(text []byte) []byte {
	at := nextSuspect(text, 0)
	if at == len(text) {
		return text
	}
	out := make([]byte, 0, len(text))
	for begun := 0; ; {
		out = append(out, text[begun:at]...)
		if at == len(text) {
			return out
		}
		size, keep := judge(text[at:])
		if keep {
			out = append(out, text[at:at+size]...)
		}
		begun = at + size
		at = nextSuspect(text, begun)
	}
}

// nextSuspect returns the next place from which judge must look: an escape, a control character or a byte beyond ASCII.
func nextSuspect(text []byte, at int) int {
	for at < len(text) {
		if b := text[at]; b == '\\' || b >= 0x7f || b < ' ' && b != '\n' && b != '\t' {
			return at
		}
		at++
	}
	return at
}

// judge returns the length of the character or escape that text begins with, and whether it stays.
func judge(text []byte) (size int, keep bool) {
	if text[0] != '\\' {
		r, n := utf8.DecodeRune(text)
		return n, !(r == utf8.RuneError && n == 1) && !hidden(r)
	}
	if len(text) < 2 {
		return 1, true
	}
	switch text[1] {
	case 'b', 'f', 'r':
		return 2, false
	case 'u':
		r, n := escaped(text)
		return n, r >= 0 && !hidden(r)
	}
	return 2, true
}

// escaped reads a \u escape, two of them for a surrogate pair; r is -1 for half a pair.
func escaped(text []byte) (r rune, size int) {
	first, ok := unit(text)
	switch {
	case !ok:
		return -1, min(2, len(text))
	case !utf16.IsSurrogate(first):
		return first, 6
	}
	if second, ok := unit(text[6:]); ok {
		if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
			return r, 12
		}
	}
	return -1, 6
}

func unit(text []byte) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(n), err == nil
}

// hidden reports whether r shows nothing and yet can carry or turn a text: control characters but line feed and tab,
// direction marks, zero-width and other invisible characters, variation selectors of the supplement, tags.
func hidden(r rune) bool {
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
