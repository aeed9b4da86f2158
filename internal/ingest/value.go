package ingest

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/strictjson"
)

// value is what a line gives under one name: JSON text, or the cell of a CSV file, whose type its field decides.
type value struct {
	text []byte
	cell bool
}

// UnmarshalJSON keeps the text.
func (v *value) UnmarshalJSON(raw []byte) error {
	v.text = bytes.Clone(raw)
	return nil
}

// absent reports whether there is nothing: null, an empty text or cell.
func (v value) absent() bool {
	s := string(bytes.TrimSpace(v.text))
	return s == "" || !v.cell && (s == "null" || s == `""`)
}

// raw returns the value as JSON.
func (v value) raw() json.RawMessage {
	if !v.cell {
		return v.text
	}
	b, err := json.Marshal(string(v.text))
	if err != nil { // strings always marshal
		return nil
	}
	return b
}

func (v value) string() (s string, ok bool) {
	if v.cell {
		return strings.TrimSpace(string(v.text)), true
	}
	if v.text[0] != '"' || json.Unmarshal(v.text, &s) != nil {
		return "", false
	}
	return strings.TrimSpace(s), true
}

func (v value) integer() (n int64, ok bool) {
	if v.cell {
		n, err := strconv.ParseInt(strings.TrimSpace(string(v.text)), 10, 64)
		return n, err == nil
	}
	return n, strictjson.Decode(v.text, &n) == nil
}

func (v value) boolean() (b, ok bool) {
	switch s := strings.ToLower(strings.TrimSpace(string(v.text))); {
	case s == "true", v.cell && (s == "1" || s == "yes"):
		return true, true
	case s == "false", v.cell && (s == "0" || s == "no"):
		return false, true
	}
	return false, false
}

// list returns the texts of an array, without empty ones; in a cell they are parted by semicolons, bars or commas.
func (v value) list() (out []string, ok bool) {
	trimmed := bytes.TrimSpace(v.text)
	if v.cell && !bytes.HasPrefix(trimmed, []byte("[")) {
		out = strings.FieldsFunc(string(trimmed), func(r rune) bool { return strings.ContainsRune(separator(trimmed), r) })
	} else if strictjson.Decode(trimmed, &out) != nil || out == nil {
		return nil, false
	}
	kept := out[:0]
	for _, s := range out {
		if s = strings.TrimSpace(s); s != "" {
			kept = append(kept, s)
		}
	}
	return kept, true
}

func separator(list []byte) string {
	for _, s := range []string{";", "|"} {
		if bytes.Contains(list, []byte(s)) {
			return s
		}
	}
	return ","
}

func (v value) object() (json.RawMessage, bool) {
	raw := bytes.TrimSpace(v.text)
	if !bytes.HasPrefix(raw, []byte("{")) || v.cell && strictjson.Check(raw, strictjson.Options{FiniteNumbers: true, RefuseNUL: true}) != nil {
		return nil, false
	}
	return raw, true
}
