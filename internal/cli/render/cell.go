package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/tabular"
)

// Text spells a JSON value for a reader, as one line that is safe on a terminal.
func Text(raw json.RawMessage) string { return Clean(tabular.Text(raw)) }

// Clean returns s as one line without anything that a terminal obeys: control, bidirectional, invisible and tag
// characters are dropped, line breaks and tabs become spaces.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r' || r == '\u2028' || r == '\u2029':
			return ' '
		case tabular.Hidden(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// escapeJSON spells hidden characters but line feeds as \u escapes: the same document, harmless on a terminal.
func escapeJSON(body []byte) []byte {
	hidden := func(r rune) bool { return r != '\n' && tabular.Hidden(r) }
	if bytes.IndexFunc(body, hidden) < 0 && utf8.Valid(body) {
		return body
	}
	var b bytes.Buffer
	for _, r := range string(body) {
		switch {
		case !hidden(r):
			b.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.Bytes()
}
