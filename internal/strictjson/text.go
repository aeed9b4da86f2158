package strictjson

import (
	"unicode/utf16"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// text checks the string literal at pos, moves behind it and reports whether it holds escapes.
func (c *checker) text() (escaped bool, err *fault.Error) {
	i := c.pos + 1
	for i < len(c.data) {
		switch b := c.data[i]; {
		case b == '"':
			c.pos = i + 1
			return escaped, nil
		case b == '\\':
			escaped = true
			n, err := c.escape(i)
			if err != nil {
				return false, err
			}
			i += n
		case b < 0x20:
			return false, syntax(i)
		default:
			i++
		}
	}
	return false, syntax(i)
}

// escape checks the escape at i and returns its length, that of both halves for a surrogate pair.
func (c *checker) escape(i int) (int, *fault.Error) {
	if i+1 >= len(c.data) {
		return 0, syntax(i)
	}
	switch c.data[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2, nil
	case 'u':
	default:
		return 0, syntax(i)
	}
	r, ok := hex4(c.data, i+2)
	switch {
	case !ok:
		return 0, syntax(i)
	case r == 0 && c.opt.RefuseNUL:
		return 0, fault.Invalid(c.path(), "must not hold the NUL character")
	case !utf16.IsSurrogate(r):
		return 6, nil
	}
	if low, ok := lowHalf(c.data, i+6); !ok || utf16.DecodeRune(r, low) == utf8.RuneError {
		return 0, surrogate(c.path())
	}
	return 12, nil
}

// lowHalf reads a second \u escape at i.
func lowHalf(data []byte, i int) (rune, bool) {
	if i+1 >= len(data) || data[i] != '\\' || data[i+1] != 'u' {
		return 0, false
	}
	return hex4(data, i+2)
}

func hex4(data []byte, i int) (rune, bool) {
	if i+4 > len(data) {
		return 0, false
	}
	var r rune
	for _, b := range data[i : i+4] {
		switch {
		case b >= '0' && b <= '9':
			r = r<<4 | rune(b-'0')
		case b >= 'a' && b <= 'f':
			r = r<<4 | rune(b-'a'+10)
		case b >= 'A' && b <= 'F':
			r = r<<4 | rune(b-'A'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

var shortEscapes = [256]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', '"': '"', '\\': '\\', '/': '/'}

// unescape appends the decoded form of a checked string literal's inside.
func unescape(dst, raw []byte) []byte {
	if dst == nil {
		dst = make([]byte, 0, len(raw))
	}
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			dst = append(dst, raw[i])
			i++
			continue
		}
		if raw[i+1] != 'u' {
			dst = append(dst, shortEscapes[raw[i+1]])
			i += 2
			continue
		}
		r, _ := hex4(raw, i+2)
		i += 6
		if utf16.IsSurrogate(r) {
			low, _ := lowHalf(raw, i)
			r = utf16.DecodeRune(r, low)
			i += 6
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

const hexDigits = "0123456789abcdef"

// appendQuoted appends text as a JSON string with the fewest escapes: quote, backslash and control characters alone.
func appendQuoted(dst, text []byte) []byte {
	dst = append(dst, '"')
	for _, b := range text {
		switch {
		case b == '"' || b == '\\':
			dst = append(dst, '\\', b)
		case b >= 0x20:
			dst = append(dst, b)
		default:
			dst = appendControl(dst, b)
		}
	}
	return append(dst, '"')
}

func appendControl(dst []byte, b byte) []byte {
	switch b {
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[b>>4], hexDigits[b&15])
}
