// Package tabular spells JSON values as cells and lines of a table, in one way for the API's exports and for the CLI.
//
// Values hold text of third parties: no cell holds a character that a terminal obeys, and none becomes a formula in a
// spreadsheet.
package tabular

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text spells a JSON value for a reader: lists of plain values joined, objects as JSON, null and nothing as nothing.
func Text(raw json.RawMessage) string {
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
			words[i] = Text(item)
		}
		return strings.Join(words, ", ")
	}
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return ""
	}
	return b.String()
}

// Hidden reports whether r is a control (Cc) or format (Cf) character, which cover escape sequences, bidirectional
// overrides, zero-width and tag characters. The joiners of emoji and of several scripts stay.
func Hidden(r rune) bool {
	if r >= ' ' && r <= '~' { // nearly always, and the tables are slow
		return false
	}
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d'
}

// Cell returns the text of a CSV cell for a JSON value: Text without hidden characters but line feeds and tabs. A text that
// a spreadsheet would run as a formula gets an apostrophe in front; numbers stay numbers.
func Cell(raw json.RawMessage) string {
	s := visible(Text(raw))
	if len(raw) > 0 && (raw[0] == '"' || raw[0] == '[') {
		return inert(s)
	}
	return s
}

// head is the CSV cell of a column's name.
func head(name string) string { return inert(visible(name)) }

func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if Hidden(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
}

// inert keeps a spreadsheet from running s.
func inert(s string) string {
	if formula(s) {
		return "'" + s
	}
	return s
}

// average matches a negative average, which is sent as a text so that no reader rounds it.
var average = regexp.MustCompile(`^-[0-9]+\.[0-9]{6}$`)

// formula reports whether a spreadsheet may take s, or its wide form, for a formula.
func formula(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return s != "" && strings.ContainsRune("=+-@\t\n＝＋－＠", first) && !average.MatchString(s)
}
