package mcpserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/text"
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
func cleanText(raw []byte) []byte {
	at := nextSuspect(raw, 0)
	if at == len(raw) {
		return raw
	}
	out := make([]byte, 0, len(raw))
	for begun := 0; ; {
		out = append(out, raw[begun:at]...)
		if at == len(raw) {
			return out
		}
		size, keep := judge(raw[at:])
		if keep {
			out = append(out, raw[at:at+size]...)
		}
		begun = at + size
		at = nextSuspect(raw, begun)
	}
}

// nextSuspect returns the next place from which judge must look: an escape, a control character or a byte beyond ASCII.
func nextSuspect(raw []byte, at int) int {
	for at < len(raw) {
		if b := raw[at]; b == '\\' || b >= 0x7f || b < ' ' && b != '\n' && b != '\t' {
			return at
		}
		at++
	}
	return at
}

// judge returns the length of the character or escape that raw begins with, and whether it stays.
func judge(raw []byte) (size int, keep bool) {
	if raw[0] != '\\' {
		r, n := utf8.DecodeRune(raw)
		return n, !(r == utf8.RuneError && n == 1) && !text.Hidden(r)
	}
	if len(raw) < 2 {
		return 1, true
	}
	switch raw[1] {
	case 'b', 'f', 'r':
		return 2, false
	case 'u':
		r, n := escaped(raw)
		return n, r >= 0 && !text.Hidden(r)
	}
	return 2, true
}

// escaped reads a \u escape, two of them for a surrogate pair; r is -1 for half a pair.
func escaped(raw []byte) (r rune, size int) {
	first, ok := unit(raw)
	switch {
	case !ok:
		return -1, min(2, len(raw))
	case !utf16.IsSurrogate(first):
		return first, 6
	}
	if second, ok := unit(raw[6:]); ok {
		if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
			return r, 12
		}
	}
	return -1, 6
}

func unit(raw []byte) (rune, bool) {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(raw[2:6]), 16, 16)
	return rune(n), err == nil
}
