package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// parameters is how the query string spells each property of an input.
type parameters map[string]spelling

type spelling int

const (
	spellText spelling = iota + 1
	spellInteger
	spellBoolean
	spellTexts // a list: the name is repeated
	spellSort  // a list of field:direction, the direction may be left out
	spellBody  // only a body can hold it
)

func parametersOf(s *tools.Schema) parameters {
	ps := parameters{}
	for name, p := range s.Properties {
		ps[name] = spellingOf(name, resolve(s.Schema, p))
	}
	return ps
}

// resolve follows a reference to the schema's own definitions.
func resolve(root, p *jsonschema.Schema) *jsonschema.Schema {
	if def, ok := strings.CutPrefix(p.Ref, "#/$defs/"); ok {
		return root.Defs[def]
	}
	return p
}

func spellingOf(name string, p *jsonschema.Schema) spelling {
	switch {
	case name == "sort":
		return spellSort
	case p.Type == "string":
		return spellText
	case p.Type == "integer":
		return spellInteger
	case p.Type == "boolean":
		return spellBoolean
	case p.Type == "array" && p.Items != nil && p.Items.Type == "string":
		return spellTexts
	}
	return spellBody
}

// read returns the path value and the query string of r as one JSON object. Whether its values fit the input is checked
// afterwards, together with those of bodies; unknown names are left for that check to name.
func (ps parameters) read(r *http.Request) ([]byte, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, fault.New(fault.InvalidRequest, "The query string cannot be read. Percent-encode its values.")
	}
	if id := r.PathValue("id"); id != "" {
		query["id"] = append(query["id"], id)
	}
	names := make([]string, 0, len(query))
	for name := range query {
		names = append(names, name)
	}
	slices.Sort(names)
	var b bytes.Buffer
	b.WriteByte('{')
	for i, name := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := ps.write(&b, name, query[name]); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func (ps parameters) write(b *bytes.Buffer, name string, values []string) error {
	if !utf8.ValidString(name) || !utf8.ValidString(strings.Join(values, "")) {
		return fault.New(fault.InvalidRequest, "The query string is not valid UTF-8.")
	}
	how := ps[name]
	switch {
	case how == spellBody:
		return fault.Invalid(name, "cannot be sent in the query string; use the POST form of this route")
	case len(values) > 1 && how != spellTexts && how != spellSort && how != 0:
		return fault.Invalid(name, "is given twice")
	}
	b.Write(quote(name))
	b.WriteByte(':')
	if how == spellTexts || how == spellSort {
		return writeElements(b, name, how, values)
	}
	text, err := scalarOf(name, how, values[0])
	b.Write(text)
	return err
}

func writeElements(b *bytes.Buffer, name string, how spelling, values []string) error {
	for i, v := range values {
		b.WriteByte("[,"[min(i, 1)])
		if how == spellTexts {
			b.Write(quote(v))
			continue
		}
		field, dir, _ := strings.Cut(v, ":")
		sort, err := json.Marshal(wire.Sort{Field: field, Dir: wire.Direction(dir)})
		if err != nil {
			return fault.Invalid(name, "must be field:asc or field:desc")
		}
		b.Write(sort)
	}
	b.WriteByte(']')
	return nil
}

var integer = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,17})$`)

func scalarOf(name string, how spelling, v string) ([]byte, error) {
	switch {
	case how == spellInteger && !integer.MatchString(v):
		return nil, fault.Invalid(name, "must be an integer")
	case how == spellBoolean && v != "true" && v != "false":
		return nil, fault.Invalid(name, "must be true or false", "true", "false")
	case how == spellInteger, how == spellBoolean:
		return []byte(v), nil
	}
	return quote(v), nil
}

// quote returns v, which is valid UTF-8, as a JSON string.
func quote(v string) []byte {
	text, err := json.Marshal(v)
	if err != nil { // a string always has a JSON form
		panic(err)
	}
	return text
}
