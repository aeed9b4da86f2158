package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/cli/ordered"
)

// valueAt follows a dotted path into an object; nil when it leads nowhere.
func valueAt(row json.RawMessage, path string) json.RawMessage {
	for name := range strings.SplitSeq(path, ".") {
		o, err := ordered.Parse(row)
		if err != nil {
			return nil
		}
		row = o.Get(name)
	}
	return row
}

// textOf spells a value for a reader: lists of plain values joined, objects as JSON, null as nothing.
func textOf(raw json.RawMessage) string {
	var s string
	var list []json.RawMessage
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return ""
	case raw[0] == '"' && json.Unmarshal(raw, &s) == nil:
		return s
	case raw[0] == '[' && json.Unmarshal(raw, &list) == nil:
		words := make([]string, len(list))
		for i, item := range list {
			words[i] = textOf(item)
		}
		return strings.Join(words, ", ")
	}
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return ""
	}
	return b.String()
}

// Clean returns s as one line without anything that a terminal obeys: control, bidirectional, invisible and tag
// characters are dropped, line breaks and tabs become spaces.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r' || r == '\u2028' || r == '\u2029':
			return ' '
		case hidden(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// hidden reports whether r is a control (Cc) or format (Cf) character, which cover escape sequences, bidirectional
// overrides, zero-width and tag characters. The joiners of emoji and of several scripts stay.
func hidden(r rune) bool {
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d'
}

// plainCell is the text of a CSV cell. A text that a spreadsheet would run as a formula gets an apostrophe in front.
func plainCell(raw json.RawMessage) string {
	s := strings.Map(func(r rune) rune {
		if hidden(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, textOf(raw))
	if len(raw) > 0 && (raw[0] == '"' || raw[0] == '[') && s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return "'" + s
	}
	return s
}

// escapeJSON spells hidden characters as \u escapes: the same document, harmless on a terminal.
func escapeJSON(body []byte) []byte {
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
