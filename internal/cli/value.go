package cli

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/wire"
)

// value is one flag: a place in the input and what was given for it.
type value struct {
	path  []string
	kind  string // as in JSON Schema
	enum  []any
	list  bool
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

func (v *value) usage() string {
	name := strings.ReplaceAll(strings.Join(v.path, " "), "_", " ")
	switch {
	case v.isSort():
		return "order by `field[:asc|desc]`; repeat for more fields"
	case len(v.enum) > 0:
		return name + ": " + strings.Join(v.allowed(), " or ")
	case v.kind == "object" && v.list:
		return name + ": a JSON object, or @file; repeat for more"
	case v.kind == "object":
		return name + ": a JSON object, or @file"
	case v.list:
		return name + "; repeat for any of several"
	}
	return name
}

func (v *value) isSort() bool { return v.list && v.kind == "object" && v.path[0] == "sort" }

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
		return "true|false"
	}
	return "text"
}

// Set reads the flag's text by the kind of its field.
func (v *value) Set(text string) error {
	raw, err := v.parse(text)
	if err != nil {
		return err
	}
	if !v.list {
		v.given = v.given[:0]
	}
	v.given = append(v.given, raw)
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
		if v.isSort() && !strings.HasPrefix(text, "{") {
			field, dir, _ := strings.Cut(text, ":")
			return json.Marshal(wire.Sort{Field: field, Dir: wire.Direction(dir)})
		}
		return readJSON(text, nil)
	}
	return json.Marshal(text)
}
