package cli

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// value is one flag: a place in the input and what was given for it.
type value struct {
	path  []string
	kind  string // as in JSON Schema
	about string // as the schema describes it
	enum  []any
	list  bool
	stdin *stdin
	given []json.RawMessage
}

func (v *value) allowed() []string {
	var out []string
	for _, e := range v.enum {
		if s, ok := e.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// everyOne are the lists whose elements all count; of others any may match.
var everyOne = map[string]bool{"group_by": true, "channels": true, "ids": true, "tags_all": true, "tags_none": true}

func (v *value) usage() string {
	text := v.meaning()
	if v.list && v.path[0] == "channels" {
		text += "; --channel is the same"
	}
	switch {
	case v.list && (v.kind == "object" || everyOne[v.path[len(v.path)-1]]):
		return text + "; repeat for more"
	case v.list:
		return text + "; repeat for any of several"
	}
	return text
}

func (v *value) meaning() string {
	name := strings.ReplaceAll(flagName(strings.Join(v.path, ".")), "-", " ")
	s, spelt := v.spelling()
	switch about := usages[strings.Join(v.path, ".")]; {
	case spelt:
		return s.usage + ", or a JSON object"
	case len(v.enum) > 0:
		return name + ": " + strings.Join(v.allowed(), " or ")
	case about != "":
		return about
	case v.about != "":
		return name + ": " + v.about
	case v.kind == "object":
		return name + ": a JSON object, @file, or - for stdin"
	}
	return name
}

// spelling returns the short form of the field's objects.
func (v *value) spelling() (spelling, bool) {
	s, ok := spellings[v.path[0]]
	return s, ok && v.kind == "object" && len(v.path) == 1
}

// String, Set and Type implement pflag.Value.
func (v *value) String() string { return "" }

// Type names the kind of value in the help.
func (v *value) Type() string {
	switch v.kind {
	case "integer", "number":
		return "number"
	case "object":
		return "json"
	case "boolean":
		return "bool" // which pflag shows as a switch
	}
	return "text"
}

// Set reads the flag's text by the kind of its field.
func (v *value) Set(text string) error {
	if len(v.given) > 0 && !v.list && v.kind == "object" {
		return errTwice
	}
	if v.isIDs() && (text == "-" || strings.HasPrefix(text, "@")) {
		return v.readIDs(text)
	}
	raw, err := v.parse(text)
	if err != nil {
		return err
	}
	if !v.list {
		v.given = v.given[:0] // the last one counts
	}
	v.given = append(v.given, raw)
	return nil
}

func (v *value) isIDs() bool { return v.list && v.path[0] == "ids" }

// readIDs takes one id from each line of a file or of stdin.
func (v *value) readIDs(text string) error {
	body, err := readText(text, v.stdin)
	if err != nil {
		return err
	}
	for _, id := range strings.Fields(string(body)) {
		raw, err := json.Marshal(id)
		if err != nil {
			return err
		}
		v.given = append(v.given, raw)
	}
	return nil
}

func (v *value) parse(text string) (json.RawMessage, error) {
	switch v.kind {
	case "integer":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, errors.New("must be a whole number")
		}
		return json.Marshal(n)
	case "number":
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, errors.New("must be a number")
		}
		return json.Marshal(f)
	case "boolean":
		b, err := strconv.ParseBool(text)
		if err != nil {
			return nil, errors.New("must be true or false")
		}
		return json.Marshal(b)
	case "object":
		return v.object(text)
	}
	return json.Marshal(text)
}

// object reads JSON, itself or from where the text says, or the field's short form.
func (v *value) object(text string) (json.RawMessage, error) {
	s, spelt := v.spelling()
	if !spelt || text == "-" || strings.HasPrefix(text, "{") || strings.HasPrefix(text, "@") {
		return readJSON(text, v.stdin)
	}
	object, err := s.read(text)
	if err != nil {
		return nil, err
	}
	return json.Marshal(object)
}
