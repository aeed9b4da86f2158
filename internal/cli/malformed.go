package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// malformed says why a text is no strict JSON, and where; typed tells that it stood on the command line itself.
func malformed(text []byte, f *fault.Error, typed bool) error {
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return errors.New("is empty; give one JSON value")
	case len(f.Fields) > 0:
		return errors.New("has a " + f.Fields[0].Message + " at " + f.Fields[0].Path)
	}
	reason, _, _ := strings.Cut(f.Detail, ". ")
	_, reason, _ = strings.Cut(strings.TrimPrefix(reason, "The "), " ") // "The text is ..."
	return errors.New(reason + slip(text, typed))
}

const quoting = "; names and texts stand in double quotes"

// slip names the slip that was probably made in a text that is no JSON.
func slip(text []byte, typed bool) string {
	var v any
	err := json.NewDecoder(bytes.NewReader(text)).Decode(&v)
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return ", its end; a bracket or a quote is not closed"
	case !errors.As(err, &syntax) || syntax.Offset < 1:
		return ""
	}
	at := rune(text[syntax.Offset-1])
	switch {
	case at != '\'' && at != '_' && !unicode.IsLetter(at):
		return ""
	case typed:
		return quoting + `, and the shell wants single quotes around the whole: '{"name":"text"}'`
	}
	return quoting
}
