package render

import (
	"bytes"
	"io"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/tabular"
)

// Safe returns a writer of rows that others have put into the format, NDJSON or CSV: nothing in them reaches w that a
// terminal obeys. JSON says the same as before.
func Safe(w io.Writer, f Format) io.Writer {
	s := &safe{w: w, clean: escapeJSON}
	if f == CSV {
		s.clean = dropHidden
	}
	return s
}

type safe struct {
	w     io.Writer
	clean func([]byte) []byte
	rest  []byte // begin of a character whose end has not come yet
}

// Write implements io.Writer.
func (s *safe) Write(p []byte) (int, error) {
	text := append(s.rest, p...)
	whole := len(text)
	for i := 1; i < utf8.UTFMax && i <= len(text); i++ {
		if tail := text[len(text)-i:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				whole -= i
			}
			break
		}
	}
	if _, err := s.w.Write(s.clean(text[:whole])); err != nil {
		return 0, err
	}
	s.rest = bytes.Clone(text[whole:])
	return len(p), nil
}

func dropHidden(text []byte) []byte {
	return bytes.Map(func(r rune) rune {
		if tabular.Hidden(r) && r != '\n' && r != '\r' && r != '\t' {
			return -1
		}
		return r
	}, text)
}
