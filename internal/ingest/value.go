package ingest

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// value is what a line gives under one name: JSON text, or the cell of a CSV file, whose type its field decides.
type value struct {
	text  []byte
	cell  bool
	notes []note // what of it cannot be stored and is left out
}

// stored is what the stores ask of JSON.
var stored = strictjson.Options{FiniteNumbers: true, RefuseNUL: true}

// storable returns a member without what cannot be stored: of an object the members that hold such a thing, of anything else all.
// Each loss is noted under its path.
func storable(name, raw []byte) value {
	if bad := unfit(name, raw); bad == nil {
		return value{text: bytes.Clone(raw)}
	} else if raw[0] != '{' || bytes.IndexByte(name, 0) >= 0 {
		return value{notes: []note{*bad}}
	}
	v, kept := value{}, map[string]json.RawMessage{}
	strictjson.Members(raw, func(inner, text []byte) {
		bad := unfit(inner, text)
		if bad == nil {
			kept[string(inner)] = text
			return
		}
		bad.field = strictjson.Join(strictjson.Name(string(name)), bad.field)
		v.notes = append(v.notes, *bad)
	})
	if len(kept) > 0 {
		v.text = marshal(kept)
	}
	return v
}

// unfit says why a member cannot be stored, and where in it; nil when it can.
func unfit(name, raw []byte) *note {
	one := append(append(append([]byte{'{'}, marshal(string(name))...), ':'), raw...)
	err := strictjson.Check(append(one, '}'), stored)
	if err == nil {
		return nil
	}
	f := fault.From(err).Fields[0]
	if f.Path == strictjson.Root { // the name itself
		f.Path = strictjson.Name(string(name))
	}
	return &note{wire.CodeInvalidField, f.Path, f.Message + "; it was left out"}
}

// marshal returns the JSON of a text or of parts of checked JSON, which always have one.
func marshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
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
	return marshal(string(v.text))
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
	if !bytes.HasPrefix(raw, []byte("{")) || v.cell && strictjson.Check(raw, stored) != nil {
		return nil, false
	}
	return raw, true
}
